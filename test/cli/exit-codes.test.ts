import { expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS, exitCodeOf, exitCodeOfError } from '../../src/cli/exit-codes.ts';
import { AuditError, AuthError, GuardError, TransportError, UsageError } from '../../src/errors.ts';
import type { Report, Site, Verdict } from '../../src/report/report.ts';
import { report } from '../reporters/fixtures.ts';

function reportOf(verdict: Verdict, interrupted = false): Report {
  const empty = report([]);
  return { ...empty, run: { ...empty.run, interrupted }, summary: { ...empty.summary, verdict } };
}

it.each<[string, Report, Site[], number]>([
  ['in sync', reportOf('IN-SYNC'), [], 0],
  ['differences', reportOf('OUT-OF-SYNC'), [], 1],
  ['incomplete', reportOf('INCOMPLETE'), [], 2],
  ['refused by a site, which is why it is incomplete', reportOf('INCOMPLETE'), ['primary'], 4],
  ['interrupted, whatever else', reportOf('INCOMPLETE', true), ['secondary'], 130],
  ['interrupted when nothing was amiss', reportOf('IN-SYNC', true), [], 130],
])('%s', (_, given, refused, code) => {
  expect(exitCodeOf(given, refused)).toBe(code);
});

it.each<[string, unknown, number]>([
  ['usage', new UsageError('x'), 3],
  ['authentication', new AuthError('x'), 4],
  ['a guard', new GuardError('x'), 5],
  ['output', new AuditError('OUTPUT', 'x'), 2],
  ['transport', new TransportError('UNREACHABLE', 'x'), 2],
  ['a defect', new TypeError('x'), 2],
  ['something that is no error', 'x', 2],
])('an error of %s', (_, error, code) => {
  expect(exitCodeOfError(error)).toBe(code);
});

it('has a meaning for every code', () => {
  expect(EXIT_MEANINGS.map((line) => Number(line.split(' ')[0]))).toEqual(Object.values(EXIT));
});
