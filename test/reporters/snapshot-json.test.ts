import { describe, expect, it } from 'vitest';
import { snapshotJson } from '../../src/reporters/snapshot-json.ts';
import { digest, image, snapshot } from '../audit/support/snapshots.ts';
import { sealed } from '../report/snapshots.ts';

const HOSTILE = 'a\u001b[31m\u202eb\n"c"';

describe('snapshotJson', () => {
  const value = sealed([
    snapshot(
      { v1: image('a'), v2: image('b') },
      {
        gitlabV1: [
          ['v1', digest('a')],
          ['v2', null],
        ],
        narrowOnly: [
          ['v1', null],
          ['v2', digest('b')],
        ],
        errors: [{ code: 'X', status: null, message: HOSTILE, tags: ['t'] }],
      },
    ),
    snapshot({}, { path: 'empty/one' }),
  ]);
  const text = [...snapshotJson(value)].join('');

  it('parses back to the same value', () => {
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(text.endsWith('\n}\n')).toBe(true);
  });

  it('puts each tag and tuple on a line of its own', () => {
    const lines = text.split('\n').map((line) => line.trim().replace(/,$/, ''));
    expect(lines).toContain(JSON.stringify(['v1', digest('a')]));
    expect(lines).toContain(JSON.stringify(['v2', digest('b')]));
    expect(lines.filter((line) => line.startsWith('{"name":'))).toHaveLength(2);
  });

  it('holds nothing that a terminal obeys', () => {
    // biome would have it otherwise, so the class is made of numbers.
    const unsafe = new RegExp(
      `[${String.fromCharCode(0)}-${String.fromCharCode(9)}${String.fromCharCode(27)}\u202e]`,
    );
    expect(text).not.toMatch(unsafe);
  });

  it('never makes one string of a long list', () => {
    const tuples = Array.from({ length: 50_000 }, (_, at) => [`v${at}`, digest('a')] as [string, string]);
    const long = sealed([snapshot({}, { gitlabV1: tuples, narrowOnly: tuples })]);
    let longest = 0;
    let length = 0;
    for (const chunk of snapshotJson(long)) {
      longest = Math.max(longest, chunk.length);
      length += chunk.length;
    }
    expect(longest).toBeLessThan(200_000);
    expect(length).toBeGreaterThan(8_000_000);
  });
});
