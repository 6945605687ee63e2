import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FixRun, type FixSites, readReport, siteArgs } from './fix-run.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { makeTempDir } from './temp-dir.ts';

export interface KilledFix {
  /** How often the fix was killed before it came to its end. */
  readonly kills: number;
  readonly last: CliResult;
  readonly report: FixRun['report'];
}

export interface KillOptions {
  readonly paths: readonly string[];
  /** Kills at most so often, then lets the fix end. */
  readonly mostKills: number;
  /** Lines the journal will have in the end, about. */
  readonly lines: number;
  readonly random: () => number;
  /** The most lines between two kills; default as many as are left. */
  readonly stride?: number;
  /** Begin again with a new plan and a new journal after each kill, as who knows nothing of `--resume`. */
  readonly forgetful?: boolean;
}

/**
 * Fixes, is killed (`SIGKILL`) at a random moment, goes on by `--resume`, is killed again, and so on, until a run
 * comes to its end. Moments are counted in lines of the journal, so that they fall between and within steps
 * however fast the machine is; some come before there is a journal at all.
 */
export async function killAndResume(sites: FixSites, options: KillOptions): Promise<KilledFix> {
  const { paths, mostKills, lines, random, stride = Number.POSITIVE_INFINITY, forgetful = false } = options;
  const home = makeTempDir('killed');
  for (let kills = 0; ; ) {
    const cwd = forgetful ? join(home, String(kills)) : home;
    mkdirSync(cwd, { recursive: true });
    const journal = join(cwd, 'out', 'journal.ndjson');
    const written = linesOf(journal);
    const resume = ['--resume', 'out/journal.ndjson'];
    const command =
      written === 0
        ? ['scan', '--fix', ...paths]
        : kills % 2 === 0
          ? ['scan', '--fix', ...resume]
          : ['apply', 'out/plan.json', ...resume];
    const ended = new AbortController();
    const at = written + Math.floor(random() * Math.min(stride, Math.max(4, lines - written)));
    const moment = untilLines(journal, at, random() * 12, ended.signal);
    const args = [...command, '--yes', '--max-delete', '1000', ...siteArgs(sites), '--out', 'out'];
    const settle = command[0] === 'scan' ? ['--settle', '0'] : [];
    const last = await runCli([...args, ...settle], {
      cwd,
      guard: 150_000,
      ...(kills < mostKills && { signal: { name: 'SIGKILL', when: moment } }),
    });
    ended.abort();
    if (last.signal !== 'SIGKILL') return { kills, last, report: readReport(last) };
    kills++;
  }
}

/** Resolves some milliseconds after the file has so many lines, and never when it comes to no such thing. */
async function untilLines(file: string, lines: number, more: number, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    if (linesOf(file) >= lines) {
      await sleep(more);
      return;
    }
    await sleep(1);
  }
}

function linesOf(file: string): number {
  if (!existsSync(file)) return 0;
  return readFileSync(file, 'utf8').split('\n').length - 1;
}
