import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { htmlReporter } from '../../src/reporters/html.ts';
import { markdownReporter } from '../../src/reporters/markdown.ts';
import { tableReporter } from '../../src/reporters/table.ts';
import { runTrafficWords, trafficWords } from '../../src/reporters/traffic-words.ts';
import { fiftyTwoOfSixtyTwo, report } from './fixtures.ts';

type Traffic = NonNullable<Report['run']['traffic']>;

const primary: Traffic['primary'] = {
  requests: { other: 11, headKnown: 190, headWide: 210, list: 1 },
  total: 412,
  retries: 0,
  connections: 1,
  inFlight: { mode: 'fixed', settled: 16, highest: 16 },
};
const secondary: Traffic['secondary'] = {
  requests: { headNarrow: 2, token: 1 },
  total: 3,
  retries: 2,
  connections: 40,
  inFlight: { mode: 'adaptive', settled: 24, highest: 40 },
};
const base = fiftyTwoOfSixtyTwo();
const value = report([...base.repositories], { run: { ...base.run, traffic: { primary, secondary } } });

const PRIMARY =
  '412 (1 list, 210 HEAD, 190 conditional HEAD, 11 other), over 1 connection, at most 16 in flight';
const SECONDARY =
  '3 (2 narrow HEAD, 1 token), 2 repeated, over 40 connections, settled at 24 in flight, at most 40 in flight';
const LINE = `primary ${PRIMARY}; secondary ${SECONDARY}`;

describe('the words', () => {
  it('one site', () => {
    expect(trafficWords(primary)).toBe(PRIMARY);
    expect(trafficWords(secondary)).toBe(SECONDARY);
    const nothing = { ...primary, requests: {}, total: 0, connections: 0 };
    expect(trafficWords(nothing)).toBe('0, over 0 connections, at most 16 in flight');
  });

  it('both sites, or nothing where the report does not say', () => {
    expect(runTrafficWords(value)).toBe(LINE);
    expect(runTrafficWords(base)).toBeNull();
  });
});

describe('where they stand', () => {
  const table = (of: Report, verbose: boolean) =>
    [...tableReporter(of, { color: false, width: null, verbose })].join('');

  it('in the verbose table alone', () => {
    expect(table(value, true)).toContain(`\nrequests   ${LINE}\n`);
    expect(table(value, false)).toBe(table(base, false));
    expect(table(base, true)).not.toContain('requests ');
  });

  it('at the foot of the Markdown', () => {
    expect([...markdownReporter(value)].join('')).toContain(
      `read by docker-v2. Requests: ${LINE}. Report \``,
    );
    expect([...markdownReporter(base)].join('')).not.toContain('Requests:');
  });

  it('with the sites of the page', () => {
    const row = `<tr><th scope="row">requests</th><td>${PRIMARY}</td><td>${SECONDARY}</td></tr>`;
    expect([...htmlReporter(value)].join('')).toContain(row);
    expect([...htmlReporter(base)].join('')).not.toContain('>requests<');
  });
});
