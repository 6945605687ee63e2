import { describe, expect, it } from 'vitest';
import { countOf, filterList, isLazyList, type List, lazyList, mapList } from '../../src/core/list.ts';

const NUMBERS = [5, 3, 8, 1];
const lists: readonly [string, List<number>][] = [
  ['an array', NUMBERS],
  ['a lazy list', lazyList(4, () => NUMBERS[Symbol.iterator]())],
];

describe.each(lists)('%s', (_name, list) => {
  it('can be walked again and again', () => {
    expect([...list]).toEqual(NUMBERS);
    expect([...list]).toEqual(NUMBERS);
    expect(list.length).toBe(4);
  });

  it('has elements by index, from both ends', () => {
    expect([0, 3, -1, -4, 4, -5].map((index) => list.at(index))).toEqual([5, 1, 1, 5, undefined, undefined]);
  });

  it('is mapped, filtered and searched as an array is', () => {
    expect(list.map((number, index) => number * 10 + index)).toEqual([50, 31, 82, 13]);
    expect(list.filter((number) => number > 4)).toEqual([5, 8]);
    expect(list.flatMap((number) => (number > 4 ? [number, number] : []))).toEqual([5, 5, 8, 8]);
    expect(list.find((number) => number > 5)).toBe(8);
    expect(list.find((number) => number > 9)).toBeUndefined();
    expect([list.some((number) => number > 7), list.some((number) => number > 9)]).toEqual([true, false]);
    expect([list.every((number) => number > 0), list.every((number) => number > 1)]).toEqual([true, false]);
    expect(countOf(list, (number) => number > 4)).toBe(2);
  });

  it('is JSON as an array is', () => {
    expect(JSON.stringify({ list })).toBe('{"list":[5,3,8,1]}');
  });

  it('gives lists that follow it', () => {
    const doubled = mapList(list, (number) => number * 2);
    const large = filterList(list, (number) => number > 4);
    expect([[...doubled], doubled.length]).toEqual([[10, 6, 16, 2], 4]);
    expect([[...large], large.length]).toEqual([[5, 8], 2]);
    expect([isLazyList(doubled), isLazyList(large)]).toEqual([true, true]);
  });
});

it('makes no element before it is asked for', () => {
  let made = 0;
  const list = lazyList(1000, function* () {
    for (let i = 0; i < 1000; i++) {
      made++;
      yield i;
    }
  });
  expect(mapList(list, (number) => number).find((number) => number === 4)).toBe(4);
  expect(made).toBe(5);
});

it('tells an array from a list that is none', () => {
  expect([isLazyList(NUMBERS), isLazyList(new Set()), isLazyList(null), isLazyList('text')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
