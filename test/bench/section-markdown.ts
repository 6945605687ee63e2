import { median, spread } from './rounds.ts';
import type { Cell, Section, Table, Target } from './section.ts';

/** With its rounds further apart than this, or where there are too few with more load, a section is in doubt. */
const MOST_SPREAD = 0.15;
const MOST_LOAD_OF_CORES = 0.5;

const INTRO = [
  '# Benchmarks',
  '',
  'Written by `npm run bench` ([how it is made and read](../../docs/performance.md)). Client and servers share one',
  'machine, so ratios carry over to others and seconds do not. Contenders take turns (A B C A B C); a figure is the',
  "median over the rounds, a ratio the median of the rounds' ratios. CPU seconds are those of the client's processes.",
];

/** The text of `bench.md`: the gates of all sections, then the sections. */
export function markdownOf(sections: readonly Section[]): string {
  return `${[...INTRO, ...gateLines(sections), ...sections.flatMap(sectionLines)].join('\n')}\n`;
}

function gateLines(sections: readonly Section[]): string[] {
  const rows = sections.flatMap(({ title, targets }) =>
    targets.filter(({ isGate }) => isGate).map((target) => ({ title, target })),
  );
  if (rows.length === 0) return [];
  return [
    '',
    '## What is asked for',
    '',
    '| gate | wanted | measured | met | section |',
    '|---|---:|---:|---|---|',
    ...rows.map(({ title, target }) => `${targetLine(target)} ${title} |`),
  ];
}

function sectionLines(section: Section): string[] {
  const { measuredAt, cores, processor, memoryGiB, load, versions } = section.conditions;
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { title, rounds, tables, targets, notes, picture } = section;
  return [
    '',
    `## ${title}`,
    '',
    `${measuredAt.slice(0, 10)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${cores} cores (${processor}), ${memoryGiB} GiB, load at the start ${load}`,
    `(${steadiness(section)}); ${tools.join(', ')}.`,
    ...tables.flatMap(tableLines),
    ...(picture === undefined ? [] : ['', `![${title}](${picture})`]),
    ...(targets.length === 0 ? [] : ['', '| gate | wanted | measured | met |', '|---|---:|---:|---|']),
    ...targets.map(targetLine),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
  ];
}

/** How far the machine was left alone: by the rounds of each contender, or by the load before where they are few. */
function steadiness({ conditions: { load, cores }, samples }: Section): string {
  const spreads = Object.values(samples)
    .filter(({ length }) => length > 3)
    .map(spread);
  const apart = median(spreads);
  const isKnown = spreads.length > 0;
  const words = isKnown ? `rounds ${Math.round(apart * 100)} % apart` : 'few rounds';
  const isDoubtful = isKnown ? apart > MOST_SPREAD : load > cores * MOST_LOAD_OF_CORES;
  return isDoubtful ? `**${words}: the figures are doubtful**` : words;
}

function tableLines({ caption, columns, rows }: Table): string[] {
  return [
    '',
    `${caption}:`,
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map((_, at) => (at === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.map(shown).join(' | ')} |`),
  ];
}

function targetLine(target: Target): string {
  const { text, value, atLeast, atMost } = target;
  const wanted = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  const isMeasured = value !== null && !Number.isNaN(value);
  const met = !isMeasured ? 'not measured' : isMet(value, target) ? 'yes' : '**no**';
  return `| ${text} | ${wanted} | ${shown(value)} | ${met} |`;
}

function isMet(value: number, { atLeast, atMost }: Target): boolean {
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}

function shown(cell: Cell): string {
  if (cell === null || Number.isNaN(cell)) return '–';
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return String(cell);
  return cell >= 100 ? String(Math.round(cell)) : String(Number(cell.toPrecision(3)));
}
