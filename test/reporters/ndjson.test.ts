import { describe, expect, it } from 'vitest';
import { ndjsonReporter } from '../../src/reporters/ndjson.ts';
import { nastyReport, report } from './fixtures.ts';
import { expectGolden } from './golden.ts';

const linesOf = (value: ReturnType<typeof report>) =>
  [...ndjsonReporter(value)].map((line) => JSON.parse(line));

describe('ndjsonReporter', () => {
  it('writes the nasty report as it always did', () => {
    expectGolden('report.ndjson', [...ndjsonReporter(nastyReport())].join(''));
  });

  it('gives one line a chunk, ended by the only newline in it', () => {
    for (const chunk of ndjsonReporter(nastyReport())) expect(chunk).toMatch(/^\{[^\n]*\}\n$/);
  });

  it('holds everything of the report, so that the report can be put together again', () => {
    const nasty = nastyReport();
    const [first, ...rest] = linesOf(nasty);
    const { kind, ...run } = first;
    const repositories = rest
      .filter((line) => line.kind === 'repository')
      .map(({ kind: _, ...repository }) => ({
        ...repository,
        errors: partsOf(rest, 'error', repository.path),
        tags: partsOf(rest, 'tag', repository.path),
      }));
    expect(kind).toBe('run');
    expect({ ...run, repositories }).toEqual(nasty);
  });

  it('is a single line for a report without repositories', () => {
    expect(linesOf(report([])).map(({ kind }) => kind)).toEqual(['run']);
  });

  it('gives the same bytes for the same report', () => {
    expect([...ndjsonReporter(nastyReport())]).toEqual([...ndjsonReporter(nastyReport())]);
  });
});

function partsOf(lines: Record<string, unknown>[], kind: string, path: string) {
  return lines
    .filter((line) => line.kind === kind && line.repository === path)
    .map(({ kind: _, repository: __, ...part }) => part);
}
