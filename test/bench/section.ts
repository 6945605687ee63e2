import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conditions } from './environment.ts';

/** A cell: a number is rounded when it is shown; null is "does not apply". */
type Cell = string | number | null;

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What an issue asks for, with what came out. */
export interface Target {
  readonly text: string;
  /** NaN where nothing could be measured (a peer is missing). */
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One section's results, as they are kept in `bench.json`. */
export interface Section {
  readonly title: string;
  readonly conditions: Conditions;
  readonly rounds: number;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
  /** Every sample of every contender, seconds. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

export const SECTIONS = ['copy', 'scan', 'null', 'start'] as const;
export type SectionName = (typeof SECTIONS)[number];

const DIRECTORY = join(import.meta.dirname, '..', '..', 'reports', 'bench');
const JSON_FILE = join(DIRECTORY, 'bench.json');

/** Puts a section's results into `reports/bench/`; those of the sections that did not run stay as they are. */
export function writeSection(name: SectionName, section: Section): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const sections = { ...readSections(), [name]: section };
  const ordered = SECTIONS.flatMap((key) =>
    sections[key] === undefined ? [] : [[key, sections[key]] as const],
  );
  writeFileSync(JSON_FILE, `${JSON.stringify(Object.fromEntries(ordered), rounded, 2)}\n`);
  writeFileSync(join(DIRECTORY, 'bench.md'), markdown(ordered.map(([, value]) => value)));
}

/** True when the figure is what was asked for. */
function isMet({ value, atLeast, atMost }: Target): boolean {
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}

function readSections(): Partial<Record<SectionName, Section>> {
  try {
    return JSON.parse(readFileSync(JSON_FILE, 'utf8'));
  } catch {
    // None yet, or one that was not written to its end: what runs now is written anew.
    return {};
  }
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

function markdown(sections: readonly Section[]): string {
  const intro = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Client and servers share one machine, so ratios carry over to others and seconds do',
    'not. Contenders take turns (A B C A B C); a figure is the median over the rounds, a ratio the median of the',
    "rounds' ratios. CPU seconds are those of the client's processes.",
  ];
  return `${[...intro, ...sections.flatMap(sectionLines)].join('\n')}\n`;
}

function sectionLines(section: Section): string[] {
  const { measuredAt, cores, processor, memoryGiB, load, versions } = section.conditions;
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '',
    `## ${section.title}`,
    '',
    `${measuredAt.slice(0, 10)}, ${section.rounds} rounds, ${cores} cores (${processor}), ${memoryGiB} GiB, load at the start ${load}`,
    `(${load > cores / 2 ? '**busy: the figures are doubtful**' : 'quiet'}); ${tools.join(', ')}.`,
    ...section.tables.flatMap(tableLines),
    ...(section.targets.length === 0 ? [] : ['', '| asked for | measured | |', '|---|---:|---|']),
    ...section.targets.map(targetLine),
    ...(section.notes.length === 0 ? [] : ['', ...section.notes.map((note) => `- ${note}`)]),
  ];
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
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  const verdict = Number.isNaN(value) ? 'not measured' : isMet(target) ? 'met' : '**not met**';
  return `| ${text} ${bound} | ${shown(value)} | ${verdict} |`;
}

function shown(cell: Cell): string {
  if (cell === null || Number.isNaN(cell)) return '–';
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell)) return String(cell);
  return cell >= 100 ? String(Math.round(cell)) : String(Number(cell.toPrecision(3)));
}
