import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentName, type Options } from '../../src/config/option.ts';
import { READING_OPTIONS } from '../../src/config/options.ts';
import { type CommandLine, type Environment, resolveOptions } from '../../src/config/resolve-options.ts';
import { siteOptions } from '../../src/config/site-options.ts';
import { UsageError } from '../../src/errors.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const about = { group: 'Test', describe: 'for the test' };
const OPTIONS = {
  config: { kind: 'text', ...about },
  name: { kind: 'text', ...about },
  loud: { kind: 'flag', ...about },
  tags: { kind: 'list', ...about },
  narrow: { kind: 'choice', choices: ['auto', 'off'], default: 'auto', ...about },
  count: { kind: 'number', min: 1, max: 9, integer: true, default: '3', ...about },
  where: { kind: 'choice', choices: ['here', 'there'], default: 'here', flagOnly: true, ...about },
  pause: { kind: 'number', min: 0, max: 60, default: '5', ...about },
} as const satisfies Options;

function resolve(commandLine: CommandLine, environment: Environment = {}, file?: string) {
  if (file === undefined) return resolveOptions(OPTIONS, commandLine, environment);
  const path = join(makeTempDir('config'), 'audit.yml');
  writeFileSync(path, file);
  return resolveOptions(OPTIONS, { config: path, ...commandLine }, environment);
}

describe('precedence', () => {
  const environment = { GEO_REGISTRY_AUDIT_NAME: 'environment', GEO_REGISTRY_AUDIT_COUNT: '2' };
  const file = 'name: file\ncount: 1\n';

  it.each<[string, CommandLine, Environment, string | undefined, string | null, RegExp]>([
    ['flag over environment over file', { name: 'flag' }, environment, file, 'flag', /^flag --name$/],
    ['environment over file', {}, environment, file, 'environment', /^environment GEO_REGISTRY_AUDIT_NAME$/],
    ['file over default', {}, {}, file, 'file', /audit\.yml, line 1 \(name\)$/],
    ['default', {}, {}, undefined, null, /^default$/],
    ['an empty variable is none', {}, { GEO_REGISTRY_AUDIT_NAME: '' }, file, 'file', /line 1/],
  ])('%s', (_, commandLine, env, text, expected, source) => {
    const options = resolve(commandLine, env, text);
    expect(options.text('name')).toBe(expected);
    expect(options.source('name')).toMatch(source);
    expect(options.given('name')).toBe(expected !== null);
  });

  it('holds for each option by itself', () => {
    const options = resolve({ name: 'flag' }, environment, 'count: 1\npause: 7\n');
    expect([options.text('name'), options.number('count'), options.number('pause')]).toEqual(['flag', 2, 7]);
  });

  it('of a flag only, neither the environment nor the file is looked at', () => {
    const elsewhere = { GEO_REGISTRY_AUDIT_WHERE: 'nowhere' };
    const options = resolve({}, elsewhere, 'where: [here, there]\n');
    expect([options.text('where'), options.source('where'), options.given('where')]).toEqual([
      'here',
      'default',
      false,
    ]);
    expect(resolve({ where: 'there' }, elsewhere).text('where')).toBe('there');
    expect(() => resolve({ where: 'nowhere' })).toThrow(UsageError);
  });

  it('the file can be named in the environment', () => {
    const path = join(makeTempDir('config'), 'other.yml');
    writeFileSync(path, 'name: other\n');
    expect(resolve({}, { GEO_REGISTRY_AUDIT_CONFIG: path }).text('name')).toBe('other');
  });
});

describe('kinds', () => {
  it.each(['true', 'yes', 'on', '1', 'TRUE'])('a flag is on with %s', (word) => {
    expect(resolve({}, { GEO_REGISTRY_AUDIT_LOUD: word }).flag('loud')).toBe(true);
    expect(resolve({}, {}, `loud: ${word}\n`).flag('loud')).toBe(true);
  });

  it.each(['false', 'no', 'off', '0'])('a flag is off with %s, and that outranks what is below', (word) => {
    expect(resolve({}, { GEO_REGISTRY_AUDIT_LOUD: word }, 'loud: true\n').flag('loud')).toBe(false);
  });

  it.each<[string, CommandLine, Environment, string | undefined, readonly string[]]>([
    ['flags', { tags: ['a', 'b,c'] }, {}, undefined, ['a', 'b,c']],
    ['the environment', {}, { GEO_REGISTRY_AUDIT_TAGS: 'a,b' }, undefined, ['a,b']],
    ['a list of the file', {}, {}, 'tags: [a, b]', ['a', 'b']],
    ['a word of the file', {}, {}, 'tags: a', ['a']],
    ['nobody', {}, {}, undefined, []],
    ['nobody, with an empty array from the parser', { tags: [] }, {}, undefined, []],
  ])('a list from %s', (_, commandLine, environment, file, expected) => {
    expect(resolve(commandLine, environment, file).list('tags')).toEqual(expected);
  });
});

describe('what cannot be', () => {
  it.each<[string, CommandLine, Environment, string | undefined, string | RegExp]>([
    ['another choice', { narrow: 'most' }, {}, undefined, '--narrow: expected one of auto, off, got "most"'],
    [
      'another choice in the environment',
      {},
      { GEO_REGISTRY_AUDIT_NARROW: 'x' },
      undefined,
      'environment GEO_REGISTRY_AUDIT_NARROW: expected one of',
    ],
    ['another choice in the file', {}, {}, '\nnarrow: x', /audit\.yml, line 2 \(narrow\): expected one of/],
    [
      'a number below',
      { count: '0' },
      {},
      undefined,
      '--count: expected a whole number from 1 to 9, got "0"',
    ],
    ['a number above', { count: '10' }, {}, undefined, 'from 1 to 9'],
    ['half a number', { count: '1.5' }, {}, undefined, 'a whole number'],
    ['no number', { pause: 'soon' }, {}, undefined, '--pause: expected a number from 0 to 60'],
    ['an empty number', { pause: '' }, {}, undefined, '--pause: expected a number'],
    ['no finite number', { pause: 'Infinity' }, {}, undefined, '--pause: expected a number'],
    ['a negative one', { pause: '-1' }, {}, undefined, '--pause: expected a number'],
    ['an empty text', { name: '' }, {}, undefined, '--name: expected a value'],
    ['an empty item', { tags: ['a', ''] }, {}, undefined, '--tags: expected a value'],
    ['an empty list in the file', {}, {}, 'tags:', 'expected a value'],
    [
      'a flag that is neither',
      {},
      { GEO_REGISTRY_AUDIT_LOUD: 'maybe' },
      undefined,
      'expected true or false, got "maybe"',
    ],
    ['a list where one value belongs', {}, {}, 'count: [1, 2]', 'expected one value'],
    ['a flag with two values', { name: ['a', 'b'] }, {}, undefined, '--name is given twice'],
    ['an unknown key', {}, {}, 'name: a\ncolour: red\n', /audit\.yml, line 2: unknown option colour/],
    ['an unknown nested key', {}, {}, 'primary:\n  colour: red\n', /line 2: unknown option primary-colour/],
    ['a key that every object has', {}, {}, 'constructor: x\n', 'unknown option constructor'],
    ['another key that every object has', {}, {}, '"__proto__": x\n', 'unknown option __proto__'],
  ])('%s', (_, commandLine, environment, file, message) => {
    const asked = () => resolve(commandLine, environment, file);
    expect(asked).toThrow(UsageError);
    expect(asked).toThrow(message);
  });

  it('is an error in the file also where a flag outranks another of its values', () => {
    expect(() => resolve({ name: 'a' }, {}, 'name: b\ncount: many\n')).toThrow('count');
  });

  it('shows no more than the beginning of a value', () => {
    expect(() => resolve({ count: 'x'.repeat(5000) })).toThrow(/^.{1,200}$/);
  });
});

it('takes a key that another command knows', () => {
  const path = join(makeTempDir('config'), 'audit.yml');
  writeFileSync(path, 'primary:\n  url: https://a.example\nsettle: 9\n');
  const known = { ...OPTIONS, ...siteOptions('primary-'), ...READING_OPTIONS };
  expect(() => resolveOptions(OPTIONS, { config: path }, {}, known)).not.toThrow();
  expect(() => resolveOptions(OPTIONS, { config: path }, {})).toThrow('line 2: unknown option primary-url');
});

it('names variables as the flags are named', () => {
  expect(environmentName('primary-url')).toBe('GEO_REGISTRY_AUDIT_PRIMARY_URL');
});

it('has a default that its own rules accept, for every option', () => {
  const options = { ...siteOptions('primary-'), ...siteOptions(''), ...READING_OPTIONS };
  expect(() => resolveOptions(options, {}, {})).not.toThrow();
});
