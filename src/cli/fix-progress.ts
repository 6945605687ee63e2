import type { Clock } from '../core/clock.ts';
import type { FixEvent } from '../reconcile/action-run.ts';
import type { Plan } from '../report/plan.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';

const REDRAW_MS = 100;
/** Without a terminal, a line this often shows that the run is alive. */
const HEARTBEAT_MS = 30_000;
const MIB = 1024 * 1024;

/** How far a fix is, on standard error: actions, bytes and rate. */
export interface FixProgress {
  onEvent(event: FixEvent): void;
  end(): void;
}

export function createFixProgress(plan: Plan, stream: NodeJS.WriteStream, clock: Clock): FixProgress {
  const isTerminal = stream.isTTY === true;
  const total = plan.repositories.reduce((sum, { actions }) => sum + actions.length, 0);
  const startedAt = clock.now();
  let shownAt = startedAt;
  let finished = 0;
  let failed = 0;
  let bytes = 0;
  let current = '';
  let drawn = false;

  function show(): void {
    const now = clock.now();
    if (now - shownAt < (isTerminal ? REDRAW_MS : HEARTBEAT_MS)) return;
    shownAt = now;
    const rate = bytes / MIB / Math.max(0.001, (now - startedAt) / 1000);
    const line = `fix ${finished}/${total} actions, ${failed} failed, ${(bytes / MIB).toFixed(1)} MiB, ${rate.toFixed(1)} MiB/s ${escapeTerminal(current, 60)}`;
    if (isTerminal) stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
    else stream.write(`${line}\n`);
    drawn = isTerminal;
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case 'action-start':
          current = `${event.action.type} ${event.repository}:${event.action.tag}`;
          break;
        case 'action-done':
          finished++;
          if (event.result.outcome === 'failed') failed++;
          break;
        case 'bytes':
          bytes += event.bytes;
      }
      show();
    },
    end() {
      if (drawn) stream.write('\r\u001b[2K');
      drawn = false;
    },
  };
}
