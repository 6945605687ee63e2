import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeScopes, parseScope, scopesOfChallenge } from '../../src/auth/scope.ts';

describe('mergeScopes', () => {
  const rows: [string, string[], string[]][] = [
    ['nothing', [], []],
    [
      'actions of one repository, sorted',
      ['repository:a:push', 'repository:a:pull'],
      ['repository:a:pull,push'],
    ],
    [
      'repositories sorted by bytes',
      ['repository:b:pull', 'repository:B:pull', 'repository:a:pull'],
      ['repository:B:pull', 'repository:a:pull', 'repository:b:pull'],
    ],
    ['a name with a port', ['repository:host:5000/a:pull'], ['repository:host:5000/a:pull']],
    ['the catalog', ['registry:catalog:*'], ['registry:catalog:*']],
    ['what is no scope is left out', ['', 'a', 'a:b', ':a:b', 'a b:c:d'], []],
  ];
  test.each(rows)('%s', (_name, scopes, expected) => {
    expect(mergeScopes(scopes)).toEqual(expected);
  });

  test('neither order nor repetition matters', () => {
    const scope = fc
      .tuple(fc.constantFrom('a', 'b/c', 'd:1/e'), fc.subarray(['pull', 'push', 'delete'], { minLength: 1 }))
      .map(([name, actions]) => `repository:${name}:${actions.join(',')}`);
    fc.assert(
      fc.property(fc.array(scope), (scopes) => {
        const merged = mergeScopes(scopes);
        expect(mergeScopes([...scopes].reverse())).toEqual(merged);
        expect(mergeScopes([...merged, ...scopes])).toEqual(merged);
      }),
    );
  });
});

test('parseScope takes the actions after the last colon', () => {
  expect(parseScope('repository:host:5000/a:pull,push')).toEqual({
    type: 'repository',
    name: 'host:5000/a',
    actions: ['pull', 'push'],
  });
});

test('a challenge may hold several scopes separated by spaces', () => {
  expect(scopesOfChallenge('repository:a:pull  repository:b:pull,push')).toEqual([
    'repository:a:pull',
    'repository:b:pull,push',
  ]);
  expect(scopesOfChallenge(undefined)).toEqual([]);
});
