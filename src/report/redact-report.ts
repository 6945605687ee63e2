import { compareBytes } from '../core/byte-order.ts';
import { reportDigest } from './canonical.ts';
import { createTextRedactor, hostName } from './redact-text.ts';
import { createTokens, type Tokens } from './redaction-tokens.ts';
import type { FixReport, Report, RepositoryReport } from './report.ts';

/** What stands for the value of an option that is or holds a name. */
export const REDACTED = 'redacted';

/** Options whose text is a choice of the tool's own. */
const PLAIN_OPTIONS = new Set(['client-path', 'narrow']);
/** Options that hold digests and times. */
const SEALS = new Set(['snapshots', 'shards']);

/** Keys of a repository whose text is the tool's own word, a digest or a time: never a name. */
const PLAIN_KEYS = new Set([
  'causes',
  'code',
  'digest',
  'lastSyncedAt',
  'mediaType',
  'narrowStatus',
  'notes',
  'primary',
  'publishedAt',
  'readings',
  'role',
  'secondary',
  'site',
  'state',
  'stateWords',
  'status',
  'verdict',
]);
/** Keys of a repository whose text is the name of a tag. */
const TAG_KEYS = new Set(['name', 'tags']);

type Redactor = (text: string) => string;
type FixActions = FixReport['actions'];

/**
 * A report without host names, repository paths and tag names: each is replaced by a token that is the same for
 * the same name and key, in every place, messages included. Digests, statuses and the registry's words stay.
 *
 * @param key a secret; who has it can test guesses of names, so it stays beside the mapping
 * @returns the report, sealed anew, and the mapping from tokens to names
 */
export function redactReport(
  report: Report,
  key: string,
): { report: Report; mapping: Record<string, string> } {
  const tokens = createTokens(key);
  const redactorOf = redactorsOf(report, report.fix?.actions ?? [], tokens);
  const site = ({ url, ...rest }: Report['sites']['primary']) => ({ ...rest, url: redactUrl(url, tokens) });
  const redacted = {
    ...report,
    run: { ...report.run, options: redactOptions(report.run.options) },
    sites: { primary: site(report.sites.primary), secondary: site(report.sites.secondary) },
    // The contract's order is by name, and the names are others now.
    repositories: report.repositories
      .map((repository) => redactRepository(repository, tokens, redactorOf(repository.path)))
      .sort((a, b) => compareBytes(a.path, b.path)),
    fix: report.fix && redactFix(report.fix, tokens, redactorOf),
  };
  return { report: { ...redacted, reportDigest: reportDigest(redacted) }, mapping: tokens.mapping() };
}

/**
 * Actions as `redactReport` would have them in the `fix` of this report, for where they are shown without it.
 *
 * @returns the actions, and the mapping from tokens to names
 */
export function redactActions(
  report: Report,
  actions: FixActions,
  key: string,
): { actions: FixActions; mapping: Record<string, string> } {
  const tokens = createTokens(key);
  const redacted = withoutNames(actions, tokens, redactorsOf(report, actions, tokens));
  return { actions: redacted, mapping: tokens.mapping() };
}

/** Makes the redactor of a repository's texts. */
function redactorsOf(report: Report, actions: FixActions, tokens: Tokens): (path: string) => Redactor {
  const sites = Object.values(report.sites).map(({ url }) => url);
  const known = {
    hosts: new Set(sites.filter((url) => URL.canParse(url)).map((url) => hostName(new URL(url).hostname))),
    paths: new Set(report.repositories.flatMap(({ path }) => withGroups(path))),
  };
  const namesOf = tagNames(report, actions);
  return (path) => createTextRedactor({ ...known, tags: namesOf.get(path) ?? new Set() }, tokens);
}

/** Longer than any repository's path: what stands in a report that somebody made up. */
const LONGEST_PATH = 1024;

/** A path and the groups it is in. */
function withGroups(path: string): string[] {
  if (path.length > LONGEST_PATH) return [path];
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The names of a repository's tags wherever the report or an action has any, by path. */
function tagNames({ repositories }: Report, actions: FixActions): Map<string, Set<string>> {
  const names = new Map(
    repositories.map(({ path, tags, errors }) => [
      path,
      new Set([...tags.map(({ name }) => name), ...errors.flatMap((error) => error.tags ?? [])]),
    ]),
  );
  for (const { repository, tag } of actions) names.get(repository)?.add(tag);
  return names;
}

function redactRepository(repository: RepositoryReport, tokens: Tokens, text: Redactor): RepositoryReport {
  const { path, tags, errors, ...rest } = repository;
  const walk = <T>(value: T) => redactValue(value, '', tokens, text);
  return {
    ...walk(rest),
    path: tokens.of('repository', path),
    errors: errors.map((error) => walk(withoutQuotedNames(error, tokens))),
    tags: tags.map(walk).sort((a, b) => compareBytes(a.name, b.name)),
  };
}

/** Names that no tag can have stand in the message alone, as JSON. */
function withoutQuotedNames<T extends RepositoryReport['errors'][number]>(error: T, tokens: Tokens): T {
  if (error.code !== 'TAG_NAME_INVALID') return error;
  const message = error.message.replace(
    /"((?:[^"\\]|\\.)*)"/g,
    (_all, name: string) => `"${tokens.of('tag', name)}"`,
  );
  return { ...error, message };
}

/**
 * Walks a part of a repository. Text under a key that is not known to be harmless counts as free text, so that
 * a key of a later release does not give names away.
 */
function redactValue<T>(value: T, key: string, tokens: Tokens, text: Redactor): T {
  const walk = (part: unknown, name: string): unknown => {
    if (typeof part === 'string') {
      if (PLAIN_KEYS.has(name)) return part;
      return TAG_KEYS.has(name) ? tokens.of('tag', part) : text(part);
    }
    if (Array.isArray(part)) return part.map((one) => walk(one, name));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([inner, one]) => [inner, walk(one, inner)]));
  };
  // The shape stays; only texts are others.
  return walk(value, key) as T;
}

function redactFix(fix: FixReport, tokens: Tokens, redactorOf: (path: string) => Redactor): FixReport {
  return {
    ...fix,
    actions: withoutNames(fix.actions, tokens, redactorOf),
    before: renamed(fix.before, tokens),
    after: renamed(fix.after, tokens),
  };
}

function withoutNames(
  actions: FixActions,
  tokens: Tokens,
  redactorOf: (path: string) => Redactor,
): FixActions {
  const redactors = new Map<string, Redactor>();
  const redactor = (path: string): Redactor => {
    const text = redactors.get(path) ?? redactorOf(path);
    redactors.set(path, text);
    return text;
  };
  return actions.map((action) => ({
    ...action,
    repository: tokens.of('repository', action.repository),
    tag: tokens.of('tag', action.tag),
    detail: redactor(action.repository)(action.detail),
  }));
}

function renamed<T>(byPath: Record<string, T>, tokens: Tokens): Record<string, T> {
  return Object.fromEntries(
    Object.entries(byPath).map(([path, value]) => [tokens.of('repository', path), value]),
  );
}

/** Patterns, files and user names are dropped rather than replaced: a token for them would tell nothing. */
function redactOptions(options: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(options).map(([name, value]) => {
    if (PLAIN_OPTIONS.has(name) || SEALS.has(name)) return [name, value] as const;
    if (name === 'credentials') return [name, credentialKinds(value)] as const;
    if (Array.isArray(value)) return [name, value.map(() => REDACTED)] as const;
    const isName = typeof value === 'string' || (typeof value === 'object' && value !== null);
    return [name, isName ? REDACTED : value] as const;
  });
  return Object.fromEntries(entries);
}

function credentialKinds(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  const kinds = Object.entries(value).map(
    ([site, credential]) =>
      [site, { kind: (credential as { kind?: unknown } | null)?.kind ?? null }] as const,
  );
  return Object.fromEntries(kinds);
}

/** Scheme, token and port: the port tells two sites on one host apart. */
function redactUrl(url: string, tokens: Tokens): string {
  if (!URL.canParse(url)) return tokens.of('host', url);
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${tokens.of('host', hostName(hostname))}${port === '' ? '' : `:${port}`}`;
}
