import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { parseReport, parseSnapshot } from '../../src/report/read-file.ts';
import { jsonReporter } from '../../src/reporters/json.ts';
import { snapshotJson } from '../../src/reporters/snapshot-json.ts';
import { nastyReport } from '../reporters/fixtures.ts';
import { snapshotFile } from './snapshots.ts';

const report = nastyReport();
const reportText = [...jsonReporter(report)].join('');
const snapshot = snapshotFile({ latest: 'a' });
const snapshotText = [...snapshotJson(snapshot)].join('');

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseReport', () => {
  it('gives back what was written', () => {
    expect(parseReport(reportText, 'report.json')).toEqual(report);
  });

  it('takes the same report with its keys in another order and without layout', () => {
    const reversed = Object.fromEntries(Object.entries(report).reverse());
    expect(parseReport(JSON.stringify(reversed), 'report.json')).toEqual(report);
  });

  it.each([
    ['newer', { ...report, schemaVersion: 2 }, 'f.json has schemaVersion 2; this release reads up to 1'],
    [
      'without a version',
      { ...report, schemaVersion: undefined },
      'f.json is not a report: it has no schemaVersion 1',
    ],
    [
      'with a version in words',
      { ...report, schemaVersion: '1' },
      'f.json is not a report: it has no schemaVersion 1',
    ],
    ['of another kind', snapshot, 'f.json is not a report but a snapshot'],
    ['a list', [report], 'f.json is not a report'],
    ['null', null, 'f.json is not a report'],
    [
      'altered in a tag',
      { ...report, repositories: report.repositories.map((one) => ({ ...one, verdict: 'IN-SYNC' })) },
      'f.json was altered after it was written: its reportDigest does not fit',
    ],
    [
      'with a key more',
      { ...report, note: 'looked at' },
      'f.json was altered after it was written: its reportDigest does not fit',
    ],
    ['of another shape', { ...report, run: null }, /^f\.json is not a report of this schema at run: /],
  ])('refuses one that is %s, in one line', (_, value, expected) => {
    const message = refusal(() => parseReport(JSON.stringify(value), 'f.json'));
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });

  it.each([
    ['', 'it is empty'],
    ['\n', 'it is empty'],
    ['IN-SYNC', 'it is not JSON'],
    ['{"schemaVersion": 1} and more', 'it is not JSON'],
    ['{"a": 1]}', 'it is not JSON'],
    ['{"a": "b', 'it is cut off'],
    ['{"a": "}"', 'it is cut off'],
    ['{"a": "\\"}"', 'it is cut off'],
  ])('says of %j that %s', (text, why) => {
    expect(refusal(() => parseReport(text, 'f.json'))).toBe(`f.json is not a report: ${why}`);
  });

  it('says of every cut report that it is cut off', () => {
    const end = reportText.trimEnd().length;
    for (let length = 1; length < end; length += 97) {
      const message = refusal(() => parseReport(reportText.slice(0, length), 'f.json'));
      expect([length, message]).toEqual([length, 'f.json is not a report: it is cut off']);
    }
  });
});

describe('parseSnapshot', () => {
  it('gives back what was written', () => {
    expect(parseSnapshot(snapshotText, 'snapshot.json')).toEqual(snapshot);
  });

  it.each([
    ['a report', report, 'f.json is not a snapshot but a report'],
    ['a plan', { schemaVersion: 1, kind: 'reconcile-plan' }, 'f.json is not a snapshot'],
    ['newer', { ...snapshot, schemaVersion: 7 }, 'f.json has schemaVersion 7; this release reads up to 1'],
    [
      'altered',
      { ...snapshot, side: 'secondary' },
      'f.json was altered after it was written: its snapshotDigest does not fit',
    ],
    [
      'of another shape',
      { ...snapshot, side: 'third' },
      /^f\.json is not a snapshot of this schema at side: /,
    ],
  ])('refuses one that is %s', (_, value, expected) => {
    const message = refusal(() => parseSnapshot(JSON.stringify(value), 'f.json'));
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });
});
