import { createHmac } from 'node:crypto';
import { compareBytes } from '../core/byte-order.ts';
import { reportDigest } from './canonical.ts';
import type { Report, RepositoryReport, TagReport } from './report.ts';

/** What a name is, and so what its token begins with. */
type NameKind = 'host' | 'repository' | 'tag';

/** Gives tokens for names and remembers which is which. */
interface Tokens {
  of(kind: NameKind, name: string): string;
  /** Tokens given so far with the names they stand for, sorted by token. */
  mapping(): Record<string, string>;
}

/** Options whose values are names or patterns of names. */
const NAMING_OPTIONS = [
  'include',
  'exclude',
  'repositories-from',
  'gitlab-url',
  'gitlab-project',
  'gitlab-group',
  'stored-checksum',
];

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
  const paths = report.repositories
    .map(({ path }) => path)
    .sort((a, b) => b.length - a.length || compareBytes(a, b));
  const hosts = Object.values(report.sites).map(({ url }) => hostOf(url));
  const textWithout = (text: string, tags: ReadonlySet<string>) =>
    redactText(text, { hosts, paths, tags }, tokens);
  const sites = {
    primary: { ...report.sites.primary, url: redactUrlHost(report.sites.primary.url, tokens) },
    secondary: { ...report.sites.secondary, url: redactUrlHost(report.sites.secondary.url, tokens) },
  };
  const tagsOf = new Map(report.repositories.map((repository) => [repository.path, namesOf(repository)]));
  const repositories = report.repositories.map((repository): RepositoryReport => {
    const names = tagsOf.get(repository.path) ?? new Set<string>();
    return {
      ...repository,
      path: tokens.of('repository', repository.path),
      errors: repository.errors.map(({ tags, hint, ...error }) => ({
        ...error,
        message: textWithout(error.message, names),
        ...(hint !== undefined && { hint: textWithout(hint, names) }),
        ...(tags !== undefined && { tags: tags.map((tag) => tokens.of('tag', tag)) }),
      })),
      tags: repository.tags
        .map((tag) => redactTag(tag, tokens, (text) => textWithout(text, names)))
        .sort((a, b) => compareBytes(a.name, b.name)),
    };
  });
  // The contract's order is by name, and the names are others now.
  repositories.sort((a, b) => compareBytes(a.path, b.path));
  const fix = report.fix && {
    ...report.fix,
    actions: report.fix.actions.map((action) => ({
      ...action,
      repository: tokens.of('repository', action.repository),
      tag: tokens.of('tag', action.tag),
      detail: textWithout(action.detail, new Set([...(tagsOf.get(action.repository) ?? []), action.tag])),
    })),
    before: renamed(report.fix.before, tokens),
    after: renamed(report.fix.after, tokens),
  };
  const redacted = {
    ...report,
    run: { ...report.run, options: redactOptions(report.run.options) },
    sites,
    repositories,
    fix,
  };
  return { report: { ...redacted, reportDigest: reportDigest(redacted) }, mapping: tokens.mapping() };
}

function createTokens(key: string): Tokens {
  const names = new Map<string, string>();
  return {
    of(kind, name) {
      // 48 bits: two names of a million share a token with a chance of one in 500.
      const token = `${kind}-${createHmac('sha256', key).update(`${kind} ${name}`).digest('hex').slice(0, 12)}`;
      names.set(token, name);
      return token;
    },
    mapping: () => Object.fromEntries([...names].sort(([a], [b]) => compareBytes(a, b))),
  };
}

function namesOf({ tags, errors }: RepositoryReport): Set<string> {
  return new Set([...tags.map(({ name }) => name), ...errors.flatMap((error) => error.tags ?? [])]);
}

function redactTag(tag: TagReport, tokens: Tokens, text: (text: string) => string): TagReport {
  const reading = (of: TagReport['primary']) =>
    of.state === 'unresolvable' ? { ...of, reason: text(of.reason) } : of;
  return {
    ...tag,
    name: tokens.of('tag', tag.name),
    primary: reading(tag.primary),
    secondary: reading(tag.secondary),
  };
}

function renamed<T>(byPath: Record<string, T>, tokens: Tokens): Record<string, T> {
  return Object.fromEntries(
    Object.entries(byPath).map(([path, value]) => [tokens.of('repository', path), value]),
  );
}

/** Patterns and user names are dropped rather than replaced: a token for them would tell nothing. */
function redactOptions(options: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(options).map(([name, value]) => {
    if (NAMING_OPTIONS.includes(name))
      return [name, Array.isArray(value) ? value.map(() => 'redacted') : 'redacted'] as const;
    if (name !== 'credentials' || typeof value !== 'object' || value === null) return [name, value] as const;
    const kinds = Object.entries(value).map(
      ([site, credential]) =>
        [site, { kind: (credential as { kind?: unknown } | null)?.kind ?? null }] as const,
    );
    return [name, Object.fromEntries(kinds)] as const;
  });
  return Object.fromEntries(entries);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function redactUrlHost(url: string, tokens: Tokens): string {
  if (!URL.canParse(url)) return tokens.of('host', url);
  const { protocol, host } = new URL(url);
  return `${protocol}//${tokens.of('host', host)}`;
}

/** Free text: hosts of URLs, hosts of the sites, repository paths, then words that are tags. */
function redactText(
  text: string,
  known: {
    readonly hosts: readonly string[];
    readonly paths: readonly string[];
    readonly tags: ReadonlySet<string>;
  },
  tokens: Tokens,
): string {
  let result = text.replace(
    /(https?:\/\/)([^/\s"')]+)/g,
    (_all, scheme: string, host: string) => scheme + tokens.of('host', host),
  );
  for (const host of known.hosts) result = result.replaceAll(host, tokens.of('host', host));
  for (const path of known.paths) result = result.replaceAll(path, tokens.of('repository', path));
  return result.replace(/[A-Za-z0-9_][A-Za-z0-9._-]*/g, (word) => {
    const bare = word.replace(/[.-]+$/, '');
    const name = known.tags.has(word) ? word : bare;
    return known.tags.has(name) ? tokens.of('tag', name) + word.slice(name.length) : word;
  });
}
