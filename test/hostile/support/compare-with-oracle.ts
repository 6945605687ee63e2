import type { Plan } from '../../../src/report/plan.ts';
import type { Report, RepositoryReport } from '../../../src/report/report.ts';
import {
  type ExpectedAction,
  type ExpectedRepository,
  type ExpectedTag,
  expectedExitCode,
} from './oracle.ts';

/** Every way in which a report and its plan are not what the oracle says; empty when there is none. */
export function differencesFrom(
  expected: readonly ExpectedRepository[],
  { code, report, plan }: { code: number | null; report: Report; plan: Plan },
): string[] {
  const differences: string[] = [];
  const compare = (what: string, is: unknown, shouldBe: unknown) => {
    const [left, right] = [JSON.stringify(is), JSON.stringify(shouldBe)];
    if (left !== right) differences.push(`${what}: is ${left}, should be ${right}`);
  };
  compare('exit code', code, expectedExitCode(expected));
  const ordered = [...expected].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  compare(
    'repositories',
    report.repositories.map(({ path }) => path),
    ordered.map(({ path }) => path),
  );
  for (const one of ordered) {
    const { path } = one;
    const found = report.repositories.find((repository) => repository.path === path);
    if (found === undefined) continue;
    compare(`${path} verdict`, found.verdict, one.verdict);
    for (const profile of ['wide', 'narrow', 'gitlabV1'] as const)
      for (const side of ['primary', 'secondary', 'equal'] as const)
        compare(
          `${path} checksums.${profile}.${side}`,
          found.checksums[profile][side],
          one.checksums[profile][side],
        );
    for (const [name, count] of Object.entries(one.counts))
      compare(`${path} counts.${name}`, (found.counts as Readonly<Record<string, number>>)[name], count);
    compareTags(found, one.tags, compare);
    comparePlan(plan, one, compare);
  }
  const silently = expected.reduce((sum, { counts }) => sum + (counts.silentlySkipped ?? 0), 0);
  compare('summary.silentlySkipped', report.summary.silentlySkipped, silently);
  compare(
    'summary.tags.total',
    report.summary.tags.total,
    expected.reduce((sum, { tags }) => sum + tags.length, 0),
  );
  return differences;
}

type Compare = (what: string, is: unknown, shouldBe: unknown) => void;

function compareTags(found: RepositoryReport, expected: readonly ExpectedTag[], compare: Compare): void {
  const { path } = found;
  compare(
    `${path} tag names in order`,
    found.tags.map(({ name }) => name),
    expected.map(({ name }) => name),
  );
  const byName = new Map(found.tags.map((tag) => [tag.name, tag]));
  for (const one of expected) {
    const tag = byName.get(one.name);
    if (tag === undefined) continue;
    for (const key of ['status', 'narrowStatus', 'silentlySkipped'] as const)
      compare(`${path}:${one.name} ${key}`, tag[key], one[key]);
    for (const site of ['primary', 'secondary'] as const) {
      // A tag that is not there says nothing of digests and types.
      const reading: Readonly<Record<string, unknown>> = tag[site];
      const narrow = tag[site].state === 'absent' ? null : tag[site].narrow;
      for (const key of ['state', 'digest', 'mediaType'] as const)
        compare(`${path}:${one.name} ${site}.${key}`, reading[key] ?? null, one[site][key]);
      compare(`${path}:${one.name} ${site}.narrow.digest`, narrow?.digest ?? null, one[site].narrowDigest);
    }
  }
}

/** Exactly the copies and deletes that are due, and a word for everything that cannot be mended. */
function comparePlan(plan: Plan, expected: ExpectedRepository, compare: Compare): void {
  const actions = plan.repositories.find(({ path }) => path === expected.path)?.actions ?? [];
  const writes = new Map<string, ExpectedAction>();
  for (const action of actions) {
    if (action.type === 'none') continue;
    const { type, tag } = action;
    compare(`${expected.path}:${tag} planned twice`, writes.has(tag), false);
    writes.set(
      tag,
      type === 'copy'
        ? { type, tag, digest: action.digest, before: action.replaces }
        : { type, tag, before: action.expects },
    );
  }
  const due = new Map(expected.actions.map((action) => [action.tag, action]));
  for (const tag of new Set([...writes.keys(), ...due.keys()]))
    compare(`${expected.path}:${tag} planned`, writes.get(tag) ?? null, due.get(tag) ?? null);
  const spared = new Set(actions.filter(({ type }) => type === 'none').map(({ tag }) => tag));
  compare(
    `${expected.path} spared without hope`,
    expected.hopeless.filter((tag) => !spared.has(tag)),
    [],
  );
}
