import { describe, expect, it } from 'vitest';
import { REPORT_KEYS, REPOSITORY_KEYS, reportSchema, repositoryReport } from '../../src/report/report.ts';
import { jsonReporter } from '../../src/reporters/json.ts';
import { fiftyTwoOfSixtyTwo, nastyReport, report, repository } from './fixtures.ts';
import { expectGolden } from './golden.ts';

describe('jsonReporter', () => {
  it('has all keys of the schemas, in their order', () => {
    expect(REPORT_KEYS).toEqual(reportSchema().keyof().options);
    expect(REPOSITORY_KEYS).toEqual(repositoryReport().keyof().options);
  });

  it('writes the nasty report as it always did', () => {
    expectGolden('report.json', [...jsonReporter(nastyReport())].join(''));
  });

  it.each([
    ['every kind of content', nastyReport()],
    ['no repository', report([])],
    ['a repository without tags', report([repository('a', 'IN-SYNC', [])])],
  ])('parses back to the same value: %s', (_, value) => {
    const back: unknown = JSON.parse([...jsonReporter(value)].join(''));
    expect(back).toEqual(value);
    expect(reportSchema().parse(back)).toEqual(value);
  });

  it('puts each tag on a line of its own, and never all of them into one string', () => {
    const chunks = [...jsonReporter(fiftyTwoOfSixtyTwo())];
    const tagLines = chunks
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('        {"name":'));
    expect(tagLines).toHaveLength(62);
    const [first] = fiftyTwoOfSixtyTwo().repositories;
    if (first === undefined) throw new Error('no repository');
    const tags = Array.from({ length: 200 }, () => [...first.tags]).flat();
    const long = { ...fiftyTwoOfSixtyTwo(), repositories: [{ ...first, tags }] };
    let length = 0;
    for (const chunk of jsonReporter(long)) {
      expect(chunk.length).toBeLessThan(200_000);
      length += chunk.length;
    }
    expect(length).toBeGreaterThan(5_000_000);
  });

  it('keeps the order of the contract whatever the order of the value', () => {
    const value = report([]);
    const turned = reportSchema().parse(value);
    const reversed = Object.assign(
      {},
      ...Object.entries(turned)
        .reverse()
        .map(([key, part]) => ({ [key]: part })),
    );
    expect([...jsonReporter(reversed)].join('')).toBe([...jsonReporter(value)].join(''));
  });
});
