import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvRepositoriesReporter } from '../../src/reporters/csv-repositories.ts';
import { nastyReport, report } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const textOf = (value: ReturnType<typeof report>): string => [...csvRepositoriesReporter(value)].join('');

describe('csvRepositoriesReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('repositories.csv', textOf(nastyReport()));
  });

  it('is read back by another parser, a line a repository, without a formula', () => {
    const nasty = nastyReport();
    const rows: Record<string, string>[] = parse(textOf(nasty), { columns: true, record_delimiter: '\r\n' });
    expect(rows.map((row) => row.repository?.replace(/^'/, ''))).toEqual(
      nasty.repositories.map(({ path }) => path),
    );
    expect(rows[0]?.repository).toMatch(/^'=/);
    expect(rows.find((row) => row.repository === 'group/unread')).toMatchObject({
      verdict: 'INCOMPLETE',
      on_primary: '',
      tags: '0',
      wide_equal: '',
      errors: 'primary:TIMEOUT;secondary:UNAUTHORIZED',
      causes: 'EMPTY_IS_ERROR',
    });
  });

  it('has its header when there is no repository', () => {
    expect(textOf(report([]))).toMatch(/^repository,verdict,[a-z0-9_,]+,errors,causes\r\n$/);
  });
});
