import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { reportSchema } from '../../src/report/report.ts';
import { readReport } from '../support/fix-run.ts';
import { killAndResume } from '../support/kill-and-resume.ts';
import { type DriftRepository, randomDrift, seededRandom } from '../support/random-drift.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { type Arena, type Flavour, openArena } from './support/arena.ts';
import { recordFigures } from './support/figures.ts';
import type { GateFault } from './support/gate.ts';
import { IS_FULL, scaled } from './support/scale.ts';

// Hundreds of runs of the command in the full form.
vi.setConfig({ testTimeout: scaled(180_000, 7_200_000), hookTimeout: 180_000 });

const SEED = Number(process.env.DRIFT_SEED ?? 8);
const GUARD_MS = 150_000;
const FAULTS: readonly GateFault[] = ['reset', 'lost', 500, 503, 401, 429];
const FLAVOURS: readonly Flavour[] =
  process.env.SKIP_REAL_REGISTRY === '1'
    ? ['gitlab with tag delete']
    : ['distribution 2.8.2', 'gitlab with tag delete'];

const figures = {
  kills: 0,
  survived: 0,
  faultsInjected: 0,
  fullDisks: 0,
  fixesAtOnce: 0,
  fixesRefused: 0,
  tagsMovedMeanwhile: 0,
  writesWatched: 0,
  writesToThePrimary: 0,
  looksFromOutside: 0,
  seed: SEED,
};
// After each: what was done counts also when the whole is stopped.
afterEach(() => recordFigures('kills', figures));

const actionsOf = (drift: readonly DriftRepository[]) =>
  drift.flatMap(({ tags }) => tags).filter((tag) => tag.drift !== 'match').length;

async function inArena(
  flavour: Flavour,
  drift: readonly DriftRepository[],
  test: (arena: Arena) => Promise<void>,
): Promise<void> {
  const arena = await openArena(flavour, drift);
  try {
    await test(arena);
  } finally {
    figures.faultsInjected += arena.secondary.faults;
    figures.writesWatched += arena.secondary.watched;
    figures.writesToThePrimary += arena.primary.watched;
    figures.looksFromOutside += arena.looks;
    await arena.close();
  }
}

/** Ended by itself, not by a defect; gives what it said for messages. */
function expectCalm(run: CliResult, where: string): void {
  expect(run.stderr, where).not.toContain('this is a defect');
  expect([0, 1, 2], `${where}: ${run.stderr}`).toContain(run.code);
}

describe.each(FLAVOURS)('writes under fire, %s', (flavour) => {
  it.each([
    ['--resume', false],
    ['a new run', true],
  ] as const)('kill -9 at random moments, then %s', async (_, forgetful) => {
    const drift = randomDrift(SEED, { repositories: 2, tags: scaled(8, 12) });
    const kills = flavour === 'distribution 2.8.2' ? scaled(2, 60) : scaled(1, 40);
    await inArena(flavour, drift, async (arena) => {
      const random = seededRandom(SEED + Number(forgetful));
      for (let killed = 0; killed < kills; ) {
        let where = '';
        await arena.round(async () => {
          const mostKills = Math.min(kills - killed, 1 + Math.floor(random() * scaled(4, 20)));
          const run = await killAndResume(arena, {
            paths: arena.paths,
            mostKills,
            lines: Math.round(actionsOf(drift) * 2.5),
            random,
            stride: 12,
            forgetful,
          });
          killed += run.kills;
          figures.kills += run.kills;
          where = `seed ${SEED}, after ${killed} kills, ${run.kills} of this fix`;
          expect(run.last.code, `${where}: ${run.last.stdout}${run.last.stderr}`).toBe(0);
          expect(run.report.fix?.verified ?? true, where).toBe(true);
        });
        await arena.expectMended(where);
        figures.survived = figures.kills;
        recordFigures('kills', figures);
      }
    });
  });

  it('a write that fails, whichever: nothing is harmed, and the next run ends in sync', async () => {
    const drift = randomDrift(SEED, { repositories: 1, tags: scaled(4, 8) });
    await inArena(flavour, drift, async (arena) => {
      const random = seededRandom(SEED);
      let writes = 1;
      for (let nth = 1; nth <= writes; nth += IS_FULL ? 1 : Math.ceil(writes / 2)) {
        const fault = FAULTS[Math.floor(random() * FAULTS.length)];
        const where = `seed ${SEED}, write ${nth}: ${fault}`;
        const cwd = makeTempDir('fault');
        await arena.round(async () => {
          arena.secondary.fault = (count) => (count === nth ? fault : undefined);
          const retries = ['--retries', random() < 0.7 ? '0' : '1'];
          const options = { cwd, guard: GUARD_MS };
          const first = await runCli([...arena.fixArgs, ...retries, '--out', 'out'], options);
          expectCalm(first, where);
          expect(readReport(first).fix?.actions, where).toHaveLength(actionsOf(drift));
          arena.secondary.fault = undefined;
          writes = Math.max(writes, arena.secondary.writes.length);
          const resume = random() < 0.5;
          const again = resume
            ? [...arena.resumeArgs, '--resume', 'out/journal.ndjson', '--out', 'out']
            : [...arena.fixArgs, '--out', 'again'];
          const second = await runCli(again, options);
          expect(second.code, `${where}, ${again.join(' ')}: ${second.stdout}${second.stderr}`).toBe(0);
        });
        await arena.expectMended(where);
      }
      expect(writes).toBeGreaterThan(5);
    });
  });

  it.each([
    ['from one machine: the second is refused', true],
    ['from two machines: both end', false],
  ] as const)('two fixes at once %s, nothing is harmed, and the next run ends in sync', async (_, isOne) => {
    const drift = randomDrift(SEED, { repositories: 1, tags: scaled(10, 18) });
    await inArena(flavour, drift, async (arena) => {
      for (let round = 1; round <= scaled(1, 8); round++) {
        const where = `seed ${SEED}, round ${round}`;
        const shared = makeTempDir('machine');
        await arena.round(async () => {
          const runs = await Promise.all(
            [1, 2].map(() => {
              const env = { TMPDIR: isOne ? shared : makeTempDir('machine') };
              return runCli([...arena.fixArgs, '--out', 'out'], { guard: GUARD_MS, env });
            }),
          );
          const refused = runs.filter(({ code }) => code === 5);
          for (const run of refused)
            expect(run.stderr, where).toMatch(/another fix of .* is under way: process/);
          for (const run of runs) if (!refused.includes(run)) expectCalm(run, where);
          // Of two that come one after the other, none is refused.
          expect(refused.length, where).toBeLessThanOrEqual(isOne ? 1 : 0);
          figures.fixesAtOnce += runs.length;
          figures.fixesRefused += refused.length;
          const said = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
          expect(await arena.placeholdersUnderTags(), `${where}: ${said}`).toEqual([]);
          const last = await runCli([...arena.fixArgs, '--out', 'out'], { guard: GUARD_MS });
          expect(last.code, `${where}: ${last.stdout}${last.stderr}${said}`).toBe(0);
        });
        await arena.expectMended(where, isOne ? undefined : 'tags');
      }
    });
  });

  it('tags that move on the primary meanwhile: the next run ends in sync', async () => {
    const drift = randomDrift(SEED, { repositories: 1, tags: scaled(10, 18) });
    const path = drift[0]?.path ?? '';
    const moving = (drift[0]?.tags ?? []).filter((_, index) => index % 3 === 0).map(({ name }) => name);
    await inArena(flavour, drift, async (arena) => {
      for (let round = 1; round <= scaled(1, 8); round++) {
        const where = `seed ${SEED}, round ${round}`;
        await arena.round(async () => {
          let fixing = true;
          const users = (async () => {
            for (let push = 0; fixing; push++) {
              const tag = moving[push % moving.length] ?? '';
              await arena.push(path, tag, ociImage(`round ${round}, push ${push}`));
              figures.tagsMovedMeanwhile++;
              await sleep(10);
            }
          })();
          const first = await runCli([...arena.fixArgs, '--out', 'out'], { guard: GUARD_MS });
          fixing = false;
          await users;
          expectCalm(first, where);
          const second = await runCli([...arena.fixArgs, '--out', 'again'], { guard: GUARD_MS });
          expect(second.code, `${where}: ${second.stdout}${second.stderr}`).toBe(0);
        }, new Set(moving));
        await arena.expectMended(where);
      }
    });
  });
});

describe('a disk that is full', () => {
  const drift = randomDrift(SEED, { repositories: 1, tags: 10 });
  const actions = actionsOf(drift);
  const journalOf = (cwd: string) => join(cwd, 'out', 'journal.ndjson');
  const toStdout = ['--format', 'json', '--out', '-'];

  it.each(FLAVOURS)(
    'at any byte of the journal, %s: told, and every action accounted for',
    async (flavour) => {
      await inArena(flavour, drift, async (arena) => {
        const whole = makeTempDir('whole');
        let bytes = 0;
        await arena.round(async () => {
          expect((await runCli([...arena.fixArgs, '--out', 'out'], { cwd: whole })).code).toBe(0);
          bytes = readFileSync(journalOf(whole)).length;
        });
        const rounds = scaled(1, 15);
        for (let round = 0; round < rounds; round++) {
          const limit = 200 + Math.floor(((bytes - 200) * (round + 0.5)) / rounds);
          const where = `seed ${SEED}, at most ${limit} bytes of ${bytes}`;
          const cwd = makeTempDir('full');
          mkdirSync(join(cwd, 'out'));
          // The limit is one for every file: plan and journal are there already, and the report goes to a pipe.
          copyFileSync(join(whole, 'out', 'plan.json'), join(cwd, 'out', 'plan.json'));
          writeFileSync(journalOf(cwd), '');
          const resume = [...arena.resumeArgs, '--resume', 'out/journal.ndjson'];
          await arena.round(async () => {
            const options = { cwd, guard: GUARD_MS, largestFile: limit };
            const first = await runCli([...resume, ...toStdout], options);
            expect(first.code, `${where}: ${first.stderr}`).toBe(2);
            const told = reportSchema().parse(JSON.parse(first.stdout)).fix?.actions ?? [];
            expect(told, where).toHaveLength(actions);
            const notBegun = told.filter(({ detail }) =>
              /not begun: could not write the journal/.test(detail),
            );
            // Of the last action the end alone may find no room: it was done, and its journal does not say so.
            if (readFileSync(journalOf(cwd), 'utf8').split('"step":"begin"').length <= actions)
              expect(notBegun.length, where).toBeGreaterThan(0);
            expect(await arena.placeholdersUnderTags(), where).toEqual([]);
            figures.fullDisks++;
            const second = await runCli([...resume, '--out', 'out'], { cwd, guard: GUARD_MS });
            expect(second.code, `${where}: ${second.stdout}${second.stderr}`).toBe(0);
          });
          await arena.expectMended(where);
        }
      });
    },
  );

  it('before the plan: nothing is written, and the report is delivered', async () => {
    await inArena('gitlab with tag delete', drift, async (arena) => {
      await arena.round(async () => {
        const run = await runCli([...arena.fixArgs, ...toStdout], { largestFile: 100, guard: GUARD_MS });
        expect(run.code).toBe(2);
        expect(run.stderr).toMatch(/could not write .*plan\.json/);
        expect(reportSchema().parse(JSON.parse(run.stdout))).toMatchObject({
          fix: null,
          summary: { verdict: 'OUT-OF-SYNC' },
        });
        expect(arena.secondary.writes).toEqual([]);
        figures.fullDisks++;
      });
    });
  });

  it('after the plan, before the journal: nothing is written, and no journal is ever without its plan', async () => {
    await inArena('gitlab with tag delete', drift, async (arena) => {
      const cwd = makeTempDir('no-journal');
      mkdirSync(join(cwd, 'out'));
      symlinkSync(join(cwd, 'nowhere', 'journal'), journalOf(cwd));
      await arena.round(async () => {
        const run = await runCli([...arena.fixArgs, '--out', 'out'], { cwd, guard: GUARD_MS });
        expect(run.code).toBe(3);
        expect(run.stderr).toMatch(/journal\.ndjson/);
        expect(JSON.parse(readFileSync(join(cwd, 'out', 'plan.json'), 'utf8'))).toMatchObject({
          kind: 'reconcile-plan',
        });
        expect(arena.secondary.writes).toEqual([]);
      });
    });
  });

  it('on the report: told, with exit code 2, and every action is on the terminal and in the journal', async () => {
    await inArena('gitlab with tag delete', drift, async (arena) => {
      const cwd = makeTempDir('full');
      mkdirSync(join(cwd, 'out'));
      symlinkSync('/dev/full', join(cwd, 'out', 'report.json'));
      await arena.round(async () => {
        const run = await runCli([...arena.fixArgs, '--format', 'json', '--out', 'out'], { cwd });
        expect(run.code).toBe(2);
        expect(run.stderr).toMatch(/could not write .*report\.json.*ENOSPC/);
        for (const { tags } of drift)
          for (const tag of tags)
            if (tag.drift !== 'match') expect(run.stderr).toContain(tag.name.slice(0, 20));
        const ends = readFileSync(journalOf(cwd), 'utf8').match(/"step":"done"/g);
        expect(ends).toHaveLength(actions);
        figures.fullDisks++;
      });
      await arena.expectMended('after a full disk');
    });
  });
});
