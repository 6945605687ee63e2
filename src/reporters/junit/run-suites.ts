import type { FixReport, Report } from '../../report/report.ts';
import { fixSentence, sentence } from '../sentence.ts';
import type { Suite, TestCase } from './suite.ts';

/** What is said about the run and not about a repository: an interruption, and the outcome of `--fix`. */
export function runSuites(report: Report): Omit<Suite, 'id'>[] {
  const { run, fix } = report;
  const common = {
    output: [],
    startedAt: run.startedAt,
    properties: [
      ['command', run.command],
      ['finishedAt', run.finishedAt],
    ] as const,
  };
  return [
    ...(run.interrupted ? [{ ...common, name: 'run', cases: () => [interrupted(report)] }] : []),
    ...(fix === null ? [] : [{ ...common, name: 'fix', cases: () => fixCases(fix) }]),
  ];
}

function interrupted(report: Report): TestCase {
  return {
    name: 'the run was not interrupted',
    problem: { kind: 'error', type: 'INTERRUPTED', message: sentence(report), lines: [] },
  };
}

function* fixCases(fix: FixReport): Generator<TestCase> {
  for (const action of fix.actions) {
    yield {
      name: `${action.id}: ${action.type} ${action.repository}:${action.tag}, ${action.outcome}`,
      problem:
        action.outcome === 'failed'
          ? { kind: 'error', type: 'ACTION-FAILED', message: action.detail, lines: [] }
          : null,
    };
  }
  yield {
    name: 'read again afterwards, the sites are in sync',
    problem: fix.verified
      ? null
      : { kind: 'failure', type: 'NOT-VERIFIED', message: fixSentence(fix), lines: [] },
  };
}
