import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/reporters/escape-terminal.ts';
import type { ReporterOptions } from '../../src/reporters/reporter.ts';
import { tableReporter } from '../../src/reporters/table.ts';
import { fiftyTwoOfSixtyTwo, image, nastyReport, report, repository, tag } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const FILE: ReporterOptions = { color: false, width: null, verbose: false };
const textOf = (value: ReturnType<typeof report>, options: Partial<ReporterOptions> = {}): string =>
  [...tableReporter(value, { ...FILE, ...options })].join('');

const moved = (name: string) => tag(name, 'MISMATCH', image(`${name} 1`), image(`${name} 2`), 'MISMATCH');
const same = (name: string) => tag(name, 'MATCH', image(name), image(name), 'MATCH');

describe('tableReporter', () => {
  it.each<[string, Partial<ReporterOptions>]>([
    ['table.txt', {}],
    ['table.verbose.txt', { verbose: true }],
    ['table.80.txt', { width: 80 }],
    ['table.120.txt', { width: 120 }],
    ['table.160.txt', { width: 160 }],
    ['table.color.txt', { width: 120, color: true }],
  ])('writes the nasty report as it always did: %s', (name, options) => {
    expectGolden(name, textOf(nastyReport(), options));
  });

  it('writes 52 of 62 as it always did', () => {
    expectGolden('fifty-two.120.txt', textOf(fiftyTwoOfSixtyTwo(), { width: 120 }));
  });

  it.each([74, 80, 99, 100, 101, 119, 120, 129, 130, 160, 250])('keeps tables within %i columns', (width) => {
    for (const value of [nastyReport(), fiftyTwoOfSixtyTwo()]) {
      const table = textOf(value, { width, verbose: true })
        .split('\n')
        .filter((line) => /^ {2}[-=*+!─] ?/.test(line));
      expect(table.length).toBeGreaterThan(20);
      for (const line of table) expect(columnsOf(line.replaceAll('─', '-'))).toBeLessThanOrEqual(width);
    }
  });

  it('lets nothing through that a terminal would obey, but its own colours when asked', () => {
    const plain = textOf(nastyReport(), { verbose: true });
    expect(plain.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const colored = textOf(nastyReport(), { verbose: true, color: true });
    expect(stripVTControlCharacters(colored)).toBe(plain);
    expect(colored).toContain('\u001b[31m');
  });

  it('shows at most 200 rows of a repository and says how many more there are', () => {
    const tags = Array.from({ length: 1203 }, (_, i) => moved(`v${i}`));
    const value = report([repository('a/b', 'OUT-OF-SYNC', [...tags, same('fine')])]);
    const rows = (text: string) => text.split('\n').filter((line) => /^ {2}[*=] /.test(line)).length;
    expect(rows(textOf(value))).toBe(200);
    expect(textOf(value)).toContain('… and 1003 more tags not MATCH: report.json has them all');
    expect(rows(textOf(value, { verbose: true }))).toBe(1204);
    expect(textOf(value, { verbose: true })).not.toContain('more tags');
  });

  it('counts repositories in sync above ten, but names what is odd about one', () => {
    const quiet = Array.from({ length: 11 }, (_, i) => repository(`quiet/${i}`, 'IN-SYNC', [same('v1')]));
    const odd = repository('odd', 'IN-SYNC', [same('v1')], { causes: ['CLIENT_PATH_ASYMMETRY'] });
    const text = textOf(report([...quiet, odd]));
    expect(text).toMatch(
      /^IN-SYNC {2}odd {2}1 tag MATCH; CLIENT_PATH_ASYMMETRY\n\n {2}why, and what next\n {4}CLIENT_PATH_ASYMMETRY\n(?: {6}.*\n)+IN-SYNC {2}11 more repositories\n/m,
    );
    expect(textOf(report(quiet))).toContain('\nIN-SYNC  11 repositories\n');
    expect(textOf(report(quiet.slice(1)))).toContain('IN-SYNC  quiet/10  1 tag MATCH\n');
  });
});
