import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import type { Plan } from '../../src/report/plan.ts';
import { type Report, SITES } from '../../src/report/report.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { runCli } from '../support/run-cli.ts';
import { differencesFrom } from './support/compare-with-oracle.ts';
import { recordFigures } from './support/figures.ts';
import { fillEmbedded, fillReal, refuseUnread } from './support/fill-scenario.ts';
import { expectedOf, type SetUp, verifierSum } from './support/oracle.ts';
import { scaled } from './support/scale.ts';
import { type Scenario, scenarioOf } from './support/scenario.ts';

/** `HOSTILE_SEED=<n>` runs that one seed again, on all three set-ups. */
const ONLY = process.env.HOSTILE_SEED;
const SEEDS =
  ONLY === undefined ? Array.from({ length: scaled(1, 16) }, (_, index) => index + 1) : [Number(ONLY)];
/** A few in each repository, and so many that one site's are asked for on condition that they are not the other's. */
const SIZES = [scaled(100, 300), 1400];
const CASES = SEEDS.flatMap((seed) => SIZES.map((tags) => ({ seed, tags })));

const figures = {
  tagsCompared: 0,
  askedOnCondition: 0,
  repositoriesCompared: 0,
  scenarios: 0,
  seeds: SEEDS.length,
  differences: 0,
};
const bySetUp: Record<string, number> = {};
const statuses: Record<string, number> = {};
const writes: Record<string, number> = {};
afterAll(() => {
  // One seed run again is no figure of the whole.
  if (ONLY === undefined) recordFigures('differential', { ...figures, bySetUp, statuses, writes });
});

it('the oracle sums as the published vectors do', () => {
  const file = join(import.meta.dirname, '..', 'vectors', 'repository-checksum.json');
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: { name: string; tuples: [string, string | null][]; checksum: string }[];
  };
  for (const { name, tuples, checksum } of vectors)
    expect([name, verifierSum(tuples)]).toEqual([name, checksum]);
});

describeReal('two Distribution registries', () => {
  it.each(CASES)(
    'seed $seed, $tags tags: the report and the plan are what the model says',
    async ({ seed, tags }) => {
      // Distribution 2.8.2 takes schema 1 by PUT only when told to.
      const config = { compatibility: { schema1: { enabled: true } } };
      const sites: RealRegistry[] = [];
      try {
        const primary = await startRealRegistry({ config });
        sites.push(primary);
        const secondary = await startRealRegistry({ config });
        sites.push(secondary);
        const scenario = scenarioOf(seed, 'distribution', tags);
        await Promise.all([
          fillReal(primary, scenario, 'primary'),
          fillReal(secondary, scenario, 'secondary'),
        ]);
        await check(scenario, primary.url, secondary.url);
      } finally {
        await Promise.all(sites.map((site) => site.stop()));
      }
    },
  );
});

describe.each<SetUp>(['gitlab docker-v2', 'gitlab gitlab-v1'])('two embedded registries, %s', (setUp) => {
  it.each(CASES)(
    'seed $seed, $tags tags: the report and the plan are what the model says',
    async ({ seed, tags }) => {
      const sites: EmbeddedRegistry[] = [];
      try {
        const scenario = scenarioOf(seed, setUp, tags);
        for (const site of ['primary', 'secondary'] as const) {
          const registry = await startEmbeddedRegistry();
          sites.push(registry);
          fillEmbedded(registry, scenario, site);
          refuseUnread(registry, scenario, site);
        }
        await check(scenario, sites[0]?.url ?? '', sites[1]?.url ?? '');
      } finally {
        await Promise.all(sites.map((site) => site.close()));
      }
    },
  );
});

/** Scans and plans with the built command, and holds both against the oracle. */
async function check(scenario: Scenario, primary: string, secondary: string): Promise<void> {
  const { seed, setUp, narrow, repositories } = scenario;
  const scan = await runCli([
    ...['scan', '--primary-url', primary, '--secondary-url', secondary, '--out', 'out', '--format', 'json'],
    ...['--settle', '0', '--retries', '0', '--narrow', narrow],
    ...['--client-path', setUp === 'gitlab gitlab-v1' ? 'gitlab-v1' : 'docker-v2'],
    ...repositories.map(({ path }) => path),
  ]);
  const file = join(scan.cwd, 'out', 'report.json');
  const again = `HOSTILE_SEED=${seed} on ${setUp} (--narrow ${narrow}), exit ${scan.code}\n${scan.stderr}`;
  const planned = await runCli(['plan', file, '--format', 'json']);
  expect(planned.code, `${again}${planned.stderr}`).toBe(0);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const plan = JSON.parse(planned.stdout) as Plan;
  const expected = repositories.map((model) => expectedOf(model, setUp));
  const differences = differencesFrom(expected, { code: scan.code, report, plan });
  const tags = expected.flatMap((repository) => repository.tags);
  figures.scenarios++;
  figures.repositoriesCompared += expected.length;
  figures.tagsCompared += tags.length;
  figures.differences += differences.length;
  const onCondition = SITES.reduce(
    (sum, site) => sum + (report.run.traffic?.[site].requests.headKnown ?? 0),
    0,
  );
  figures.askedOnCondition += onCondition;
  bySetUp[setUp] = (bySetUp[setUp] ?? 0) + tags.length;
  for (const { status } of tags) statuses[status] = (statuses[status] ?? 0) + 1;
  for (const { type } of expected.flatMap(({ actions }) => actions)) writes[type] = (writes[type] ?? 0) + 1;
  const shown = differences.slice(0, 40).join('\n');
  expect(differences.length, `${again}\n${shown}\n${wordsFor(scenario, differences)}`).toBe(0);
  const isCrowded = expected.some((repository) => repository.tags.length > 300);
  if (isCrowded && setUp !== 'gitlab gitlab-v1') expect(onCondition).toBeGreaterThan(0);
}

/** The repositories of the scenario that differ, as the model has them. */
function wordsFor({ repositories }: Scenario, differences: readonly string[]): string {
  const seen = repositories.filter(({ path }) => differences.some((line) => line.startsWith(path)));
  const asJson = (_: string, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : value;
  return seen
    .map((model) => JSON.stringify(model, asJson))
    .join('\n')
    .slice(0, 20_000);
}
