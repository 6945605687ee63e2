import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput, defaultDirectory } from '../../src/cli/output.ts';
import { AuditError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const LONG = 'x'.repeat(300_000);

/** A stream that fails at its first write. */
function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: write`), { code })),
  });
}

describe('standard output', () => {
  it('takes all of it in order, as slowly as it is read', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 });
    const printed = createOutput(stream).print(['a', LONG, 'b', LONG, 'c']);
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await printed;
    expect(text).toBe(`a${LONG}b${LONG}c`);
  });

  it('makes no more chunks while nobody reads', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 });
    let made = 0;
    function* chunks() {
      for (; made < 100; made++) yield LONG;
    }
    const printed = createOutput(stream).print(chunks());
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(5);
    stream.resume();
    await printed;
    expect(made).toBe(100);
  });

  it('ends quietly when the reader has seen enough, and makes no more chunks', async () => {
    let made = 0;
    function* chunks() {
      for (; made < 1000; made++) yield LONG;
    }
    const output = createOutput(failing('EPIPE'));
    await output.print(chunks());
    expect(made).toBeLessThan(10);
    await expect(output.print(['more'])).resolves.toBeUndefined();
  });

  it.each([
    ['one piece', ['x']],
    ['many', [LONG, LONG]],
  ])('says when it cannot be written: %s', async (_, chunks) => {
    const printed = createOutput(failing('ENOSPC')).print(chunks);
    await expect(printed).rejects.toThrow(AuditError);
    await expect(printed).rejects.toMatchObject({
      code: 'OUTPUT',
      message: expect.stringContaining('standard output: ENOSPC'),
    });
  });
});

describe('a file', () => {
  const output = createOutput(new PassThrough());

  it('is made with its directories, whole, and for its owner alone', () => {
    const directory = join(makeTempDir('out'), 'a', 'b');
    const path = output.writeFile(directory, 'report.json', ['one', LONG, 'two']);
    expect(path).toBe(join(directory, 'report.json'));
    expect(readFileSync(path, 'utf8')).toBe(`one${LONG}two`);
    expect(readdirSync(directory)).toEqual(['report.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes the place of an older one', () => {
    const directory = makeTempDir('out');
    writeFileSync(join(directory, 'tags.csv'), 'old, and longer than the new one');
    output.writeFile(directory, 'tags.csv', ['new']);
    expect(readFileSync(join(directory, 'tags.csv'), 'utf8')).toBe('new');
  });

  it('is not there at all, and the older one stays, when it breaks off', () => {
    const directory = makeTempDir('out');
    writeFileSync(join(directory, 'report.json'), 'old');
    function* breaking() {
      yield LONG;
      throw new Error('broke off');
    }
    expect(() => output.writeFile(directory, 'report.json', breaking())).toThrow(/broke off$/);
    expect(readdirSync(directory)).toEqual(['report.json']);
    expect(readFileSync(join(directory, 'report.json'), 'utf8')).toBe('old');
  });

  it.each([
    ['below a file', () => '/dev/null/x'],
    [
      'where a directory has its name',
      () => {
        const directory = makeTempDir('out');
        mkdirSync(join(directory, 'report.json'));
        return directory;
      },
    ],
  ])('%s is an error of the output, with the path', (_, directory) => {
    const where = directory();
    expect(() => output.writeFile(where, 'report.json', ['x'])).toThrow(AuditError);
    expect(() => output.writeFile(where, 'report.json', ['x'])).toThrow(
      `could not write ${where}/report.json: `,
    );
    if (existsSync(where)) expect(readdirSync(where)).toEqual(['report.json']);
  });
});

it('names a directory by UTC time and command, without what a file system refuses', () => {
  expect(defaultDirectory('scan', new Date('2026-11-21T23:58:44.120Z'))).toBe(
    join('reports', '20261121T235844Z-scan'),
  );
});

it('gives up on a directory that cannot be made, below /proc too', () => {
  const output = createOutput(new PassThrough());
  expect(() => output.writeFile('/proc/nothing/here', 'file', ['text'])).toThrow(/could not write/);
});
