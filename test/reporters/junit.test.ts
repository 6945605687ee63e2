import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { escapeXml } from '../../src/reporters/junit/escape-xml.ts';
import { junitReporter } from '../../src/reporters/junit.ts';
import {
  differentPair,
  equalPair,
  fiftyTwoOfSixtyTwo,
  image,
  NOT_READ,
  nastyReport,
  report,
  repository,
  tag,
} from './fixtures.ts';
import { expectGolden } from './golden.ts';

const textOf = (value: Report): string => [...junitReporter(value)].join('');

function xmllint(xml: string, ...args: string[]): string {
  return execFileSync('xmllint', ['--nonet', ...args, '-'], {
    input: xml,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

const xpath = (xml: string, expression: string) => xmllint(xml, '--xpath', expression).trim();
const manyTags = (count: number) =>
  report([
    repository(
      'group/many',
      'OUT-OF-SYNC',
      Array.from({ length: count }, (_, i) =>
        i === 0
          ? tag('odd', 'MISMATCH', image('1'), image('2'), 'MISMATCH', { causes: ['MOVED_TAG'] })
          : tag(`v${i}`, 'MATCH', image('x'), image('x'), 'MATCH'),
      ),
    ),
  ]);

describe('junitReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('junit.xml', textOf(nastyReport()));
  });

  const documents: [string, () => Report][] = [
    ['the nasty report', nastyReport],
    ['52 of 62 tags', fiftyTwoOfSixtyTwo],
    ['no repository', () => report([])],
    ['more than 10,000 tags', () => manyTags(10_001)],
  ];
  const schemas = ['junit-10', 'ant-junit'];

  it.each(documents.flatMap(([name, make]) => schemas.map((schema) => [name, schema, make] as const)))(
    'is valid with %s under the schema %s',
    (_, schema, make) => {
      const file = fileURLToPath(new URL(`./schemas/${schema}.xsd`, import.meta.url));
      expect(() => xmllint(textOf(make()), '--noout', '--schema', file)).not.toThrow();
    },
  );

  it('has a suite per repository and a case per tag, failed where the tag is not MATCH', () => {
    const xml = textOf(fiftyTwoOfSixtyTwo());
    expect(xpath(xml, 'count(//testsuite)')).toBe('1');
    expect(xpath(xml, 'count(//testsuite[@name="group/project"]/testcase)')).toBe('62');
    expect(xpath(xml, 'count(//testcase/failure[@type="MISMATCH"])')).toBe('52');
    expect(xpath(xml, 'string(//testcase[@name="v1.0.0"]/failure)')).toMatch(
      /FALSE_MATCH_NIL: Both sites.*\nNext step: Reconcile/,
    );
  });

  it('counts in its attributes what stands in its elements', () => {
    const xml = textOf(nastyReport());
    for (const suite of ['group/mixed', 'group/unread', 'fix', 'run']) {
      const path = `//testsuite[@name="${suite}"]`;
      for (const [attribute, elements] of [
        ['tests', 'testcase'],
        ['failures', 'testcase/failure'],
        ['errors', 'testcase/error'],
      ]) {
        expect(xpath(xml, `count(${path}/${elements})`)).toBe(xpath(xml, `string(${path}/@${attribute})`));
      }
    }
  });

  it('reports what could not be read as an error with its hint and tags, never as a failure', () => {
    const xml = textOf(nastyReport());
    const unread = '//testsuite[@name="group/unread"]';
    expect(xpath(xml, `count(${unread}//failure)`)).toBe('0');
    expect(xpath(xml, `count(${unread}//error)`)).toBe('2');
    expect(xpath(xml, `string(${unread}//error[@type="UNAUTHORIZED"])`)).toMatch(
      /^Next step: the token needs .*\nNo verdict for:\na\n/,
    );
  });

  it('has a case per verdict above 10,000 tags', () => {
    expect(xpath(textOf(manyTags(10_000)), 'count(//testcase)')).toBe('10000');
    const xml = textOf(manyTags(10_001));
    expect(xpath(xml, 'count(//testcase)')).toBe('2');
    expect(xpath(xml, 'string(//testcase[@name="MISMATCH: 1 tag"]/failure)')).toContain('\nTags:\nodd');
    expect(xpath(xml, 'count(//testcase[@name="MATCH: 10000 tags"]/*)')).toBe('0');
  });

  it.each([
    [
      'checksums alone differ',
      repository('r', 'OUT-OF-SYNC', [], {
        checksums: { wide: differentPair('x'), narrow: equalPair('x'), gitlabV1: NOT_READ },
      }),
      'failure',
    ],
    ['nothing says why it is incomplete', repository('r', 'INCOMPLETE', []), 'error'],
  ])('does not pass when %s', (_, broken, kind) => {
    expect(xpath(textOf(report([broken])), `count(//testcase/${kind})`)).toBe('1');
  });

  it('passes an empty repository that is in sync', () => {
    expect(xpath(textOf(report([repository('r', 'IN-SYNC', [])])), 'count(//testcase[not(*)])')).toBe('1');
  });

  it('gives the same bytes for the same report', () => {
    expect(textOf(nastyReport())).toBe(textOf(nastyReport()));
  });
});

describe('escapeXml', () => {
  it.each([
    ['markup', `<a b="c" d='e'>&`, '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;'],
    ['what XML forbids', 'a\u0000b\u0008\u000b\u001bc', 'a\\u0000b\\u0008\\u000b\\u001bc'],
    ['non-characters and lone surrogates', '\ufffe\uffff\ud800', '\\ufffe\\uffff\\ud800'],
    ['the end of CDATA', ']]>', ']]&gt;'],
  ])('escapes %s', (_, text, escaped) => {
    expect(escapeXml(text)).toBe(escaped);
  });
});
