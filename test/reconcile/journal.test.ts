import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createJournal, readJournal, resumeJournal } from '../../src/reconcile/journal.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PLAN = `sha256:${'1'.repeat(64)}`;
const newFile = () => join(makeTempDir('journal'), 'journal.jsonl');
const begin = (id: string) => ({ id, step: 'begin', type: 'delete', repository: 'a/b', tag: 'x' }) as const;

test('a journal is one line a step, for its owner alone, and tells what happened', () => {
  const file = newFile();
  const journal = createJournal(file, PLAN);
  journal.record(begin('1'));
  journal.record({ id: '1', step: 'done', detail: 'deleted', bytes: 3 });
  journal.record(begin('2'));
  journal.record({ id: '2', step: 'placeholder', digest: 'sha256:aa' });
  journal.record(begin('3'));
  journal.record({ id: '3', step: 'failed', detail: 'no', bytes: 0 });
  journal.close();

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(8);
  const past = readJournal(file, PLAN);
  expect([...past.done]).toEqual([['1', { detail: 'deleted', bytes: 3 }]]);
  expect(past.begun).toEqual(new Set(['1', '2', '3']));
  expect(past.placeholders).toEqual(new Map([['2', new Set(['sha256:aa'])]]));
});

test('a last line that was cut off is taken away, at whatever byte the run was killed', () => {
  const file = newFile();
  const journal = createJournal(file, PLAN);
  const afterHeader = statSync(file).size;
  journal.record(begin('1'));
  journal.close();
  const whole = readFileSync(file);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole);
    truncateSync(file, length);
    const resumed = resumeJournal(file, PLAN);
    expect(resumed.past.begun.size).toBe(0);
    resumed.record(begin('2'));
    resumed.close();
    expect(readJournal(file, PLAN).begun).toEqual(new Set(['2']));
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  }
  expect(afterHeader).toBeLessThan(whole.length);
});

test('refused: a journal that is there already, of another plan, or no journal', () => {
  const file = newFile();
  createJournal(file, PLAN).close();
  expect(() => createJournal(file, PLAN)).toThrow(/cannot begin the journal/);
  expect(() => resumeJournal(file, `sha256:${'2'.repeat(64)}`)).toThrow(/belongs to another plan/);
  expect(() => resumeJournal(`${file}.nowhere`, PLAN)).toThrow(/cannot read the journal/);
  appendFileSync(file, '{"id": 1}\n');
  expect(() => resumeJournal(file, PLAN)).toThrow(/line 2 of the journal .* cannot be read/);
  writeFileSync(file, '{"schemaVersion": 1}\n');
  expect(() => resumeJournal(file, PLAN)).toThrow(/is no reconcile journal/);
});
