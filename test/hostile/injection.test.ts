import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, it } from 'vitest';
import { createScanJournal } from '../../src/audit/scan-journal.ts';
import { createJournal, readJournal } from '../../src/reconcile/journal.ts';
import type { Report } from '../../src/report/report.ts';
import { FORMATS, type Format } from '../../src/reporters/formats.ts';
import { REPORTERS } from '../../src/reporters/index.ts';
import { action, broken, image, report, repository, tag } from '../reporters/fixtures.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { recordFigures } from './support/figures.ts';
import { NASTY } from './support/nasty.ts';

/** What no text may hold: what moves a cursor, hides or reorders; a line's end only between lines. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const OPTIONS = { color: false, width: null, verbose: true };

let cases = 0;
afterAll(() => recordFigures('injection', { strings: Object.keys(NASTY).length, places: 16, cases }));

/** A report in which every text that comes from outside is the nasty one. */
function reportOf(text: string): Report {
  const named = tag(text, 'MISMATCH', image('1', text), image('2', text), 'MISMATCH', { causes: [text] });
  const refused = tag('refused', 'UNRESOLVABLE', broken(500, text, text), image('r'), null);
  const unread = repository(`${text}/unread`, 'INCOMPLETE', [], {
    presence: { primary: null, secondary: null },
    errors: [{ site: 'secondary', code: text, status: 500, message: text, hint: text, tags: [text] }],
  });
  const base = report([repository(text, 'OUT-OF-SYNC', [named, refused], { causes: [text] }), unread]);
  return report([...base.repositories], {
    run: { ...base.run, options: { include: [text], [text]: text } },
    sites: {
      primary: {
        ...base.sites.primary,
        registry: { ...base.sites.primary.registry, version: text, features: [text] },
      },
      secondary: base.sites.secondary,
    },
    fix: { actions: [action('1', 'copy', text, 'failed', text, 0)], before: {}, after: {}, verified: false },
  });
}

type Check = (document: string, value: Report) => void;

const lines: Check = (document) => {
  for (const line of document.split('\n')) expect(UNSAFE.exec(line)?.[0]).toBeUndefined();
};

/** What each format promises, checked with a parser of the format where there is one. */
const CHECKS: Readonly<Record<Format, Check>> = {
  json: (document, value) => {
    lines(document, value);
    expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify(value)));
  },
  ndjson: (document, value) => {
    lines(document, value);
    for (const line of document.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  },
  csv: (document, value) => {
    const rows: string[][] = parse(document, { record_delimiter: '\r\n' });
    const total = value.repositories.flatMap(({ tags }) => [...tags]).length;
    expect([total + 1, value.repositories.length + 1]).toContain(rows.length);
    for (const field of rows.flat()) expect(field).not.toMatch(/^[=+\-@\t\r]/);
  },
  table: lines,
  markdown: (document, value) => {
    lines(document, value);
    const elements = new Set(document.replace(/`[^`\n]*`/g, '').match(/<\/?[a-z!][^>]*>/gi));
    for (const element of elements) expect(element).toMatch(/^<\/?(?:code|details|span|strong|summary)>$/);
    const prose = document.replace(/`+[^`\n]*`+/g, '').replace(/<code>.*?<\/code>/g, '');
    expect(prose).not.toMatch(/(?<!\\)\]\((?:javascript|https:\/\/evil)/);
    expect(document).not.toMatch(/^\/(?:close|assign)/m);
  },
  html: (document, value) => {
    lines(document, value);
    expect(document.match(/<script/gi)).toHaveLength(2);
    expect(document).not.toMatch(/<(?:img|iframe|object|embed|link|base|form)\b|<!ENTITY/i);
    for (const [element] of document.matchAll(/<[a-z][^>]*>/gi))
      expect(element.replace(/(?<!href=)"[^"]*"/g, '""')).not.toMatch(
        /\s(?:on[a-z]+|src|style|action)\s*=|\shref="(?!#)/i,
      );
    expect(document).toContain("default-src 'none'");
    const data = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(document)?.[1];
    expect(JSON.parse(data ?? '')).toBeTypeOf('object');
  },
  junit: (document, value) => {
    lines(document, value);
    execFileSync('xmllint', ['--nonet', '--huge', '--noout', '-'], { input: document, stdio: 'pipe' });
    expect(document).not.toMatch(/<!(?:DOCTYPE|ENTITY|\[CDATA)/);
  },
};

describe.each(Object.entries(NASTY))('%s', (_, text) => {
  const value = reportOf(text);

  it('stays text in the journals, which give back what was written', () => {
    const directory = makeTempDir('journals');
    const scanFile = join(directory, 'scan-journal.ndjson');
    const scan = createScanJournal(scanFile, { scan: {}, startedAt: '', now: () => 0 });
    scan.begin('docker-v2');
    for (const repository of value.repositories) scan.add(repository);
    const kept = scan.list().find(({ path }) => path === `${text}/unread`);
    // A verdict and no comparison, or a failure would print the megabyte.
    expect(kept?.errors[0]?.message === text).toBe(true);
    scan.close();
    const fixFile = join(directory, 'journal.ndjson');
    const fix = createJournal(fixFile, 'digest');
    fix.record({ id: '1', step: 'done', detail: text, bytes: 0 });
    fix.close();
    expect(readJournal(fixFile, 'digest').done.get('1')?.detail === text).toBe(true);
    for (const file of [scanFile, fixFile]) lines(readFileSync(file, 'utf8'), value);
    cases += 2;
  });

  it.each(FORMATS)('stays text in %s', { timeout: 120_000 }, async (format) => {
    const entry = REPORTERS[format];
    const files = [entry, ...('companions' in entry ? entry.companions : [])];
    for (const { load } of files) CHECKS[format]([...(await load())(value, OPTIONS)].join(''), value);
    cases += 16;
  });
});
