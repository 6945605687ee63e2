import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EMPTY_CHECKSUM } from '../../src/verifier/repository-checksum.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const VECTORS = z
  .object({
    vectors: z.array(
      z.object({
        name: z.string(),
        tuples: z.array(z.tuple([z.string(), z.string().nullable()])),
        checksum: z.string(),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(join(import.meta.dirname, '..', 'vectors', 'repository-checksum.json'), 'utf8')),
  ).vectors;

describe('checksum', () => {
  it.each(VECTORS.map((vector) => [vector.name, vector] as const))(
    'of %s, as JSON and as CSV',
    async (_, vector) => {
      const json = JSON.stringify(vector.tuples);
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const csv = [
        'tag,digest',
        ...vector.tuples.map(([tag, digest]) => `${quoted(tag)},${digest ?? ''}`),
      ].join('\r\n');
      for (const stdin of [json, csv]) {
        const { code, stdout, stderr } = await runCli(['checksum'], { stdin });
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${vector.checksum}\n`, stderr: '' });
      }
    },
  );

  it('waits for what is piped into it, however much that is', async () => {
    const rows = Array.from({ length: 30_000 }, (_, at) => `v${at},sha256:${String(at).padStart(64, '0')}`);
    const cwd = makeTempDir('checksum');
    writeFileSync(join(cwd, 'tuples.csv'), rows.join('\n'));
    const ofFile = await runCli(['checksum', 'tuples.csv'], { cwd });
    expect(await runCli(['checksum', '-'], { stdin: rows.join('\n') })).toEqual({
      ...ofFile,
      cwd: expect.anything(),
    });
    expect(ofFile).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['blanks for commas', `latest sha256:${'ab'.repeat(32)}\n`],
    ['semicolons', `tag;digest\nlatest;sha256:${'ab'.repeat(32)}\n`],
    ['tabs', `tag\tdigest\nlatest\tsha256:${'ab'.repeat(32)}\n`],
    ['what a command that failed said', 'curl: (7) Failed to connect to host\n'],
    ['a tag without a name', '[["", null]]'],
  ])('refuses %s', async (_, stdin) => {
    const { code, stdout, stderr } = await runCli(['checksum', '-'], { stdin });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^geo-registry-audit: standard input.*expected .*\n$/);
  });

  it('reads a file, or standard input by name', async () => {
    const cwd = makeTempDir('checksum');
    writeFileSync(join(cwd, 'tuples.csv'), '\ufefftag,digest\n');
    expect(await runCli(['checksum', 'tuples.csv'], { cwd })).toMatchObject({
      code: 0,
      stdout: `${EMPTY_CHECKSUM}\n`,
    });
    expect(await runCli(['checksum', '-'], { stdin: '[]' })).toMatchObject({
      code: 0,
      stdout: `${EMPTY_CHECKSUM}\n`,
    });
  });

  it.each([
    ['nothing, which is no list without tags', '', 'standard input is empty'],
    ['an answer of the registry', '{"name":"g/p","tags":["a"]}', 'standard input: expected [["tag",'],
    ['cut JSON', '[["a",null],', 'standard input: this is neither JSON nor CSV'],
    ['three columns', 'a,b,c\n', 'standard input, line 1: expected tag,digest'],
    ['text that is no digest', 'a,b\n', 'standard input, line 1: "b" is no digest'],
    ['a tag twice', '[["a",null],["a",""]]', 'standard input, entry 2: the tag "a" is there already'],
    ['a row without a tag', 'tag,digest\na,\n,sha256:0\n', 'standard input, line 3: expected tag,digest'],
  ])('refuses %s in one line, exit 3', async (_, stdin, message) => {
    const { code, stdout, stderr } = await runCli(['checksum', '-'], { stdin });
    expect(stderr).toMatch(/^geo-registry-audit: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  it('refuses a file that is not there', async () => {
    const { code, stderr } = await runCli(['checksum', 'none.json']);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: 'geo-registry-audit: cannot read none.json: there is no such file.\n',
    });
  });
});
