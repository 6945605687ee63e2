import { expect } from 'vitest';
import { isLazyList } from '../../src/core/list.ts';

// A list that is not in memory equals the array of its elements, as it does for every reader of a report.
expect.addEqualityTesters([
  function (this: { equals: (a: unknown, b: unknown, testers?: never) => boolean }, a, b, testers) {
    if (!isLazyList(a) && !isLazyList(b)) return undefined;
    const arrayOf = (value: unknown) => (isLazyList(value) ? [...value] : value);
    return this.equals(arrayOf(a), arrayOf(b), testers as never);
  },
]);
