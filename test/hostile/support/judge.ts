import { expect } from 'vitest';
import type { RepositoryReport } from '../../../src/report/report.ts';
import type { TagReport } from '../../../src/report/tag-report.ts';
import type { HostileScan } from './hostile-scan.ts';
import { APP_TAGS, CALM_TAGS, type KnownTag } from './known-drift.ts';

type Side = 'primary' | 'secondary';

/** More than this is no bounded memory: the process starts with about 80 MiB, and a page may have 32. */
const MOST_MIB = 300;

/** What holds of every run, whatever was broken: it ends in words, within bounds, and calls nothing what it is not. */
export function expectCalm(run: HostileScan): void {
  expect(run.signal).toBeNull();
  expect(run.stderr).not.toMatch(/^\s+at .*:\d+|node:internal|defect/m);
  expect(run.stdout).not.toMatch(/^\s+at .*:\d+/m);
  expect(run.peakMiB).toBeLessThan(MOST_MIB);
  for (const repository of run.report.repositories) {
    const known = repository === run.app ? APP_TAGS : CALM_TAGS;
    expect(known.map(({ name }) => name)).toEqual(
      expect.arrayContaining(repository.tags.map(({ name }) => name)),
    );
    for (const error of repository.errors) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/\S/),
        message: expect.stringMatching(/\S/),
      });
      expect(error.hint, `a hint for ${error.code}: ${error.message}`).toMatch(/\S/);
      expect(run.stdout).toContain(error.code);
    }
    if (repository.errors.length > 0) expect(repository.verdict).toBe('INCOMPLETE');
    expectUnreadWithoutVerdict(repository);
  }
}

/** A tag that an error names was not read: it has no verdict, unless its wide reading is there (a narrow probe failed). */
function expectUnreadWithoutVerdict(repository: RepositoryReport): void {
  const tags = new Map(repository.tags.map((tag) => [tag.name, tag]));
  for (const { site, tags: unread = [] } of repository.errors) {
    for (const name of unread) {
      const tag = tags.get(name);
      if (tag !== undefined) expect(tag[site].state).toBe('resolved');
    }
    if (unread.length > 0 && unread.some((name) => !tags.has(name)))
      expect(repository.checksums.wide[site]).toBeNull();
  }
}

/** The verdicts, digests and narrow verdicts of these tags are those that they were made with. */
export function expectVerdicts(repository: RepositoryReport, known: readonly KnownTag[]): void {
  expect(repository.tags.map(({ name, status }) => [name, status])).toEqual(
    known.map(({ name, status }) => [name, status]),
  );
  for (const [index, tag] of known.entries()) {
    const read = repository.tags.at(index);
    if (read === undefined) throw new Error(`no ${tag.name}`);
    expectAsMade(read, tag);
  }
}

/** One tag as it was made. */
function expectAsMade(read: TagReport, made: KnownTag): void {
  expect([read.name, read.status, read.silentlySkipped]).toEqual([
    made.name,
    made.status,
    made.silentlySkipped,
  ]);
  for (const side of ['primary', 'secondary'] as const) expectReading(read, made, side);
}

function expectReading(read: TagReport, made: KnownTag, side: Side): void {
  const { [side]: held } = made;
  const { [side]: reading } = read;
  if (held === null) expect(reading.state).toBe('absent');
  else if (held === 'broken') expect(reading).toMatchObject({ state: 'unresolvable', digest: null });
  else expect(reading).toMatchObject({ state: 'resolved', digest: held.digest });
}

/** As without any fault: every verdict and digest as made, no error, and 1 because there is drift. */
export function expectSurvived(run: HostileScan): void {
  expectCalm(run);
  expectVerdicts(run.app, APP_TAGS);
  expect(run.app).toMatchObject({ verdict: 'OUT-OF-SYNC', errors: [] });
  expectUntouched(run);
  expect(run.code).toBe(1);
}

/** The repository that no fault concerns is read as ever. */
export function expectUntouched({ calm }: HostileScan): void {
  expectVerdicts(calm, CALM_TAGS);
  expect(calm).toMatchObject({ verdict: 'IN-SYNC', errors: [] });
}

/** These tags of `APP` are unread at the site, for a reason that fits, and without a verdict; the others are right. */
export function expectUnread(run: HostileScan, side: Side, lost: readonly KnownTag[], code: RegExp): void {
  const { app } = run;
  expectVerdicts(
    app,
    APP_TAGS.filter((tag) => !lost.includes(tag)),
  );
  expect(app.verdict).toBe('INCOMPLETE');
  expect(app.checksums.wide).toMatchObject({ [side]: null, equal: null });
  expect(app.errors.flatMap(({ tags = [] }) => tags).sort()).toEqual(lost.map(({ name }) => name));
  for (const error of app.errors) {
    expect(error.site).toBe(side);
    expect(error.code).toMatch(code);
  }
  expect(run.code).toBe(2);
}

/** An answer of the registry, and so a verdict: the one tag does not resolve there, everything else is read. */
export function expectUnresolvable(run: HostileScan, side: Side, lost: string): void {
  expect(run.app).toMatchObject({ verdict: 'OUT-OF-SYNC', errors: [] });
  expect(run.app.tags.map(({ name }) => name)).toEqual(APP_TAGS.map(({ name }) => name));
  for (const [index, made] of APP_TAGS.entries()) {
    const tag = run.app.tags.at(index);
    if (made.name !== lost && tag !== undefined) expectAsMade(tag, made);
  }
  const tag = run.app.tags.find(({ name }) => name === lost);
  expect(tag).toMatchObject({ status: 'UNRESOLVABLE', [side]: { state: 'unresolvable', digest: null } });
  expect(run.code).toBe(1);
}

/** A repository of which nothing can be said: no tag, no checksum of that site, a reason. */
export function expectNothingSaid(repository: RepositoryReport, site: Side, code: RegExp): void {
  expect(repository).toMatchObject({ verdict: 'INCOMPLETE', tags: [] });
  expect(repository.presence[site]).toBeNull();
  expect(repository.checksums.wide).toMatchObject({ [site]: null, equal: null });
  expect(repository.errors.length).toBeGreaterThan(0);
  for (const error of repository.errors) {
    expect(error.site).toBe(site);
    expect(error.code).toMatch(code);
  }
}

/** The first reason that a run gives, without what is other in every run. */
export function saidBy({ report }: HostileScan): string {
  const [error] = report.repositories.flatMap(({ errors }) => errors);
  if (error !== undefined) return tidied(`${error.code}: ${error.message}`);
  const unresolvable = report.repositories
    .flatMap(({ tags }) => [...tags])
    .find(({ name, status }) => status === 'UNRESOLVABLE' && name !== 'broken');
  if (unresolvable === undefined) return 'the same as without the fault';
  const { name, primary, secondary } = unresolvable;
  const reading = [primary, secondary].find(({ state }) => state === 'unresolvable');
  const reason = reading?.state === 'unresolvable' ? reading.reason : '';
  return tidied(`UNRESOLVABLE ${name}: ${reason}`);
}

function tidied(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, 'registry')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replace(/\s+/g, ' ');
}
