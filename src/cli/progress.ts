import type { DeepProgress } from '../audit/deep/deepen-repository.ts';
import type { ScanEvent } from '../audit/scan.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../report/report.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';

/** A line that is rewritten on a terminal at most this often. */
const REDRAW_MS = 100;
/** Without a terminal, a line this often shows that the run is alive. */
const HEARTBEAT_MS = 30_000;

/** Shows how far a run is, on standard error. */
export interface Progress {
  onEvent(event: ScanEvent): void;
  /** Clears the line, before results are printed. */
  end(): void;
}

/** No progress, for `--quiet`. */
export const NO_PROGRESS: Progress = { onEvent: () => {}, end: () => {} };

/** One rewritten line on a terminal; a line every 30 seconds elsewhere. */
export function createProgress(stream: NodeJS.WriteStream, clock: Clock): Progress {
  const isTerminal = stream.isTTY === true;
  const interval = isTerminal ? REDRAW_MS : HEARTBEAT_MS;
  const sites: Record<Site, { done: number; total: number }> = {
    primary: { done: 0, total: 0 },
    secondary: { done: 0, total: 0 },
  };
  const deep = new Map<Site, DeepProgress>();
  let current = { path: '', index: 0, total: 0 };
  const settling = new Set<string>();
  const gone = new Set<Site>();
  let shownAt = clock.now();
  let drawn = false;

  function line(): string {
    const { path, index, total } = current;
    if (total === 0) return 'reaching the sites';
    const counts = (['primary', 'secondary'] as const).map(
      (site) => `${site} ${sites[site].done}/${sites[site].total}`,
    );
    const below = deep.size > 0 ? `, ${deepWords([...deep.values()])}` : '';
    const pausing = settling.size > 0 ? `, ${settling.size} settling` : '';
    const waiting = gone.size > 0 ? `waiting for the ${[...gone].join(' and the ')} to come back; ` : '';
    return `[${index + 1}/${total}] ${waiting}${escapeTerminal(path, 60)}: ${counts.join(', ')} tags${below}${pausing}`;
  }

  function show(force = false): void {
    if (!force && clock.now() - shownAt < interval) return;
    shownAt = clock.now();
    if (!isTerminal) stream.write(`${line()}\n`);
    else {
      stream.write(`\r\u001b[2K${line().slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
      drawn = true;
    }
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case 'repository':
          current = event;
          deep.clear();
          sites.primary = { done: 0, total: 0 };
          sites.secondary = { done: 0, total: 0 };
          break;
        case 'progress':
          if (event.path === current.path) sites[event.site] = event;
          break;
        case 'deep':
          if (event.path === current.path) deep.set(event.site, event);
          break;
        case 'settling':
          settling.add(event.path);
          show(isTerminal);
          return;
        case 'waiting':
          if (event.isWaiting) gone.add(event.site);
          else gone.delete(event.site);
          show(isTerminal || event.isWaiting);
          return;
        case 'repository-done':
          settling.delete(event.report.path);
          break;
      }
      show();
    },
    end() {
      if (drawn) stream.write('\r\u001b[2K');
      drawn = false;
    },
  };
}

/** What a look below the tags costs so far, both sites together. */
function deepWords(all: readonly DeepProgress[]): string {
  const sum = (key: keyof DeepProgress) => all.reduce((total, one) => total + one[key], 0);
  const bytes = sum('bytes');
  const downloaded = bytes > 0 ? `, ${(bytes / 2 ** 20).toFixed(1)} MiB` : '';
  return `deep ${sum('done')}/${sum('total')} manifests, ${sum('parts')} parts${downloaded}`;
}
