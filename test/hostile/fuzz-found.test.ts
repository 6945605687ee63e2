import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keysMatching } from '../../src/auth/docker-config-host.ts';
import { readConfigFile } from '../../src/config/config-file.ts';
import { parseRepositoryPath } from '../../src/core/repository-path.ts';
import { withoutOuterSlashes } from '../../src/core/slashes.ts';
import { UsageError } from '../../src/errors.ts';
import { parseGeoRegistry } from '../../src/gitlab/geo-registry.ts';
import { createImportLog } from '../../src/gitlab/import-log.ts';
import { parseReport } from '../../src/report/read-file.ts';
import { redactReport } from '../../src/report/redact-report.ts';
import { createTextRedactor } from '../../src/report/redact-text.ts';
import { createTokens } from '../../src/report/redaction-tokens.ts';
import { parseTuples } from '../../src/report/tuples.ts';
import { reportOf, repositoryOf } from '../reconcile/model.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/*
 * What fuzzing found. Each input is so large that the time-out ends a test whose subject needs the square of it: most
 * took minutes before.
 */

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

it('a path with very many slashes is no path', () => {
  expect(parseRepositoryPath(`a${'/'.repeat(1_000_000)}x`)).toBeNull();
  expect(parseRepositoryPath(`${'/'.repeat(1_000_000)}Group/Project${'/'.repeat(1_000_000)}`)).toBe(
    'group/project',
  );
});

it.each([
  ['a word as long as the line', `import failed: ${'x'.repeat(65_000)}`],
  ['an unfinished step over and over', `import ${'preimporting '.repeat(5000)}error`],
  ['slashes as a repository', `import error repository=a${'/'.repeat(60_000)}x`],
  ['an error nested deeper than the stack', `{"msg":"import","error":${nested(30_000)}}`],
])('a log line with %s is one unknown failure', (_, line) => {
  const log = createImportLog();
  for (let times = 0; times < 20; times++) log.add(line);
  expect(log.result()).toMatchObject({ lines: 20, failures: 20, unknownFailures: 20 });
});

it('a failure nested deeper than the stack is kept as a sign of itself', () => {
  const text = `[{"path":"a/b","state":3,"last_sync_failure":${nested(100_000)}}]`;
  expect(parseGeoRegistry(text, 'export').get('a/b')?.state.lastSyncFailure).toBe('…');
});

it.each([
  [
    'nested deeper than the stack',
    `{"schemaVersion":1,"a":${nested(100_000)}}`,
    /nested deeper than 200 levels/,
  ],
  ['that ends in a string of twenty megabytes', `{"a":"${'x'.repeat(20_000_000)}`, /it is cut off/],
])('a report %s is refused in a line', (_, text, message) => {
  expect(() => parseReport(text, 'report.json')).toThrow(UsageError);
  expect(() => parseReport(text, 'report.json')).toThrow(message);
});

it('a word that is mostly dots or hyphens is redacted as any other', () => {
  const names = {
    hosts: new Set<string>(),
    paths: new Set(['group', 'group/project']),
    tags: new Set(['v1']),
  };
  const redact = createTextRedactor(names, createTokens('key'));
  const long = `a${'-'.repeat(500_000)}x`;
  const redacted = redact(`${long} v1 in group/project`);
  expect(redacted.startsWith(long)).toBe(true);
  expect(redacted.slice(long.length)).toMatch(/^ tag-[0-9a-f]{12} in repository-[0-9a-f]{12}$/);
});

it.each([
  ['of very many keys', Array.from({ length: 3000 }, (_, index) => `k${index}: 1\n`).join(''), null],
  ['of one key very many times', `{${'a: 1,'.repeat(5000)}}`, /a is given twice/],
  ['whose key is a map of maps', `${'? '.repeat(25)}a: b`, /expected "option: value" lines/],
  ['nested deeper than the stack', '- '.repeat(15_000), /it is nested too deeply/],
  ['of more than 32 KiB', `a: ${'b'.repeat(32_768)}`, /is over 32 KiB/],
  ['of very many ends of maps', '}'.repeat(32_000), /line 1: this is not YAML/],
  ['of very many mistakes', `a: ${'"'.repeat(20_000)}`, /line 1: /],
])('a configuration file %s is read or refused', (_, text, message) => {
  const file = join(makeTempDir('config'), 'audit.yml');
  writeFileSync(file, text);
  if (message === null) expect(readConfigFile(file).size).toBe(3000);
  else expect(() => readConfigFile(file)).toThrow(message);
});

it('a registry under very many slashes is one', () => {
  const slashes = '/'.repeat(1_000_000);
  expect(
    keysMatching([`registry.example.com/a${slashes}b`], new URL('https://registry.example.com/')),
  ).toEqual([]);
  expect(withoutOuterSlashes(`${slashes}a${slashes}b${slashes}`)).toBe(`a${slashes}b`);
});

it('tuples of very many lines are read, and the one at fault is named', () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `t${index},\n`).join('');
  expect(parseTuples(`tag,digest\n\n${lines}`, 'tuples')).toHaveLength(200_000);
  expect(() => parseTuples(`tag,digest\n\n${lines}t7,\n`, 'tuples')).toThrow(
    'tuples, line 200003: the tag "t7" is there already (tuples, line 10)',
  );
});

it('a repository of very many groups is redacted as a whole', () => {
  const path = `a${'/b'.repeat(100_000)}`;
  const report = reportOf(repositoryOf(path, {}, {}));
  expect(redactReport(report, 'key').report.repositories.at(0)?.path).toMatch(/^repository-[0-9a-f]{12}$/);
});

it('tuples with very many lines without a comma are refused at the first of them', () => {
  const odd = Array.from({ length: 2000 }, (_, index) => `2ab12ab,ab12\n${index}\n`).join('');
  expect(() => parseTuples(`latest,\n${odd}`, 'tuples')).toThrow('tuples, line 3: expected tag,digest');
});

it('very many tuples behind a line of another shape are refused at that line', () => {
  const lines = Array.from({ length: 2000 }, (_, index) => `t${index},\n`).join('');
  expect(() => parseTuples(`latest,a,b\n${lines}`, 'tuples')).toThrow('tuples, line 1: expected tag,digest');
});

it('a log that is taken for tuples is refused at its first line', () => {
  expect(() => parseTuples('a word\n'.repeat(500_000), 'tuples')).toThrow(
    'tuples, line 1: expected tag,digest',
  );
});
