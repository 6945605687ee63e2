import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseRepositoryPath } from '../core/repository-path.ts';
import { UsageError } from '../errors.ts';
import { DEFAULT_FORMATS, FORMATS, type Format } from '../reporters/formats.ts';
import type { ClientPath } from '../verifier/profiles.ts';
import { readOptionFile } from './read-file.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** How sites are read. */
export interface ReadingSettings {
  readonly clientPath: ClientPath | 'auto';
  readonly narrow: 'auto' | 'all' | 'off';
  /** Whether and how far to look below tags; undefined for not. */
  readonly deep: { readonly verifyBlobs: boolean } | undefined;
  readonly settleSeconds: number;
  /** Requests in flight per site; null to find out how many it is worth. */
  readonly concurrency: number | null;
  readonly ratePerSecond: number | null;
  readonly retries: number;
  readonly timeoutMs: number;
}

export function readingSettings(options: ResolvedOptions): ReadingSettings {
  return {
    clientPath: options.text('client-path') as ReadingSettings['clientPath'],
    narrow: options.text('narrow') as ReadingSettings['narrow'],
    deep: deepSettings(options),
    // A command that reads one site, or checks each tag again anyway, has no pause.
    settleSeconds: options.has('settle') ? (options.number('settle') ?? 0) : 0,
    concurrency: options.number('concurrency'),
    ratePerSecond: options.number('rate'),
    retries: options.number('retries') ?? 0,
    timeoutMs: (options.number('timeout') ?? 0) * 1000,
  };
}

/** @throws UsageError when blobs shall be verified and nothing is looked for below tags */
function deepSettings(options: ResolvedOptions): ReadingSettings['deep'] {
  if (!options.has('deep')) return undefined;
  const verifyBlobs = options.flag('verify-blobs');
  if (options.flag('deep')) return { verifyBlobs };
  if (verifyBlobs) throw new UsageError('--verify-blobs needs --deep');
  return undefined;
}

/** Where results go. */
export interface WritingSettings {
  /** `-` for standard output, a directory, or null for the default one. */
  readonly out: string | null;
  readonly formats: readonly Format[];
  /** `table` was asked for by name, with a directory: it is a file there too. */
  readonly tableFile: boolean;
  /** Where the names behind the tokens of a redacted report are kept; null to redact nothing. */
  readonly redactionMap: string | null;
}

/** @throws UsageError for an unknown format, or `--out -` with other than one format */
export function writingSettings(options: ResolvedOptions): WritingSettings {
  const asked = options.list('format').flatMap((list) => list.split(','));
  const formats = asked.map((name) => name.trim()).filter((name) => name !== '');
  const unknown = formats.find((name) => !(FORMATS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--format: expected ${FORMATS.join(', ')}, got ${JSON.stringify(unknown)}`);
  }
  const out = options.text('out');
  if (out === '-' && formats.length !== 1) {
    throw new UsageError(
      `--out -: expected one --format, got ${formats.length === 0 ? 'none' : formats.join(',')}`,
    );
  }
  if (out !== null && out !== '-') requireDirectory(out);
  return {
    out,
    formats: formats.length === 0 ? DEFAULT_FORMATS : ([...new Set(formats)] as Format[]),
    tableFile: formats.includes('table') && out !== null && out !== '-',
    redactionMap: options.flag('redact') ? options.text('redaction-map') : null,
  };
}

/** Said before a run of hours, not after it. @throws UsageError when a file stands in the place of the directory */
function requireDirectory(out: string): void {
  let path = out;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  if (existsSync(path) && !statSync(path).isDirectory())
    throw new UsageError(`--out: ${path} is a file, not a directory`);
}

/**
 * The repositories that arguments and `--repositories-from` name, lower-cased as GitLab does, each once; what
 * else may select repositories is in `discovery-settings.ts`.
 *
 * @throws UsageError for an impossible path
 */
export async function namedRepositories(
  given: readonly string[],
  options: ResolvedOptions,
  readStdin: () => Promise<string>,
): Promise<string[]> {
  const paths = new Set(given.map((text) => parsePath(text, 'repository')));
  const file = options.text('repositories-from');
  if (file !== null) {
    const source = options.source('repositories-from');
    const text = file === '-' ? await readStdin() : readOptionFile(file, source);
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const path = line.replace(/(^|\s)#.*$/, '').trim();
      if (path !== '') paths.add(parsePath(path, `--repositories-from: ${file}, line ${index + 1}`));
    }
  }
  return [...paths];
}

function parsePath(text: string, where: string): string {
  const path = parseRepositoryPath(text);
  if (path !== null) return path;
  throw new UsageError(`${where}: ${JSON.stringify(text.slice(0, 300))} cannot be a repository path`, {
    hint: 'Expected letters, digits and . _ - between slashes, such as group/project/image, without a tag.',
  });
}

/** The `--include` and `--exclude` filter on tag names; undefined when everything is shown. */
export function tagFilter(options: ResolvedOptions): ((tag: string) => boolean) | undefined {
  const include = expressions(options, 'include');
  const exclude = expressions(options, 'exclude');
  if (include.length === 0 && exclude.length === 0) return undefined;
  return (tag) =>
    (include.length === 0 || include.some((expression) => expression.test(tag))) &&
    !exclude.some((expression) => expression.test(tag));
}

function expressions(options: ResolvedOptions, name: 'include' | 'exclude'): RegExp[] {
  return options.list(name).map((source) => {
    try {
      return new RegExp(source);
    } catch (cause) {
      throw new UsageError(`--${name}: ${JSON.stringify(source)} is not a regular expression`, { cause });
    }
  });
}
