import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMON_OPTIONS, READING_OPTIONS, WRITING_OPTIONS } from '../../src/config/options.ts';
import { type CommandLine, resolveOptions } from '../../src/config/resolve-options.ts';
import {
  namedRepositories,
  readingSettings,
  tagFilter,
  writingSettings,
} from '../../src/config/scan-settings.ts';
import { SELECTION_OPTIONS } from '../../src/config/selection-options.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const OPTIONS = { ...SELECTION_OPTIONS, ...READING_OPTIONS, ...WRITING_OPTIONS, ...COMMON_OPTIONS };
const options = (commandLine: CommandLine) => resolveOptions(OPTIONS, commandLine, {});

describe('repositories', () => {
  const named = (given: string[], commandLine: CommandLine = {}, stdin = '') =>
    namedRepositories(given, options(commandLine), async () => stdin);

  it('are lower-cased, each once, in the order given', async () => {
    expect(await named(['Group/Project', 'a/b', '/group/project/', 'a/b'])).toEqual(['group/project', 'a/b']);
  });

  const list =
    '# all of them\r\nGroup/One\r\n\r\n  group/two  # the second\n\n#group/three\ngroup/four\t# tab\n\ufeffgroup/five';
  const listed = ['group/one', 'group/two', 'group/four', 'group/five'];

  it('come from a file with comments, after the arguments', async () => {
    const path = join(makeTempDir('list'), 'list.txt');
    writeFileSync(path, list);
    expect(await named(['x/y', 'group/two'], { 'repositories-from': path })).toEqual([
      'x/y',
      'group/two',
      'group/one',
      'group/four',
      'group/five',
    ]);
  });

  it('come from standard input', async () => {
    expect(await named([], { 'repositories-from': '-' }, list)).toEqual(listed);
  });

  it.each([
    'group//project',
    '../etc',
    'group/project:latest',
    'a b',
    'grüp/x',
    '-a',
    'x'.repeat(256),
    '',
    'group/project@sha256:0',
  ])('%j cannot be one', async (text) => {
    await expect(named([text])).rejects.toThrow(/^repository: ".*" cannot be a repository path$/);
    await expect(named([text])).rejects.toThrow(UsageError);
  });

  it('that cannot be are named with their line', async () => {
    await expect(named([], { 'repositories-from': '-' }, 'a/b\n# no\nA B\n')).rejects.toThrow(
      /^--repositories-from: -, line 3: "A B" cannot be/,
    );
  });

  it.each([
    ['/nonexistent', 'there is no such file'],
    ['/', 'it is a directory'],
  ])('from %s: %s', async (path, why) => {
    await expect(named([], { 'repositories-from': path })).rejects.toThrow(
      `--repositories-from: cannot read ${path}: ${why}`,
    );
  });
});

describe('the tag filter', () => {
  const shown = (commandLine: CommandLine) =>
    ['v1', 'v1-rc', 'latest', 'V1'].filter(tagFilter(options(commandLine)) ?? (() => true));

  it.each<[CommandLine, string[]]>([
    [{}, ['v1', 'v1-rc', 'latest', 'V1']],
    [{ include: ['v1'] }, ['v1', 'v1-rc']],
    [{ include: ['^v1$'] }, ['v1']],
    [{ include: ['1', 'late'] }, ['v1', 'v1-rc', 'latest', 'V1']],
    [{ exclude: ['rc'] }, ['v1', 'latest', 'V1']],
    [{ include: ['v'], exclude: ['-'] }, ['v1']],
    [{ include: ['nothing'] }, []],
  ])('%j shows %j', (commandLine, expected) => {
    expect(shown(commandLine)).toEqual(expected);
  });

  it.each(['include', 'exclude'])('--%s says what is no expression', (name) => {
    expect(() => tagFilter(options({ [name]: ['('] }))).toThrow(`--${name}: "(" is not a regular expression`);
  });
});

describe('writing', () => {
  it.each<[CommandLine, string | null, readonly string[]]>([
    [{}, null, ['table', 'json', 'csv']],
    [{ format: ['json'] }, null, ['json']],
    [{ format: ['json, csv'] }, null, ['json', 'csv']],
    [{ format: ['json', 'csv,json'] }, null, ['json', 'csv']],
    [{ format: ['csv'], out: '-' }, '-', ['csv']],
    [{ format: ['json,json'], out: 'x' }, 'x', ['json']],
  ])('%j', (commandLine, out, formats) => {
    const settings = writingSettings(options(commandLine));
    expect(settings.out).toBe(out);
    expect(settings.formats.toSorted()).toEqual(formats.toSorted());
  });

  it.each<[CommandLine, RegExp]>([
    [{ format: ['xml'] }, /^--format: expected .*json.*, got "xml"$/],
    [{ format: ['JSON'] }, /got "JSON"/],
    [{ out: '-' }, /^--out -: expected one --format, got none$/],
    [{ out: '-', format: ['json,csv'] }, /got json,csv/],
  ])('%j cannot be', (commandLine, message) => {
    expect(() => writingSettings(options(commandLine))).toThrow(message);
  });
});

it('reads as the contract says when nobody says anything', () => {
  expect(readingSettings(options({}))).toMatchObject({
    clientPath: 'docker-v2',
    narrow: 'auto',
    settleSeconds: 5,
    concurrency: null,
    ratePerSecond: null,
    retries: 5,
    timeoutMs: 30_000,
  });
});
