import { describe, expect, it } from 'vitest';
import { parseGeoRegistry } from '../../src/gitlab/geo-registry.ts';
import {
  GEO_REGISTRY_FIELDS,
  geoRegistryField,
  IGNORED_COLUMNS,
} from '../../src/gitlab/geo-registry-columns.ts';

const HEX = 'ab'.repeat(32);
const parse = (text: string) => Object.fromEntries(parseGeoRegistry(text, 'geo.json'));
const SYNCED = {
  state: 2,
  stateWords: 'synced',
  retryCount: 0,
  lastSyncFailure: null,
  lastSyncedAt: '2026-11-20 10:00:00 UTC',
};

describe('parseGeoRegistry', () => {
  it.each<[string, string]>([
    [
      'JSON as a console prints it',
      JSON.stringify([
        {
          path: 'Group/Project',
          state: '2',
          retry_count: 0,
          last_sync_failure: null,
          last_synced_at: SYNCED.lastSyncedAt,
          primary_checksum: HEX,
        },
      ]),
    ],
    [
      'a GraphQL answer',
      JSON.stringify({
        data: {
          geoNode: {
            containerRepositoryRegistries: {
              nodes: [
                {
                  id: 'gid://x',
                  containerRepository: { path: 'group/project' },
                  state: 'SYNCED',
                  retryCount: 0,
                  lastSyncFailure: null,
                  lastSyncedAt: SYNCED.lastSyncedAt,
                  primaryChecksum: HEX,
                },
              ],
            },
          },
        },
      }),
    ],
    [
      'CSV',
      `Path,State,Retry Count,Last Sync Failure,Last Synced At,Primary Checksum\ngroup/project,synced,0,,${SYNCED.lastSyncedAt},${HEX.toUpperCase()}\n`,
    ],
    [
      'CSV of whole records',
      `id,path,state,retry_count,retry_at,last_synced_at,primary_checksum,verification_state\n1,group/project,2,0,,${SYNCED.lastSyncedAt},\\x${HEX},2\n`,
    ],
  ])('reads %s', (_, text) => {
    expect(parse(text)).toEqual({ 'group/project': { state: SYNCED, checksums: { primary: HEX } } });
  });

  it('keeps what Geo failed with, and the secondary its own checksum', () => {
    const text = JSON.stringify([
      {
        path: 'a/b',
        state: 3,
        retry_count: '7',
        last_sync_failure: 'manifest unknown',
        verification_checksum: HEX,
      },
      { path: 'a/c', state: null },
    ]);
    expect(parse(text)).toEqual({
      'a/b': {
        state: {
          state: 3,
          stateWords: 'failed',
          retryCount: 7,
          lastSyncFailure: 'manifest unknown',
          lastSyncedAt: null,
        },
        checksums: { secondary: HEX },
      },
      'a/c': {
        state: { state: null, stateWords: null, retryCount: null, lastSyncFailure: null, lastSyncedAt: null },
        checksums: {},
      },
    });
  });

  it.each<[string, string, string]>([
    ['an empty file', ' \n', 'geo.json: the export is empty'],
    ['broken JSON', '[{', 'geo.json: this is neither JSON nor CSV'],
    ['JSON of another shape', '{"a": 1}', 'expected an array of objects, or a GraphQL answer with nodes'],
    ['an array of numbers', '[{"path":"a/b","state":1}, 2]', 'entry 2 is otherwise'],
    ['broken CSV', 'path,state\na,b,c\n', 'geo.json: this is not CSV with a header'],
    [
      'unknown columns',
      'path,state,color,shape\na/b,2,red,round\n',
      'geo.json: unknown columns "color", "shape"; known are path, state, retry_count, last_sync_failure, last_synced_at, primary_checksum, secondary_checksum',
    ],
    ['no path', 'state\n2\n', 'geo.json: there is no column path'],
    ['no state', 'path\na/b\n', 'geo.json: there is no column state'],
    ['a path that is none', 'path,state\nA B,2\n', 'geo.json: row 1: "A B" cannot be a repository path'],
    ['a path twice', 'path,state\na/b,2\nA/B,2\n', 'geo.json: row 2: a/b is there twice'],
    [
      'a state that is none',
      'path,state\na/b,4\n',
      'geo.json: row 1: "4" is no state: expected 0 to 3, or pending',
    ],
    [
      'a checksum that is none',
      'path,state,primary_checksum\na/b,2,abc\n',
      'row 1: the primary checksum "abc" is none',
    ],
    ['a count that is none', 'path,state,retry_count\na/b,2,many\n', 'row 1: "many" is no retry count'],
  ])('refuses %s in one line', (_, text, words) => {
    expect(() => parse(text)).toThrow(words);
    try {
      parse(text);
    } catch (error) {
      expect(String(error)).not.toContain('\n');
    }
  });
});

it('knows a column in every writing, and none by two fields', () => {
  const names = [...Object.values(GEO_REGISTRY_FIELDS).flat(), ...IGNORED_COLUMNS];
  expect(new Set(names).size).toBe(names.length);
  expect(geoRegistryField('LAST-SYNC failure')).toBe('lastSyncFailure');
  expect(geoRegistryField('retryAt')).toBeNull();
  expect(geoRegistryField('constructor')).toBeUndefined();
});
