import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvReporter } from '../../src/reporters/csv.ts';
import { image, nastyReport, report, repository, tag } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const HEADER =
  'repository,tag,status,primary_digest,secondary_digest,primary_media_type,secondary_media_type,primary_narrow_digest,secondary_narrow_digest,narrow_status,silently_skipped,unstable,causes';

const textOf = (value: ReturnType<typeof report>): string => [...csvReporter(value)].join('');
const rowsOf = (text: string): Record<string, string>[] =>
  parse(text, { columns: true, record_delimiter: '\r\n' });

describe('csvReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('tags.csv', textOf(nastyReport()));
  });

  it('has the header of the contract, alone when there is no tag', () => {
    expect(textOf(report([]))).toBe(`${HEADER}\r\n`);
  });

  it('gives one line a tag, whose fields read back', () => {
    const nasty = nastyReport();
    const expected = nasty.repositories.flatMap(({ path, tags }) => tags.map(({ name }) => [path, name]));
    const unprefixed = (field: string | undefined) => field?.replace(/^'(?=[=+\-@\t\r])/, '');
    const rows = rowsOf(textOf(nasty));
    expect(rows.map((row) => [unprefixed(row.repository), unprefixed(row.tag)])).toEqual(expected);
  });

  it('writes booleans as words and null as nothing', () => {
    const rows = rowsOf(textOf(nastyReport()));
    const byTag = (name: string) => rows.find((row) => row.tag === name);
    expect(byTag('latest')).toMatchObject({
      narrow_status: 'MATCH',
      silently_skipped: 'true',
      unstable: 'false',
      primary_narrow_digest: '',
      causes: 'FALSE_MATCH_NIL;NARROW_HIDES_INDEX',
    });
    expect(byTag('dangling')).toMatchObject({
      status: 'UNRESOLVABLE',
      primary_digest: '',
      narrow_status: '',
      silently_skipped: '',
    });
    expect(byTag('new')).toMatchObject({
      secondary_digest: '',
      secondary_media_type: '',
      primary_media_type: '',
    });
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'prefixes %j, which a spreadsheet would run',
    (name) => {
      const value = report([
        repository('a', 'IN-SYNC', [tag(name, 'MATCH', image('x'), image('x'), 'MATCH')]),
      ]);
      expect(rowsOf(textOf(value))[0]?.tag).toBe(`'${name}`);
    },
  );

  it('quotes a field with a lone line feed, a comma or a quote', () => {
    const name = 'a\nb,c"d';
    const value = report([repository('a', 'IN-SYNC', [tag(name, 'MATCH', image('x'), image('x'), 'MATCH')])]);
    expect(textOf(value)).toContain('a,"a\nb,c""d",MATCH,');
  });

  it('comes in several chunks when there are many tags', () => {
    const tags = Array.from({ length: 1200 }, (_, i) =>
      tag(`v${i}`, 'MATCH', image('x'), image('x'), 'MATCH'),
    );
    const chunks = [...csvReporter(report([repository('a', 'IN-SYNC', tags)]))];
    expect(chunks).toHaveLength(3);
    expect(rowsOf(chunks.join(''))).toHaveLength(1200);
  });
});
