import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { classifyRepository } from '../../src/audit/classify.ts';
import type { ScanEvent } from '../../src/audit/scan.ts';
import { createProgress, NO_PROGRESS } from '../../src/cli/progress.ts';
import { mayColor } from '../../src/cli/run-context.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { RepositoryReport } from '../../src/report/report.ts';
import { snapshot } from '../audit/support/snapshots.ts';

function terminal(isTTY: boolean, columns = 120) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns }) as unknown as NodeJS.WriteStream,
    text: () => text,
  };
}

function clockOf(times: { now: number }): Clock {
  return { now: () => times.now, random: () => 0, sleep: async () => {} };
}

const repository = (path: string): RepositoryReport => ({
  ...classifyRepository(snapshot({}), snapshot({})),
  path,
});
const begin = (path: string, index = 0): ScanEvent => ({ type: 'repository', path, index, total: 2 });
const at = (path: string, done: number): ScanEvent => ({
  type: 'progress',
  site: 'primary',
  path,
  done,
  total: 100,
});

it('rewrites one line on a terminal, ten times a second at most, and clears it', () => {
  const time = { now: 0 };
  const { stream, text } = terminal(true);
  const progress = createProgress(stream, clockOf(time));
  progress.onEvent(begin('group/project'));
  for (let done = 1; done <= 50; done++) {
    time.now += 10;
    progress.onEvent(at('group/project', done));
  }
  const lines = text().split('\r\u001b[2K').slice(1);
  expect(lines.length).toBe(5);
  expect(lines.at(-1)).toBe('[1/2] group/project: primary 50/100, secondary 0/0 tags');
  progress.end();
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
  const length = text().length;
  progress.end();
  expect(text().length).toBe(length);
});

it('never wraps, and does not let a path draw', () => {
  const time = { now: 0 };
  const { stream, text } = terminal(true, 40);
  const progress = createProgress(stream, clockOf(time));
  time.now = 1000;
  progress.onEvent(begin(`a\u001b[2Jb${'x'.repeat(300)}`));
  const [, line = ''] = text().split('\r\u001b[2K');
  expect(line.length).toBeLessThan(40);
  expect(line).not.toContain('\u001b');
});

it('writes a line every 30 seconds where there is no terminal', () => {
  const time = { now: 0 };
  const { stream, text } = terminal(false);
  const progress = createProgress(stream, clockOf(time));
  progress.onEvent(begin('a'));
  for (let done = 1; done <= 90; done++) {
    time.now += 1000;
    progress.onEvent(at('a', done));
  }
  progress.end();
  expect(text()).toBe(
    [30, 60, 90].map((done) => `[1/2] a: primary ${done}/100, secondary 0/0 tags\n`).join(''),
  );
});

it('counts the repositories that settle, and no other that is done', () => {
  const time = { now: 0 };
  const { stream, text } = terminal(true);
  const progress = createProgress(stream, clockOf(time));
  const last = () => text().split('\r\u001b[2K').at(-1);
  progress.onEvent(begin('a'));
  progress.onEvent({ type: 'settling', path: 'a', tags: 3 });
  expect(last()).toContain(', 1 settling');
  time.now += 1000;
  progress.onEvent({ type: 'repository-done', report: repository('b') });
  expect(last()).toContain(', 1 settling');
  time.now += 1000;
  progress.onEvent({ type: 'repository-done', report: repository('a') });
  expect(last()).not.toContain('settling');
});

it.each([true, false])('says at once which sites are waited for (terminal: %s)', (isTerminal) => {
  const { stream, text } = terminal(isTerminal);
  const time = { now: 0 };
  const progress = createProgress(stream, clockOf(time));
  progress.onEvent(begin('a'));
  progress.onEvent({ type: 'waiting', site: 'secondary', isWaiting: true });
  expect(text()).toContain('[1/2] waiting for the secondary to come back; a: primary');
  progress.onEvent({ type: 'waiting', site: 'primary', isWaiting: true });
  expect(text()).toContain('waiting for the secondary and the primary to come back');
  for (const site of ['primary', 'secondary'] as const)
    progress.onEvent({ type: 'waiting', site, isWaiting: false });
  time.now += 60_000;
  const before = text().length;
  progress.onEvent(begin('b'));
  expect(text().slice(before)).toContain('b: primary');
  expect(text().slice(before)).not.toContain('waiting');
});

it('is silent when it is off', () => {
  expect(() => {
    NO_PROGRESS.onEvent(begin('a'));
    NO_PROGRESS.end();
  }).not.toThrow();
});

it.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '0' }, false],
])('colour with a terminal %s and %j: %s', (isTTY, environment, expected) => {
  expect(mayColor(terminal(isTTY).stream, environment)).toBe(expected);
});
