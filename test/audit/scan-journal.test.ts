import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createScanJournal, resumeScanJournal, type ScanJournal } from '../../src/audit/scan-journal.ts';
import { UsageError } from '../../src/errors.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import { nastyReport } from '../reporters/fixtures.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const OPTIONS = {
  scan: { narrow: 'auto' },
  startedAt: '2026-11-22T01:00:00.000Z',
  now: () => 1_795_000_000_000,
};
// Causes follow from the readings; the fixture has made up some.
const derived = (repository: RepositoryReport) => ({
  ...repository,
  tags: repository.tags.map(({ name, primary, secondary, unstable }) => ({
    name,
    primary,
    secondary,
    unstable,
  })),
});
const REPOSITORIES = [...nastyReport().repositories].map(derived);
/** All that the fixture has. */
const RESUMED = { ...OPTIONS, selection: REPOSITORIES.map(({ path }) => path) };
const complete = REPOSITORIES.filter(({ verdict }) => verdict !== 'INCOMPLETE');

function newPath(): string {
  return join(makeTempDir('journal'), 'scan-journal.ndjson');
}
function filled(path = newPath()): { path: string; journal: ScanJournal } {
  const journal = createScanJournal(path, OPTIONS);
  journal.begin('docker-v2');
  for (const repository of nastyReport().repositories) journal.add(repository);
  return { path, journal };
}

it('gives back what it was given, by path, as often as asked', () => {
  const { journal, path } = filled();
  expect(journal.list().map(derived)).toEqual(REPOSITORIES);
  expect(JSON.stringify(journal.list().map(derived))).toBe(JSON.stringify(REPOSITORIES));
  expect(journal.list().length).toBe(REPOSITORIES.length);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  journal.close();
});

it('is gone on with by another run, which reads again what was incomplete', () => {
  const { journal, path } = filled();
  journal.close();
  const resumed = resumeScanJournal(path, RESUMED);
  expect([...resumed.begin('docker-v2')].sort()).toEqual(complete.map(({ path: name }) => name).sort());
  expect(resumed.resumed).toEqual({
    startedAt: OPTIONS.startedAt,
    repositories: complete.length,
    oldest: new Date(OPTIONS.now()).toISOString(),
    leftOut: 0,
  });
  expect(resumed.list().map(derived)).toEqual(REPOSITORIES);
  const first = nastyReport().repositories.at(0);
  resumed.add({ ...(first as RepositoryReport), tags: [], verdict: 'IN-SYNC' });
  expect(resumed.list().at(0)).toMatchObject({ verdict: 'IN-SYNC' });
  expect(resumed.list().length).toBe(REPOSITORIES.length);
  resumed.close();
});

it('gives of an earlier run what is selected now, and loses nothing of the rest', () => {
  const { journal, path } = filled();
  journal.close();
  const [one = '', ...others] = complete.map(({ path: name }) => name);
  const some = resumeScanJournal(path, { ...OPTIONS, selection: [one, 'not/read-yet'] });
  expect([...some.begin('docker-v2')]).toEqual([one]);
  expect(some.list().map(({ path: name }) => name)).toEqual([one]);
  expect(some.resumed).toMatchObject({ repositories: 1, leftOut: REPOSITORIES.length - 1 });
  expect(some.completed()).toBe(complete.length);
  some.add({ ...(nastyReport().repositories.at(0) as RepositoryReport), path: 'not/read-yet' });
  expect(some.list().length).toBe(2);
  some.close();
  const rest = resumeScanJournal(path, { ...OPTIONS, selection: others });
  expect([...rest.begin('docker-v2')].sort()).toEqual([...others].sort());
  rest.close();
});

it('cut off at any byte it gives whole repositories or none', () => {
  const { journal, path } = filled();
  journal.close();
  const whole = readFileSync(path);
  const headEnd = whole.indexOf('\n') + 1;
  const step = Math.max(1, Math.floor(whole.length / 200));
  for (let length = headEnd; length < whole.length; length += step) {
    writeFileSync(path, whole.subarray(0, length));
    const resumed = resumeScanJournal(path, RESUMED);
    const left = resumed.list().map(derived);
    expect(left).toEqual(REPOSITORIES.filter((one) => left.some(({ path: name }) => name === one.path)));
    // What is written next stands where the cut-off part stood.
    resumed.begin('docker-v2');
    for (const repository of nastyReport().repositories) resumed.add(repository);
    expect(resumed.list().length).toBe(REPOSITORIES.length);
    resumed.close();
  }
});

describe('it is not gone on with', () => {
  const refused = (path: string, options = RESUMED) => {
    try {
      resumeScanJournal(path, options).close();
    } catch (error) {
      return error instanceof UsageError ? error.message : `not a usage error: ${String(error)}`;
    }
    return null;
  };

  it('when the scan is another', () => {
    const { journal, path } = filled();
    journal.close();
    expect(refused(path, { ...RESUMED, scan: { narrow: 'off' } })).toMatch(/--narrow "auto".*--narrow "off"/);
    const resumed = resumeScanJournal(path, RESUMED);
    expect(() => resumed.begin('gitlab-v1')).toThrow(/was read by docker-v2/);
    resumed.close();
  });

  it.each([
    ['text', 'hello\n'],
    ['the journal of a fix', '{"kind":"journal","planDigest":"x"}\n'],
    ['of a later version', '{"kind":"scan-journal","schemaVersion":2}\n'],
  ])('when it is %s', (_name, text) => {
    const path = newPath();
    writeFileSync(path, text);
    expect(refused(path)).toMatch(/is not the journal of a scan/);
  });

  it('when a byte of a tag has changed', () => {
    const { journal, path } = filled();
    journal.close();
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"names":["', '"names":["x'));
    expect(refused(path)).toMatch(/damaged/);
  });

  it('when a line that counts is not what was written', () => {
    const { journal, path } = filled();
    journal.close();
    appendFileSync(path, '{"kind":"repository","report":{}}\n');
    expect(refused(path)).toMatch(/damaged/);
  });
});

it('keeps in memory what the disk no longer takes, and says why', () => {
  const journal = createScanJournal(newPath(), OPTIONS);
  journal.begin('docker-v2');
  const [first, ...others] = nastyReport().repositories;
  journal.add(first as RepositoryReport);
  // A file that was closed under it fails as a full disk does: at the write.
  journal.close();
  for (const repository of others) journal.add(repository);
  expect(journal.fault()).toMatchObject({ code: 'OUTPUT' });
  expect(journal.completed()).toBeLessThanOrEqual(1);
  expect(journal.list().length).toBe(REPOSITORIES.length);
});

it.each(['', '{"kind":"scan-jou'])('ended before its first line did (%j) it begins anew', (text) => {
  const path = newPath();
  writeFileSync(path, text);
  const journal = resumeScanJournal(path, RESUMED);
  expect(journal.resumed).toBeNull();
  journal.begin('docker-v2');
  for (const repository of nastyReport().repositories) journal.add(repository);
  expect(journal.list().map(derived)).toEqual(REPOSITORIES);
  journal.close();
});

it.each(['notes', '{"kind":"fix"}', '{"kind":"scan-journalist"'])(
  'another file of one line without its end (%j) is left as it is',
  (text) => {
    const path = newPath();
    writeFileSync(path, text);
    expect(() => resumeScanJournal(path, RESUMED)).toThrow(/is not the journal of a scan/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

it('does not follow a cut-off file beyond its end', () => {
  const { journal, path } = filled();
  journal.close();
  truncateSync(path, readFileSync(path).indexOf('\n') + 1);
  const resumed = resumeScanJournal(path, RESUMED);
  expect(resumed.resumed).toEqual({
    startedAt: OPTIONS.startedAt,
    repositories: 0,
    oldest: OPTIONS.startedAt,
    leftOut: 0,
  });
  expect(resumed.list().length).toBe(0);
  resumed.close();
});
