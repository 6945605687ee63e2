import { describe, expect, test } from 'vitest';
import { discoverRepositories } from '../../src/audit/discover-repositories.ts';

const NOWHERE = { catalogs: [], gitlab: null };

describe('repositories that are only named', () => {
  test('come sorted by bytes, each once', async () => {
    const named = ['b/x', 'a-b', 'a/b', 'a/b'];
    expect(await discoverRepositories(named, NOWHERE)).toEqual(['a-b', 'a/b', 'b/x']);
  });
});
