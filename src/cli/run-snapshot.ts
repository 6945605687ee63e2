import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { withStored } from '../audit/compare-snapshots.ts';
import { snapshotFromTuples } from '../audit/snapshot-from-tuples.ts';
import { type SnapshotParts, takeSnapshot } from '../audit/take-snapshot.ts';
import { selectionSettings } from '../config/discovery-settings.ts';
import { requireOneStdin } from '../config/one-stdin.ts';
import type { Options } from '../config/option.ts';
import { type CommandLine, type ResolvedOptions, resolveOptions } from '../config/resolve-options.ts';
import { readingSettings } from '../config/scan-settings.ts';
import { registryUrl, siteSettings } from '../config/site-settings.ts';
import { givenStoredChecksums, storedChecksums } from '../config/stored-checksums.ts';
import { UsageError } from '../errors.ts';
import { redactUrl } from '../http/redact-url.ts';
import { SITES, type Site } from '../report/report.ts';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotDigest } from '../report/snapshot.ts';
import { parseTuples } from '../report/tuples.ts';
import { snapshotJson } from '../reporters/snapshot-json.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { connectSite, shownOptions } from './connect-site.ts';
import { EXIT } from './exit-codes.ts';
import { requireFilePlace } from './output.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { positional, readInput } from './read-input.ts';
import type { RunContext } from './run-context.ts';
import { sayErrors } from './say-errors.ts';
import { selectRepositories } from './select-repositories.ts';
import { packageVersion } from './version.ts';

/** `snapshot`: one site, or a list of tuples made elsewhere, into a file that `compare` takes. */
export async function runSnapshot(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  const startedAt = new Date(context.clock.now()).toISOString();
  const { side, prefix } = sideOf(resolved);
  requireOwnChecksums(resolved, side);
  requireOutFile(resolved);
  const fromTuples = resolved.text('from-tuples');
  requireOneStdin(resolved, { sites: fromTuples === null ? [prefix] : [] });
  const given = positional(commandLine, 'repository');
  const selection = await selectionSettings(given, resolved, context);
  const taken =
    fromTuples === null
      ? await readSite(resolved, prefix, selection, context)
      : {
          ...(await readTuples(fromTuples, resolved, prefix, selection.named, context)),
          shown: { 'from-tuples': true },
        };
  const stored = storedChecksums(
    resolved,
    taken.repositories.map(({ path }) => path),
  );
  const unsealed = {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    kind: 'snapshot',
    tool: { name: 'geo-registry-audit', version: packageVersion() },
    side,
    run: {
      startedAt,
      finishedAt: new Date(context.clock.now()).toISOString(),
      clientPath: taken.clientPath,
      interrupted: context.signal.aborted,
      options: taken.shown,
    },
    site: taken.identity,
    repositories: taken.repositories.map((each) =>
      withStored(each, stored.get(each.path)?.primary ?? stored.get(each.path)?.secondary),
    ),
  } as const;
  const snapshot: Snapshot = { ...unsealed, snapshotDigest: snapshotDigest(unsealed) };
  await writeSnapshot(snapshot, resolved, context);
  sayErrors(snapshot, context);
  if (context.signal.aborted) return EXIT.interrupted;
  if (taken.refused) return EXIT.auth;
  return snapshot.repositories.some(({ errors }) => errors.length > 0) ? EXIT.incomplete : EXIT.inSync;
}

/**
 * A site is not read for a file that cannot be written. One that nobody named may be the other site's, or of another
 * time, and is not written over.
 *
 * @throws UsageError, or AuditError `OUTPUT`, before the first request
 */
function requireOutFile(options: ResolvedOptions): void {
  const file = options.text('out');
  if (file === null || file === '-') return;
  if (!options.given('out') && existsSync(file)) {
    throw new UsageError(`${file} is there already`, {
      hint: 'Name the file by --out, e.g. --out primary.json; a file that is named is written over.',
    });
  }
  requireFilePlace(file);
}

/**
 * Which site is read: the one whose URL is a flag, else the one of `--side`, else the only one that has a URL.
 * A URL without a side leaves the side open.
 */
function sideOf(options: ResolvedOptions): { side: Site | null; prefix: string } {
  const sides = [null, ...SITES];
  const urlOf = (side: Site | null) => (side === null ? 'url' : `${side}-url`);
  const asked = options.text('side') as Site | null;
  const flags = sides.filter((side) => options.source(urlOf(side)).startsWith('flag'));
  const known = sides.filter((side) => options.given(urlOf(side)));
  const named = flags.length > 0 ? flags : asked !== null ? [asked] : known;
  const [side = null, ...others] = named;
  if (others.length > 0) {
    throw new UsageError('snapshot reads one site, and there is more than one URL', {
      hint: 'Say which: --side primary or --side secondary.',
    });
  }
  if (asked !== null && side !== null && side !== asked) {
    throw new UsageError(`--side ${asked} and --${side}-url: these are two sites`);
  }
  return side === null ? { side: asked, prefix: '' } : { side, prefix: `${side}-` };
}

/** A snapshot holds what Geo has stored for its own site; of the other it says nothing. */
function requireOwnChecksums(options: ResolvedOptions, side: Site | null): void {
  const sites = new Set(givenStoredChecksums(options).map(({ site }) => site));
  const [site] = sites;
  if (sites.size > 1 || (side !== null && site !== undefined && site !== side)) {
    throw new UsageError(
      `--stored-checksum: ${sites.size > 1 ? 'one site is read here, and two are given' : `the ${side} is read here, and one of the ${site} is given`}`,
      { hint: "Give the other site's checksum to its own snapshot, or to compare." },
    );
  }
}

async function readSite(
  options: ResolvedOptions,
  prefix: string,
  selection: Awaited<ReturnType<typeof selectionSettings>>,
  context: RunContext,
): Promise<SnapshotParts & { readonly shown: Record<string, unknown> }> {
  const reading = readingSettings(options);
  const settings = await siteSettings(options, prefix, context);
  const logger = commandLogger(options, context);
  const site = prefix.replace(/-$/, '') || 'site';
  const paths = await selectRepositories(
    selection,
    { sites: { [site]: settings }, reading, logger },
    context,
  );
  const connection = connectSite(settings, reading, logger, context);
  const progress = options.flag('quiet') ? NO_PROGRESS : createProgress(context.stderr, context.clock);
  const shownSite = site === 'secondary' ? 'secondary' : 'primary';
  try {
    const parts = await takeSnapshot(connection.site, paths, reading, {
      clock: context.clock,
      signal: context.signal,
      onRepository: (path, index, total) => progress.onEvent({ type: 'repository', path, index, total }),
      onProgress: (path, counts) => progress.onEvent({ type: 'progress', site: shownSite, path, ...counts }),
      onDeep: (path, counts) => progress.onEvent({ type: 'deep', site: shownSite, path, ...counts }),
      onWaiting: (isWaiting) => progress.onEvent({ type: 'waiting', site: shownSite, isWaiting }),
    });
    const names = [
      'client-path',
      'narrow',
      'deep',
      'verify-blobs',
      'concurrency',
      'rate',
      'retries',
      'timeout',
      `${prefix}insecure`,
    ];
    return { ...parts, shown: shownOptions(options, names, { [site]: settings }) };
  } finally {
    progress.end();
    await connection.close();
  }
}

async function readTuples(
  file: string,
  options: ResolvedOptions,
  prefix: string,
  paths: readonly string[],
  context: RunContext,
): Promise<SnapshotParts> {
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    throw new UsageError('--from-tuples: name the one repository that the tuples are of');
  }
  const accept = options.text('accept');
  if (accept === null) {
    throw new UsageError(
      '--accept is missing: say whether the tuples were read with the narrow or the wide Accept',
    );
  }
  const tuples = parseTuples(await readInput(file, context), file === '-' ? 'standard input' : file);
  const name = `${prefix}url`;
  const url = options.given(name)
    ? redactUrl(registryUrl(options.text(name), `--${name}`)).replace(/\/$/, '')
    : 'unknown (tuples)';
  return snapshotFromTuples(path, tuples, accept === 'narrow' ? 'narrow' : 'wide', url);
}

async function writeSnapshot(
  snapshot: Snapshot,
  options: ResolvedOptions,
  { output, stderr }: RunContext,
): Promise<void> {
  const out = options.text('out') ?? 'snapshot.json';
  if (out === '-') {
    await output.print(snapshotJson(snapshot));
    return;
  }
  const chunks = snapshotJson(snapshot);
  const content = out.endsWith('.gz') ? gzipMembers(chunks) : chunks;
  const path = output.writeFile(dirname(out), basename(out), content);
  if (!options.flag('quiet')) stderr.write(`Wrote ${path}\n`);
}

/** Text is packed in pieces of this size, so that it never becomes one string. */
const MEMBER_LENGTH = 4 * 1024 * 1024;

/** Text as gzip, in members one after the other: together they unpack to the whole (RFC 1952, 2.2). */
function* gzipMembers(chunks: Iterable<string>): Generator<Uint8Array> {
  let member = '';
  for (const chunk of chunks) {
    member += chunk;
    if (member.length < MEMBER_LENGTH) continue;
    yield gzipSync(member);
    member = '';
  }
  if (member !== '') yield gzipSync(member);
}
