import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/resolve-options.ts';
import { STORED_OPTIONS } from '../../src/config/selection-options.ts';
import { givenStoredChecksums, storedChecksums } from '../../src/config/stored-checksums.ts';
import { UsageError } from '../../src/errors.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const options = (...list: string[]) => resolveOptions(STORED_OPTIONS, { 'stored-checksum': list }, {});

describe('--stored-checksum', () => {
  it.each<[string, string[], string[], Record<string, object>]>([
    ['nothing', [], ['g/p', 'g/q'], {}],
    ['one site of the only repository', [`primary=${A}`], ['g/p'], { 'g/p': { primary: A } }],
    ['both sites', [`primary=${A}`, `secondary=${B}`], ['g/p'], { 'g/p': { primary: A, secondary: B } }],
    ['capitals', [`primary=${A.toUpperCase()}`], ['g/p'], { 'g/p': { primary: A } }],
    [
      'a repository by name, however written',
      [`primary:/G/P=${A}`],
      ['g/p', 'g/q'],
      { 'g/p': { primary: A } },
    ],
    ['the same twice', [`primary=${A}`, `primary:g/p=${A}`], ['g/p'], { 'g/p': { primary: A } }],
    [
      'two repositories',
      [`primary:g/p=${A}`, `secondary:g/q=${B}`],
      ['g/p', 'g/q'],
      { 'g/p': { primary: A }, 'g/q': { secondary: B } },
    ],
  ])('takes %s', (_, given, paths, expected) => {
    expect(Object.fromEntries(storedChecksums(options(...given), paths))).toEqual(expected);
  });

  it.each<[string, string[], string[], RegExp]>([
    ['too short a checksum', [`primary=${A.slice(1)}`], ['g/p'], /^--stored-checksum: expected primary=HEX/],
    ['a checksum with its algorithm', [`primary=sha256:${A}`], ['g/p'], /expected primary=HEX/],
    ['no checksum', ['primary='], ['g/p'], /expected primary=HEX/],
    ['a checksum alone', [A], ['g/p'], /expected primary=HEX/],
    ['another site', [`tertiary=${A}`], ['g/p'], /expected primary=HEX.*got "tertiary=/],
    ['a path that cannot be', [`primary:G P=${A}`], ['g/p'], /expected primary=HEX.*got "primary:G P=/],
    ['a repository of another run', [`primary:g/x=${A}`], ['g/p'], /: g\/x is not a repository of this run$/],
    [
      'no name where there are two',
      [`primary=${A}`],
      ['g/p', 'g/q'],
      /this run has 2 repositories; say which/,
    ],
    ['no name where there is none', [`primary=${A}`], [], /this run has 0 repositories/],
    ['two of one site', [`primary=${A}`, `primary=${B}`], ['g/p'], /two checksums of g\/p on the primary$/],
  ])('refuses %s', (_, given, paths, message) => {
    const read = () => storedChecksums(options(...given), paths);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('can be looked at before it is known which repositories there are', () => {
    expect(givenStoredChecksums(options(`secondary=${B}`, `primary:g/p=${A}`))).toEqual([
      { site: 'secondary', named: null, hex: B },
      { site: 'primary', named: 'g/p', hex: A },
    ]);
    expect(() => givenStoredChecksums(options('x'))).toThrow(UsageError);
  });
});
