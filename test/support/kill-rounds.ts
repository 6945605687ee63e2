import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fillReal, placeholdersInReal } from './fill-sites.ts';
import { killAndResume } from './kill-and-resume.ts';
import { randomDrift, seededRandom } from './random-drift.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { listTagLinks } from './registry-storage.ts';
import { makeTempDir } from './temp-dir.ts';

/**
 * Kills fixes of one random drift on two real registries until that many kills have happened. After each fix that
 * came to its end the secondary must hold the primary's tags and no placeholder.
 */
export async function killRounds(seed: number, kills: number): Promise<void> {
  const drift = randomDrift(seed, { repositories: 2, tags: 27 });
  const paths = drift.map(({ path }) => path);
  const actions = drift.flatMap(({ tags }) => tags).filter((tag) => tag.drift !== 'match').length;
  const template = makeTempDir('template');
  fillReal(template, drift, 'secondary');
  const primary = await startRealRegistry();
  fillReal(primary.root, drift, 'primary');
  const random = seededRandom(seed);
  try {
    for (let killed = 0, round = 1; killed < kills; round++) {
      const secondary = await startRealRegistry();
      try {
        cpSync(join(template, 'docker'), join(secondary.root, 'docker'), { recursive: true });
        const mostKills = Math.min(kills - killed, 1 + Math.floor(random() * 4));
        const run = await killAndResume(
          { primary, secondary },
          { paths, mostKills, lines: Math.round(actions * 2.5), random },
        );
        killed += run.kills;
        const where = `seed ${seed}, round ${round}, ${run.kills} kills: ${run.last.stderr}`;
        const bad = run.report.fix?.actions.filter(({ outcome }) => outcome === 'failed');
        expect(bad, where).toEqual([]);
        for (const path of paths) {
          expect(links(secondary, path), where).toEqual(links(primary, path));
          expect(placeholdersInReal(secondary.root, path), where).toEqual([]);
        }
        expect(run.last.code, where).toBe(0);
        expect(run.report.fix?.verified, where).toBe(true);
      } finally {
        await secondary.stop();
      }
    }
  } finally {
    await primary.stop();
    rmSync(template, { recursive: true });
  }
}

function links(registry: RealRegistry, path: string): Record<string, string> {
  return Object.fromEntries(listTagLinks(registry.root, path));
}
