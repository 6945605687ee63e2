import { describe, expect, it } from 'vitest';
import { inOrder, nextSteps, unreadOf } from '../../src/reporters/next-steps.ts';
import { fiftyTwoOfSixtyTwo, image, nastyReport, report, repository, tag } from './fixtures.ts';

describe('nextSteps', () => {
  it('says for every cause what it means, what to do, and how many tags carry it', () => {
    const steps = nextSteps(fiftyTwoOfSixtyTwo());
    const causes = steps.flatMap((step) => step.causes);
    expect(causes.map(({ code, tags }) => [code, tags])).toEqual([
      ['NARROW_HIDES_INDEX', 52],
      ['FALSE_MATCH_NIL', 52],
    ]);
    expect(steps.every(({ step }) => step !== null)).toBe(true);
  });

  it('joins causes of one remedy, and puts what is wrong with a whole repository first', () => {
    const steps = nextSteps(nastyReport()).map(({ causes }) => causes.map(({ code }) => code));
    expect(steps.slice(0, 2)).toEqual([['CLIENT_PATH_ASYMMETRY'], ['EMPTY_IS_ERROR']]);
    expect(steps).toContainEqual(['FALSE_MATCH_NIL', 'FALSE_MATCH_CHILD']);
  });

  it.each(['FROM_ANOTHER_VERSION', 'constructor', '__proto__'])(
    'keeps the unknown cause %s, without words',
    (code) => {
      const odd = tag('x', 'MISMATCH', image('1'), image('2'), 'MISMATCH', { causes: [code] });
      const steps = nextSteps(report([repository('group/odd', 'OUT-OF-SYNC', [odd])]));
      expect(steps).toEqual([
        { step: null, causes: [{ code, says: null, tags: 1, repositories: ['group/odd'] }] },
      ]);
    },
  );

  it('is empty when there is nothing to do', () => {
    expect(nextSteps(report([]))).toEqual([]);
  });
});

describe('inOrder', () => {
  it('has the known codes as in the catalogue, and the others after them by their bytes', () => {
    expect(inOrder(['z', 'ORPHAN', 'Z', 'NARROW_HIDES_INDEX', 'ORPHAN'])).toEqual([
      'NARROW_HIDES_INDEX',
      'ORPHAN',
      'Z',
      'z',
    ]);
  });
});

describe('unreadOf', () => {
  it('gives every error with its repository', () => {
    expect(unreadOf(nastyReport()).map(({ repository: path, site, code }) => [path, site, code])).toEqual([
      ['group/unread', 'primary', 'TIMEOUT'],
      ['group/unread', 'secondary', 'UNAUTHORIZED'],
    ]);
  });
});
