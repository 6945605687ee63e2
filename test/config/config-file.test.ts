import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../src/config/config-file.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';

function write(text: string): string {
  const file = join(makeTempDir('config'), 'audit.yml');
  writeFileSync(file, text);
  return file;
}

function valuesOf(text: string): Record<string, string | readonly string[]> {
  return Object.fromEntries([...readConfigFile(write(text))].map(([name, { value }]) => [name, value]));
}

describe('says the same', () => {
  const flat = 'primary-url: https://a.example\nprimary-gitlab-key: key.pem\nconcurrency: 4\n';
  it.each([
    ['nested', 'primary:\n  url: https://a.example\n  gitlab-key: key.pem\nconcurrency: 4\n'],
    [
      'nested to the end',
      'primary:\n  url: https://a.example\n  gitlab:\n    key: key.pem\nconcurrency: 4\n',
    ],
    ['in one line', '{primary: {url: "https://a.example", gitlab-key: key.pem}, concurrency: 4}'],
    [
      'with comments and quotes',
      "# sites\nprimary:\n  url: 'https://a.example' # here\n  gitlab-key: key.pem\nconcurrency: '4'\n",
    ],
    ['as JSON', '{"primary": {"url": "https://a.example", "gitlab-key": "key.pem"}, "concurrency": 4}'],
  ])('%s', (_, text) => {
    expect(valuesOf(text)).toEqual(valuesOf(flat));
  });
});

it.each([
  [
    'words that YAML takes for booleans',
    'insecure: yes\nquiet: true\nnarrow: off',
    { insecure: 'yes', quiet: 'true', narrow: 'off' },
  ],
  [
    'numbers as they were written',
    'settle: 0.50\nretries: 007\nrate: 1e3',
    { settle: '0.50', retries: '007', rate: '1e3' },
  ],
  ['nothing as the empty text', 'out:\nprimary:\n  url: ~', { out: '', 'primary-url': '' }],
  [
    'lists',
    'include: [^v, 1.0, true, 007]\nexclude:\n  - a\n  - b',
    { include: ['^v', '1.0', 'true', '007'], exclude: ['a', 'b'] },
  ],
])('takes %s', (_, text, expected) => {
  expect(valuesOf(text)).toEqual(expected);
});

it('tells the line of each value', () => {
  const file = write('# one\nprimary:\n  url: x\n\nsettle: 1\n');
  const values = readConfigFile(file);
  expect(values.get('primary-url')?.where).toBe(`${file}, line 3`);
  expect(values.get('settle')?.where).toBe(`${file}, line 5`);
});

it.each([
  ['', {}],
  ['# nothing\n', {}],
  ['---\n', {}],
])('an empty file %j says nothing', (text, expected) => {
  expect(valuesOf(text)).toEqual(expected);
});

it.each([
  ['a syntax error', 'primary:\n  url: "x\n', /line [23]: /],
  ['a key twice', 'settle: 1\nsettle: 2\n', /line 2: settle is given twice/],
  ['a key nested and flat', 'primary:\n  url: x\nprimary-url: y\n', /line 3: primary-url is given twice/],
  ['a list at the top', '- a\n- b\n', /expected "option: value" lines/],
  ['a word at the top', 'hello\n', /expected "option: value" lines/],
  ['a list of lists', 'settle: 1\ninclude: [[a]]\n', /line 2: include: expected a value or a list of values/],
  ['a list of maps', 'include:\n  - a: b\n', /include: expected a value or a list of values/],
])('%s is an error with its line', (_, text, message) => {
  expect(() => valuesOf(text)).toThrow(UsageError);
  expect(() => valuesOf(text)).toThrow(message);
  expect(() => valuesOf(text)).not.toThrow(/\n/);
});

it.each([
  [
    'that is not there',
    '/nonexistent/audit.yml',
    /--config: cannot read \/nonexistent\/audit\.yml: there is no such file/,
  ],
  ['that is a directory', '/', /--config: cannot read \/: it is a directory/],
  ['without an end', '/dev/zero', /over 32 KiB/],
])('a file %s is a usage error', (_, path, message) => {
  expect(() => readConfigFile(path)).toThrow(message);
});
