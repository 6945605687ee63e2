import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { mergeReports } from '../../src/report/merge-reports.ts';
import type { Report } from '../../src/report/report.ts';
import { action, image, nastyReport, report, repository, tag } from '../reporters/fixtures.ts';

function shard(paths: readonly string[], change: (report: Report) => Partial<Report> = () => ({})): Report {
  const base = report(
    paths.map((path) => repository(path, 'IN-SYNC', [tag('v1', 'MATCH', image(path), image(path), 'MATCH')])),
  );
  return report([...base.repositories], change(base));
}
const named = (...reports: Report[]) =>
  reports.map((one, index) => ({ name: `shard-${index + 1}.json`, report: one }));

describe('mergeReports', () => {
  it('joins repositories by path in byte order, with their errors, unchanged', () => {
    const nasty = nastyReport();
    const other = shard(['a/first', 'Z/odd', 'z/last'], () => ({ sites: nasty.sites, run: nasty.run }));
    const merged = mergeReports(named(other, nasty));
    const both = new Map([...other.repositories, ...nasty.repositories].map((one) => [one.path, one]));
    expect(merged.repositories.map(({ path }) => path)).toEqual(
      [...both.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    for (const one of merged.repositories) expect(one).toEqual(both.get(one.path));
    expect(merged.run.interrupted).toBe(true);
  });

  it('spans the time of all shards, and keeps the options on which they agree', () => {
    const at =
      (startedAt: string, finishedAt: string, options: Record<string, unknown>) => (base: Report) => ({
        run: { ...base.run, startedAt, finishedAt, options },
      });
    const merged = mergeReports(
      named(
        shard(
          ['a'],
          at('2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z', { narrow: 'auto', retries: 5, include: ['v'] }),
        ),
        shard(
          ['b'],
          at('2026-11-21T01:00:00Z', '2026-11-21T02:30:00Z', { narrow: 'auto', retries: 9, include: ['v'] }),
        ),
      ),
    );
    expect(merged.run).toMatchObject({
      startedAt: '2026-11-21T01:00:00Z',
      finishedAt: '2026-11-21T03:00:00Z',
      interrupted: false,
    });
    expect(merged.options).toEqual({ narrow: 'auto', include: ['v'] });
  });

  it('takes one report as it is', () => {
    expect(mergeReports(named(shard(['a']))).repositories).toEqual(shard(['a']).repositories);
  });

  it('joins the accounts of fixes, with numbers that stay unique', () => {
    const fixed = (path: string, verified: boolean) =>
      shard([path], () => ({
        fix: {
          actions: [{ ...action('1', 'copy', 'v1', 'done', 'copied', 1), repository: path }],
          before: { [path]: shard([path]).repositories.at(0)?.checksums ?? never() },
          after: {},
          verified,
        },
      }));
    const merged = mergeReports(named(fixed('a', true), fixed('b', false), shard(['c'])));
    expect(merged.fix).toMatchObject({ verified: false, actions: [{ id: '1' }, { id: '2' }] });
    expect(Object.keys(merged.fix?.before ?? {})).toEqual(['a', 'b']);
    expect(mergeReports(named(shard(['c']))).fix).toBeNull();
  });

  it.each<[string, Report, string]>([
    [
      'the same repository',
      shard(['a/b']),
      'a/b is in shard-1.json and in shard-2.json: shards must not overlap',
    ],
    [
      'another secondary',
      shard(['c'], ({ sites }) => ({
        sites: { ...sites, secondary: { ...sites.secondary, url: 'https://x' } },
      })),
      'shard-2.json has the secondary https://x, shard-1.json has https://secondary.example.com:5050: not shards of one audit',
    ],
    [
      'its sites the other way round',
      shard(['c'], ({ sites }) => ({ sites: { primary: sites.secondary, secondary: sites.primary } })),
      'shard-2.json has the primary https://secondary.example.com:5050, shard-1.json has https://primary.example.com:5050: not shards of one audit',
    ],
    [
      'another client path',
      shard(['c'], ({ run }) => ({ run: { ...run, clientPath: 'gitlab-v1' } })),
      'shard-2.json was read by gitlab-v1, shard-1.json by docker-v2',
    ],
    [
      'another filter',
      shard(['c'], ({ run }) => ({ run: { ...run, options: { exclude: ['^x'] } } })),
      'shard-2.json was made with another --exclude than shard-1.json',
    ],
  ])('refuses a shard that has %s', (_, second, message) => {
    const merge = () => mergeReports(named(shard(['a/b']), second));
    expect(merge).toThrow(UsageError);
    expect(merge).toThrow(message);
  });

  it('refuses nothing at all', () => {
    expect(() => mergeReports([])).toThrow(UsageError);
  });
});

function never(): never {
  throw new Error('a shard without repositories');
}
