import { describe, expect, it } from 'vitest';
import { cutToFit } from '../../src/reporters/markdown/cut-to-fit.ts';
import { codeOf, htmlCodeOf, proseOf } from '../../src/reporters/markdown/escape-markdown.ts';
import { GITLAB_DESCRIPTION_LIMIT, markdownReporter } from '../../src/reporters/markdown.ts';
import { fiftyTwoOfSixtyTwo, index, nastyReport, report, repository, tag } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const textOf = (value: ReturnType<typeof report>): string => [...markdownReporter(value)].join('');
const count = (text: string, part: string) => text.split(part).length - 1;

describe('markdownReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('report.md', textOf(nastyReport()));
  });

  it('writes the ticket of 52 tags in 62 as it always did', () => {
    expectGolden('fifty-two.md', textOf(fiftyTwoOfSixtyTwo()));
  });

  it('has the same number of cells in every row of a table, whatever the tags are called', () => {
    for (const block of textOf(nastyReport()).split('\n\n')) {
      const rows = block.split('\n').filter((line) => line.startsWith('|'));
      const widths = new Set(rows.map((row) => count(row, '|')));
      expect(widths.size).toBeLessThanOrEqual(1);
    }
  });

  it('holds no character that hides or reorders text, and no element but its own', () => {
    const text = textOf(nastyReport());
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const elements = new Set(text.match(/<\/?[a-z!][^>]*>/gi));
    expect([...elements].sort()).toEqual([
      '</code>',
      '</details>',
      '</span>',
      '</strong>',
      '</summary>',
      '<code>',
      '<details>',
      '<span>',
      '<strong>',
      '<summary>',
    ]);
  });

  it('is cut with a note and with its elements closed where GitLab would refuse it', () => {
    const tags = Array.from({ length: 20_000 }, (_, i) =>
      tag(`v${i}`, 'MISMATCH', index(`${i} a`), index(`${i} b`), 'MATCH', { causes: ['FALSE_MATCH_NIL'] }),
    );
    const text = textOf(report([repository('group/huge', 'OUT-OF-SYNC', tags)]));
    expect(text.length).toBeLessThanOrEqual(GITLAB_DESCRIPTION_LIMIT);
    expect(text.length).toBeGreaterThan(GITLAB_DESCRIPTION_LIMIT - 1000);
    expect(count(text, '<details>')).toBe(count(text, '</details>'));
    expect(text).toMatch(/ \|\n\n<\/details>\n\n---\n\n\*\*Cut here:\*\*[^\n]*\n$/);
  });

  it('gives the same bytes for the same report', () => {
    expect(textOf(nastyReport())).toBe(textOf(nastyReport()));
  });
});

describe('cutToFit', () => {
  const open = { text: '<d>', closing: '</d>' };
  const inside = { text: 'xxxx', closing: '</d>' };
  const end = { text: '</d>', closing: '' };
  const cut = (limit: number) => [...cutToFit([open, inside, end, open, inside, end], limit, '!')].join('');

  it.each([
    [100, '<d>xxxx</d><d>xxxx</d>'],
    [23, '<d>xxxx</d><d>xxxx</d>'],
    [22, '<d>xxxx</d><d></d>!'],
    [19, '<d>xxxx</d><d></d>!'],
    [18, '<d>xxxx</d>!'],
    [12, '<d>xxxx</d>!'],
    [11, '<d></d>!'],
  ])('within %i characters gives %s', (limit, expected) => {
    expect(cut(limit)).toBe(expected);
    expect(cut(limit).length).toBeLessThanOrEqual(limit);
  });
});

describe('codeOf', () => {
  it.each([
    ['an ordinary name', 'v1.0.0-rc_1', '`v1.0.0-rc_1`'],
    ['a pipe and a backtick', 'a|`b`', '<code>a&#124;&#96;b&#96;</code>'],
    ['a link', '[a](http://b)', '<code>&#91;a&#93;&#40;http&#58;&#47;&#47;b&#41;</code>'],
    ['markup', '<b>&amp;', '<code>&#60;b&#62;&#38;amp&#59;</code>'],
    ['lines and bidi controls', 'a\n\u202eb', '<code>a&#92;u000a&#92;u202eb</code>'],
    ['outer spaces', ' a ', '<code> a </code>'],
    ['nothing', '', '<code></code>'],
  ])('shows %s as code', (_, text, expected) => {
    expect(codeOf(text)).toBe(expected);
  });

  it('uses no backticks where Markdown is not read', () => {
    expect(htmlCodeOf('group/project')).toBe('<code>group/project</code>');
  });
});

describe('proseOf', () => {
  it.each([
    ['a mention', 'by @all', 'by <span>@</span>all'],
    [
      'references',
      '#1 !2 ~bug %3 $4',
      '<span>#</span>1 <span>!</span>2 &#126;bug <span>%</span>3 <span>$</span>4',
    ],
    ['an emoji', ':boom:', '<span>:</span>boom:'],
    ['addresses', 'http://a www.b', 'http<span>:</span>//a www<span>.</span>b'],
    ['emphasis', '*a* _b_ `c`', '&#42;a&#42; &#95;b&#95; &#96;c&#96;'],
    ['an image', '![a](b)', '<span>!</span>&#91;a&#93;(b)'],
    ['an entity', '&lt;', '&#38;lt;'],
    ['a list', '- a', '&#45; a'],
    [
      'an ordinary sentence',
      '5 of 6 tags differ in group/project, sees: it.',
      '5 of 6 tags differ in group/project, sees: it.',
    ],
  ])('lets %s mean nothing', (_, text, expected) => {
    expect(proseOf(text)).toBe(expected);
  });
});
