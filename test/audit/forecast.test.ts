import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyRepository } from '../../src/audit/classify.ts';
import type { ResolvedTag, UnresolvableTag } from '../../src/core/tag-reading.ts';
import type { ReadingForecast } from '../../src/report/forecast.ts';
import {
  broken,
  digest,
  image,
  index,
  list,
  narrow,
  snapshot,
  unknown,
  unreadable,
} from './support/snapshots.ts';

type Listed = ResolvedTag | UnresolvableTag;
type Tags = Readonly<Record<string, Listed>>;

const forecastOf = (primary: Tags, secondary: Tags) =>
  classifyRepository(snapshot(primary), snapshot(secondary)).forecast;

/** A forecast in short: names by what becomes of them. */
function shortly(reading: ReadingForecast | null | undefined) {
  if (!reading) return reading;
  const { copy, uncopyable, delete: deleted, replaced, undeletable, skip } = reading;
  return [
    `copy ${copy.tags.join()}`,
    `uncopyable ${uncopyable.tags.join()}`,
    `delete ${deleted.tags.join()} (${replaced})`,
    `undeletable ${undeletable.tags.join()}`,
    `skip ${skip.count} (${skip.differing})`,
  ].join('; ');
}

const NOTHING = 'copy ; uncopyable ; delete  (0); undeletable ; skip';

describe('forecastSync', () => {
  it.each<[string, Tags, Tags, string, string]>([
    ['equal tags', { a: image('a') }, { a: image('a') }, `${NOTHING} 1 (0)`, `${NOTHING} 1 (0)`],
    [
      'other indexes, of which narrow sees nothing',
      { a: index('1') },
      { a: index('2') },
      `${NOTHING} 1 (1)`,
      'copy a; uncopyable ; delete a (1); undeletable ; skip 0 (0)',
    ],
    [
      'other lists with one child',
      { a: list('1', 'c') },
      { a: list('2', 'c') },
      `${NOTHING} 1 (1)`,
      'copy a; uncopyable ; delete a (1); undeletable ; skip 0 (0)',
    ],
    [
      'an index on the primary alone: narrow tries and cannot',
      { a: index('1') },
      {},
      'copy a; uncopyable a; delete  (0); undeletable ; skip 0 (0)',
      'copy a; uncopyable ; delete  (0); undeletable ; skip 0 (0)',
    ],
    [
      'an orphan',
      {},
      { a: image('1') },
      'copy ; uncopyable ; delete a (0); undeletable ; skip 0 (0)',
      'copy ; uncopyable ; delete a (0); undeletable ; skip 0 (0)',
    ],
    [
      'an orphan without a digest: by digest it cannot be deleted, by name it can',
      {},
      { a: broken() },
      'copy ; uncopyable ; delete  (0); undeletable a; skip 0 (0)',
      'copy ; uncopyable ; delete a (0); undeletable ; skip 0 (0)',
    ],
    [
      'a tag that is broken on the secondary is pushed anew',
      { a: image('1') },
      { a: broken() },
      'copy a; uncopyable ; delete  (0); undeletable ; skip 0 (0)',
      'copy a; uncopyable ; delete  (0); undeletable ; skip 0 (0)',
    ],
    ['broken on both sites', { a: broken() }, { a: broken() }, `${NOTHING} 1 (1)`, `${NOTHING} 1 (1)`],
  ])('%s', (_, primary, secondary, narrowly, widely) => {
    const forecast = forecastOf(primary, secondary);
    expect(shortly(forecast?.narrow)).toBe(narrowly);
    expect(shortly(forecast?.wide)).toBe(widely);
    expect(forecast?.endangered).toEqual([]);
  });

  it('names healthy tags that share a digest with what is deleted', () => {
    const forecast = forecastOf(
      { stable: image('x'), v1: image('x'), moved: image('y') },
      { stable: image('x'), v1: image('x'), moved: image('x'), old: image('x') },
    );
    expect(forecast?.endangered).toEqual([
      {
        digest: digest('x'),
        readings: ['narrow', 'wide'],
        deletedFor: { count: 2, tags: ['moved', 'old'] },
        tags: { count: 2, tags: ['stable', 'v1'] },
      },
    ]);
    expect(forecast?.endangeredTags).toBe(2);
  });

  it('sees the danger that only a wide reader makes', () => {
    const forecast = forecastOf({ a: index('1'), b: index('2') }, { a: index('2'), b: index('2') });
    expect(forecast?.endangered).toMatchObject([{ readings: ['wide'], tags: { tags: ['b'] } }]);
  });

  it('sees that a narrow reader deletes a healthy index which it has on one site alone', () => {
    const forecast = forecastOf({ a: index('1') }, { a: index('1', narrow(digest('1'))) });
    expect(forecast?.endangered).toMatchObject([{ readings: ['narrow'], tags: { tags: ['a'] } }]);
  });

  it('sees that a renamed tag is copied and lost again', () => {
    const forecast = forecastOf({ new: image('x') }, { old: image('x') });
    expect(forecast?.undone).toEqual({ count: 1, tags: ['new'] });
    expect(forecast?.endangered).toEqual([]);
  });

  it('counts exactly where it names a few', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`t${i}`, image('x')]));
    const forecast = forecastOf(many, { ...many, old: image('x') });
    expect(forecast?.endangeredTags).toBe(500);
    expect(forecast?.endangered[0]?.tags.count).toBe(500);
    expect(forecast?.endangered[0]?.tags.tags.length).toBe(100);
  });

  it('knows no filter', () => {
    const report = classifyRepository(
      snapshot({ a: image('x') }),
      snapshot({ a: image('x'), old: image('x') }),
      { isShown: (name) => name === 'old' },
    );
    expect(report.forecast?.endangeredTags).toBe(1);
    expect(report.causes).toContain('SYNC_WOULD_DELETE_SIBLING');
  });

  it('says nothing of a narrow reader that was not asked, nor of a site that could not be listed', () => {
    expect(forecastOf({ a: index('1', null) }, { a: index('1', null) })?.narrow).toBeNull();
    expect(classifyRepository(snapshot({}), unreadable('HTTP_503', 503)).forecast).toBeUndefined();
    expect(shortly(classifyRepository(snapshot({ a: image('1') }), unknown()).forecast?.wide)).toBe(
      'copy a; uncopyable ; delete  (0); undeletable ; skip 0 (0)',
    );
  });

  it('comes true in a model of the sync: what it calls safe is never lost', () => {
    const reading = fc.constantFrom(
      image('1'),
      image('2'),
      image('3'),
      index('1'),
      index('2'),
      list('4', '1'),
      broken(),
    );
    const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), reading, { noNullPrototype: true });
    fc.assert(
      fc.property(side, side, (primary, secondary) => {
        const report = classifyRepository(snapshot(primary), snapshot(secondary));
        const { forecast } = report;
        for (const reader of ['narrow', 'wide'] as const) {
          const seen = (tag: Listed) => (reader === 'wide' ? tag.digest : (tag.narrow?.digest ?? null));
          const after = new Map(Object.entries(secondary).map(([name, tag]) => [name, tag.digest]));
          const same = (name: string) => {
            const [p, s] = [primary[name], secondary[name]];
            return p !== undefined && s !== undefined && seen(p) === seen(s);
          };
          for (const [name, tag] of Object.entries(primary)) {
            const pushed = seen(tag);
            if (!same(name) && pushed !== null) after.set(name, pushed);
          }
          for (const [name, tag] of Object.entries(secondary)) {
            const gone = seen(tag);
            if (same(name) || gone === null) continue;
            for (const [other, has] of after) if (has === gone) after.delete(other);
          }
          const endangered = new Set(
            forecast?.endangered.flatMap((one) => (one.readings.includes(reader) ? one.tags.tags : [])),
          );
          for (const { name, status } of report.tags) {
            if (status !== 'MATCH') continue;
            // A healthy tag is lost in the model exactly where it was named; one that is pushed anew has another digest.
            const repushed = !same(name) && seen(primary[name] ?? broken()) !== null;
            if (!repushed) expect(after.has(name)).toBe(!endangered.has(name));
          }
        }
      }),
    );
  });
});
