import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scaling.md'), 'utf8');

/** The rows of the table whose header holds a word, as cells. */
function tableWith(word: string): string[][] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => line.startsWith('|') && line.includes(word));
  if (head < 0) throw new Error(`no table with ${word}`);
  const rest = lines.slice(head + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function numberIn(cell = ''): number {
  return Number(/\d[\d,.]*/.exec(cell)?.[0].replaceAll(',', ''));
}

/** `2 h 47 min`, `1 min 40 s`: in seconds. */
function secondsOf(cell = ''): number {
  const units = { h: 3600, min: 60, s: 1 };
  return [...cell.matchAll(/(\d+) (h|min|s)\b/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

const constants = tableWith('where it is from');
const constant = (start: string): number =>
  numberIn(constants.find(([name]) => name?.startsWith(start))?.[1]);
const R = constant('`R`');
const C = constant('`C`');
const W = constant('`W`');
const V = constant('`V`');
const PER_PAGE = constant('tags per request');
const LARGE_R = 10_000;
/** What 50 ms come to with the answer itself. */
const LINK = W / 0.052;

test('the table of times follows from the formulae and the constants of the page', () => {
  const rows = tableWith('two shards');
  expect(rows).toHaveLength(9);
  for (const [tagsCell, path = '', requestsCell, ...times] of rows) {
    const tags = numberIn(tagsCell);
    const isV1 = path === 'gitlab-v1';
    const requests = isV1 ? Math.ceil(tags / PER_PAGE) : tags * (path.includes('all indexes') ? 2 : 1);
    expect(numberIn(requestsCell)).toBe(requests);
    const reading = (V * tags) / 1e6;
    const expected = isV1
      ? [reading, reading / 2, reading + requests * 0.05]
      : [requests / R, requests / Math.min(LARGE_R, 2 * C), requests / Math.min(C, LINK)];
    for (const [at, seconds] of expected.entries()) {
      const shown = secondsOf(times[at]);
      // Rounded as the cell is: to a second, or to two digits and more.
      expect(Math.abs(shown - seconds), `${tags} ${path}, ${times[at]}`).toBeLessThanOrEqual(
        Math.max(1, seconds * 0.03),
      );
    }
  }
});

test('the table of sizes follows from the bytes per tag', () => {
  const perTag = ['report.json', 'tags.csv'].map((file) => constant(`\`${file}\``) * 1000);
  for (const [tagsCell, ...sizes] of tableWith('peak memory of one process')) {
    const bytes = perTag.map((size) => size * numberIn(tagsCell));
    const units = { MB: 1e6, GB: 1e9 };
    for (const [at, expected] of bytes.entries()) {
      const unit = /MB|GB/.exec(sizes[at] ?? '')?.[0] as keyof typeof units;
      expect(numberIn(sizes[at]) * units[unit]).toBeCloseTo(expected, -Math.log10(expected / 50));
    }
  }
});

test('the table of shards follows from the rules above it', () => {
  for (const [tagsCell, small, large, size] of tableWith('| size | N |')) {
    expect(numberIn(small)).toBe(Math.ceil(R / C));
    expect(numberIn(large)).toBe(Math.ceil(LARGE_R / C));
    expect(numberIn(size)).toBe(Math.ceil(numberIn(tagsCell) / 500_000));
  }
});
