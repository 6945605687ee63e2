import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput, requireFilePlace } from '../../src/cli/output.ts';
import { UsageError } from '../../src/errors.ts';
import { csvReporter } from '../../src/reporters/csv.ts';
import { jsonReporter } from '../../src/reporters/json.ts';
import { snapshotJson } from '../../src/reporters/snapshot-json.ts';
import { image as reading, snapshot } from '../audit/support/snapshots.ts';
import { sealed } from '../report/snapshots.ts';
import { image, report, repository, tag } from '../reporters/fixtures.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const output = createOutput(new PassThrough());
const LONG = 'x'.repeat(300_000);

describe('writeFile', () => {
  it('keeps the order of text and bytes', () => {
    const directory = makeTempDir('out');
    output.writeFile(directory, 'mixed', ['a', Buffer.from('b'), 'c', 'd', Buffer.from('e')]);
    expect(readFileSync(join(directory, 'mixed'), 'utf8')).toBe('abcde');
  });

  it.each([
    ['a mistake of the user', new UsageError('no')],
    ['a defect', new TypeError('undefined is not a function')],
  ])('passes on %s that the chunks throw, and leaves nothing', (_, thrown) => {
    const directory = makeTempDir('out');
    function* breaking() {
      yield LONG;
      throw thrown;
    }
    let caught: unknown;
    try {
      output.writeFile(directory, 'report.json', breaking());
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(readdirSync(directory)).toEqual([]);
  });

  // Devices stand behind links here: a mistake would replace the link and not the device.
  it('says in one line that the disk is full', () => {
    const directory = makeTempDir('out');
    symlinkSync('/dev/full', join(directory, 'full'));
    const write = () => output.writeFile(directory, 'full', ['x']);
    expect(write).toThrow(
      expect.objectContaining({
        code: 'OUTPUT',
        message: expect.stringMatching(/^could not write \S+\/full: ENOSPC[^\n]*$/),
      }),
    );
    expect(readdirSync(directory)).toEqual(['full']);
  });

  it('writes into a device, and does not put a file in its place', () => {
    const directory = makeTempDir('out');
    symlinkSync('/dev/null', join(directory, 'null'));
    output.writeFile(directory, 'null', ['x']);
    expect(statSync(join(directory, 'null')).isCharacterDevice()).toBe(true);
    expect(readlinkSync(join(directory, 'null'))).toBe('/dev/null');
  });

  it('writes behind a link, and leaves the link', () => {
    const directory = makeTempDir('out');
    mkdirSync(join(directory, 'real'));
    writeFileSync(join(directory, 'real', 'file'), 'old');
    symlinkSync('real/file', join(directory, 'link'));
    output.writeFile(directory, 'link', ['new']);
    expect(readlinkSync(join(directory, 'link'))).toBe('real/file');
    expect(readFileSync(join(directory, 'real', 'file'), 'utf8')).toBe('new');
    expect(readdirSync(join(directory, 'real'))).toEqual(['file']);
  });

  it('is not led astray by a link under its temporary name', () => {
    const directory = makeTempDir('out');
    const victim = join(makeTempDir('elsewhere'), 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(directory, `.report.json.${process.pid}.tmp`));
    output.writeFile(directory, 'report.json', ['new']);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(lstatSync(join(directory, 'report.json')).isFile()).toBe(true);
    expect(readdirSync(directory)).toEqual(['report.json']);
  });

  it('gives an older file that others may read to its owner alone', () => {
    const directory = makeTempDir('out');
    writeFileSync(join(directory, 'tags.csv'), 'old', { mode: 0o644 });
    output.writeFile(directory, 'tags.csv', ['new']);
    expect(statSync(join(directory, 'tags.csv')).mode & 0o777).toBe(0o600);
  });
});

describe('a report of 200,000 tags', () => {
  const TAGS = 200_000;
  const tags = Array.from({ length: TAGS }, (_, at) => {
    const name = `v${String(at).padStart(6, '0')}`;
    return tag(name, 'MISMATCH', image('one'), image('two'), 'MISMATCH', { causes: ['MOVED_TAG'] });
  });
  const large = { ...report([]), repositories: [repository('g/p', 'OUT-OF-SYNC', tags)] };

  function* watched(chunks: Iterable<string>, seen: { longest: number }) {
    for (const chunk of chunks) {
      seen.longest = Math.max(seen.longest, chunk.length);
      yield chunk;
    }
  }

  it.each([
    ['report.json', () => jsonReporter(large)],
    ['tags.csv', () => csvReporter(large)],
    [
      'snapshot.json',
      () =>
        snapshotJson(sealed([snapshot(Object.fromEntries(tags.map(({ name }) => [name, reading('a')])))])),
    ],
  ])('becomes %s without ever being one string', (name, chunks) => {
    const directory = makeTempDir('large');
    const seen = { longest: 0 };
    output.writeFile(directory, name, watched(chunks(), seen));
    expect(seen.longest).toBeLessThan(512 * 1024);
    const text = readFileSync(join(directory, name), 'utf8');
    expect(text.length).toBeGreaterThan(TAGS * 100);
    expect(text).toContain('v199999');
  });
});

describe('requireFilePlace', () => {
  it('takes a file that is there, one behind a link, a device and a new directory, and leaves nothing', () => {
    const directory = makeTempDir('out');
    const elsewhere = makeTempDir('elsewhere');
    writeFileSync(join(directory, 'there'), 'x');
    writeFileSync(join(elsewhere, 'linked'), 'x');
    symlinkSync(join(elsewhere, 'linked'), join(directory, 'link'));
    symlinkSync(join(elsewhere, 'nowhere'), join(directory, 'loose'));
    symlinkSync('/dev/null', join(directory, 'null'));
    for (const name of ['there', 'link', 'loose', 'null', 'new', 'new/deep/file'])
      expect(() => requireFilePlace(join(directory, name)), name).not.toThrow();
    expect(readdirSync(directory).sort()).toEqual(['link', 'loose', 'null', 'there']);
    expect(readFileSync(join(directory, 'there'), 'utf8')).toBe('x');
    expect(readdirSync(elsewhere)).toEqual(['linked']);
  });

  it('refuses a directory, also behind a link, and a name that is too long', () => {
    const directory = makeTempDir('out');
    symlinkSync(makeTempDir('elsewhere'), join(directory, 'link'));
    for (const path of [directory, join(directory, 'link')])
      expect(() => requireFilePlace(path)).toThrow(UsageError);
    expect(() => requireFilePlace(join(directory, 'x'.repeat(300)))).toThrow(
      expect.objectContaining({ code: 'OUTPUT', message: expect.stringContaining('ENAMETOOLONG') }),
    );
  });
});
