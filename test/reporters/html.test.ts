import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { escapeHtml, escapeScriptJson } from '../../src/reporters/html/escape-html.ts';
import { statusBar } from '../../src/reporters/html/parts.ts';
import { htmlReporter } from '../../src/reporters/html.ts';
import { fiftyTwoOfSixtyTwo, image, nastyReport, report, repository, tag } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const textOf = (value: ReturnType<typeof report>): string => [...htmlReporter(value)].join('');
const sha256 = (text: string | undefined) =>
  createHash('sha256')
    .update(text ?? '')
    .digest('base64');

describe('htmlReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('report.html', textOf(nastyReport()));
  });

  it('allows its own style and script by their hashes, and nothing else', () => {
    const html = textOf(nastyReport());
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1];
    const script = /<script>([\s\S]*?)<\/script>/.exec(html)?.[1];
    expect(html).toContain(
      `content="default-src 'none'; script-src 'sha256-${sha256(script)}'; style-src 'sha256-${sha256(style)}'; ` +
        `base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"`,
    );
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/\s(on[a-z]+|style|src|srcset|action)=/);
    expect(html.match(/\shref="[^"]*"/g)).toEqual([' href="#tags"']);
  });

  it('holds no character that hides or reorders text', () => {
    expect(textOf(nastyReport()).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('puts the verdict in a sentence first, and what to do next second', () => {
    const headings = [...textOf(fiftyTwoOfSixtyTwo()).matchAll(/<h[12][^>]*>([^<]*)/g)].map(
      ([, words]) => words,
    );
    expect(headings).toEqual([
      expect.stringMatching(/^52 of 62 tags differ, .* skips those 52 tags silently\.$/),
      'What to do next',
      'Sites and versions',
      'Repositories',
      'Tags',
    ]);
  });

  it('says that there is nothing to do, or that no cause is known, and not the one for the other', () => {
    const same = tag('v1', 'MATCH', image('1'), image('1'), 'MATCH');
    const odd = tag('v1', 'MISMATCH', image('1'), image('2'), 'MISMATCH');
    expect(textOf(report([repository('r', 'IN-SYNC', [same])]))).toContain('<p>Nothing: what was compared');
    const unexplained = textOf(report([repository('r', 'OUT-OF-SYNC', [odd])]));
    expect(unexplained).toContain('<p>The evidence fits no known cause');
    expect(unexplained).not.toContain('<p>Nothing:');
  });

  it('has a table of at most 500 rows for paper and browsers without script, and says what is left out', () => {
    const tags = Array.from({ length: 501 }, (_, i) =>
      tag(`v${i}`, 'MISMATCH', image(`${i} a`), image(`${i} b`), 'MISMATCH'),
    );
    const html = textOf(report([repository('r', 'OUT-OF-SYNC', tags)]));
    expect(html.match(/<tr><td><code>v\d+/g)).toHaveLength(500);
    expect(html).toContain('… and 1 more tag not MATCH');
  });

  it('gives the same bytes for the same report', () => {
    expect(textOf(nastyReport())).toBe(textOf(nastyReport()));
  });

  it('is written in chunks', () => {
    const longest = Math.max(...[...htmlReporter(fiftyTwoOfSixtyTwo())].map((chunk) => chunk.length));
    expect(longest).toBeLessThan(40_000);
  });
});

describe('escapeHtml', () => {
  it.each([
    ['markup', `<b a="1" c='2'>&amp;`, '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;'],
    ['bidi and controls', '\u202ea\u0000', '\\u202ea\\u0000'],
  ])('escapes %s', (_, text, expected) => {
    expect(escapeHtml(text)).toBe(expected);
  });
});

describe('escapeScriptJson', () => {
  it('lets nothing end the element, and parses to the same', () => {
    const value = ['</script><!--<script>', ']]>', '&lt;', '\u2028\u2029'];
    const json = escapeScriptJson(JSON.stringify(value));
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual(value);
  });
});

describe('statusBar', () => {
  const none = { MATCH: 0, MISMATCH: 0, 'PRIMARY-ONLY': 0, 'SECONDARY-ONLY': 0, UNRESOLVABLE: 0 };

  it('says in words what it shows, worst first', () => {
    const bar = statusBar({ ...none, MATCH: 10, MISMATCH: 52 });
    expect(bar).toContain('aria-label="62 tags: 52 MISMATCH, 10 MATCH"');
    expect(bar.match(/<\/span>\d+ [A-Z-]+/g)).toEqual(['</span>52 MISMATCH', '</span>10 MATCH']);
  });

  it('shows one tag among very many, and fills its width exactly', () => {
    const bar = statusBar({ ...none, MATCH: 999_999, UNRESOLVABLE: 1 });
    const widths = [...bar.matchAll(/ width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths[0]).toBeGreaterThan(5);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(1000, 0);
  });

  it('is words alone without tags', () => {
    expect(statusBar(none)).toBe('<p class="legend quiet">no tags</p>');
  });
});
