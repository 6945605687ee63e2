import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Conditions } from './environment.ts';
import { markdownOf } from './section-markdown.ts';

/** A cell: a number is rounded when it is shown; null is "does not apply". */
export type Cell = string | number | null;

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What is asked for, with what came out. */
export interface Target {
  readonly text: string;
  /** NaN where nothing could be measured (a peer is missing); null once it was kept. */
  readonly value: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** It is one of those that "done" depends on: it stands in the table at the top. */
  readonly isGate?: boolean;
}

/** One section's results, as they are kept in `bench.json`. */
export interface Section {
  readonly title: string;
  readonly conditions: Conditions;
  readonly rounds: number;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
  /** Every sample of every contender, seconds unless its name says other. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** File of the same directory with a picture of the results. */
  readonly picture?: string;
}

const SECTIONS = ['copy', 'scan', 'apart', 'null', 'link', 'v1', 'memory', 'resume', 'start'] as const;
type SectionName = (typeof SECTIONS)[number];

/** `BENCH_OUT`, or `reports/bench`: trials at other sizes leave the committed results alone. */
const DIRECTORY = process.env.BENCH_OUT || join(import.meta.dirname, '..', '..', 'reports', 'bench');
const JSON_FILE = join(DIRECTORY, 'bench.json');

/** Puts a section's results into the directory; those of the sections that did not run stay as they are. */
export function writeSection(name: SectionName, section: Section): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const sections = { ...readSections(), [name]: section };
  const ordered = SECTIONS.flatMap((key) =>
    sections[key] === undefined ? [] : [[key, sections[key]] as const],
  );
  writeFileSync(JSON_FILE, `${JSON.stringify(Object.fromEntries(ordered), rounded, 2)}\n`);
  writeFileSync(join(DIRECTORY, 'bench.md'), markdownOf(ordered.map(([, value]) => value)));
}

/** Puts a picture beside the results and gives its name. */
export function writePicture(name: string, svg: string): string {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, name), svg);
  return name;
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
