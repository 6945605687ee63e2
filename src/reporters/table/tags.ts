import Table from 'cli-table3';
import { compareBytes } from '../../core/byte-order.ts';
import { isFinding } from '../../report/deep.ts';
import type { RepositoryReport } from '../../report/report.ts';
import type { Status, TagReport } from '../../report/tag-report.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { type Paint, painter } from '../paint.ts';
import { plural } from '../plural.ts';
import type { ReporterOptions } from '../reporter.ts';
import { noteWords, WORST_FIRST } from '../tag-words.ts';
import { wrapWords } from '../wrap-words.ts';
import { GAP, type Layout, layoutOf } from './layout.ts';

/** Rows shown of one repository without `--verbose`. */
const MOST_ROWS = 200;
/** Rows drawn at a time: a table of any length is never one string, and cli-table3 slows down with length. */
const ROWS_PER_CHUNK = 50;
const INDENT = '  ';

const STATUS_COLOR = {
  UNRESOLVABLE: 'red',
  MISMATCH: 'red',
  'PRIMARY-ONLY': 'yellow',
  'SECONDARY-ONLY': 'yellow',
  MATCH: 'green',
} as const satisfies Record<Status, Parameters<Paint>[0]>;

/** The table of one repository's tags: what is not MATCH or cannot be pulled, worst first; with `verbose` every tag. */
export function* tagTable(repository: RepositoryReport, options: ReporterOptions): Generator<string> {
  const wanted = worstFirst(repository, options.verbose);
  if (wanted.length === 0) return;
  const shown = options.verbose ? wanted : wanted.slice(0, MOST_ROWS);
  const width = options.width === null ? null : options.width - INDENT.length;
  const layout = layoutOf(shown, width);
  yield '\n';
  yield headText(layout);
  for (let start = 0; start < shown.length; start += ROWS_PER_CHUNK) {
    yield rowsText(shown.slice(start, start + ROWS_PER_CHUNK), layout, options);
  }
  const left = wanted.length - shown.length;
  if (left > 0) {
    const more = `${INDENT}… and ${plural(left, 'more tag')} not MATCH: report.json has them all, and --verbose shows them.`;
    yield `${wrapWords(more, options.width, INDENT)}\n`;
  }
}

function worstFirst({ tags, causes, counts }: RepositoryReport, verbose: boolean): TagReport[] {
  // A repository in which all is well costs no walk: what makes a matching tag a finding is a cause as well.
  if (!verbose && causes.length === 0 && counts.MATCH === counts.total) return [];
  const shown = tags.filter((tag) => verbose || isFinding(tag));
  return WORST_FIRST.flatMap((status) =>
    shown.filter((tag) => tag.status === status).sort((a, b) => compareBytes(a.name, b.name)),
  );
}

function headText(layout: Layout): string {
  const rule = layout.columns.map((column) => '─'.repeat(column.width));
  return lined(linesOf([layout.columns.map((column) => column.head), rule], layout));
}

function rowsText(tags: readonly TagReport[], layout: Layout, options: ReporterOptions): string {
  const paint = painter(options.color);
  const rows = tags.map((tag) =>
    layout.columns.map((column, index) => {
      const cell = column.cell(tag);
      return index === 0 ? paint(STATUS_COLOR[tag.status], cell) : cell;
    }),
  );
  const lines = linesOf(rows, layout);
  // Without a notes column every row is one line, so that lines and tags go together.
  return lined(
    layout.notesBelow ? lines.flatMap((line, index) => [line, ...below(tags[index], options)]) : lines,
  );
}

function below(tag: TagReport | undefined, options: ReporterOptions): string[] {
  const notes = tag === undefined ? [] : noteWords(tag).map((note) => escapeTerminal(note));
  if (notes.length === 0) return [];
  return wrapWords(
    `    ${notes.join(', ')}`,
    options.width === null ? null : options.width - INDENT.length,
    '    ',
  ).split('\n');
}

function linesOf(rows: string[][], layout: Layout): string[] {
  const table = new Table({
    chars: BORDERLESS,
    // Emptied: cli-table3 colours heads and borders even into a pipe.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: layout.columns.map((column) => column.width),
  });
  for (const row of rows) table.push(row);
  return table.toString().split('\n');
}

function lined(lines: readonly string[]): string {
  return lines.map((line) => `${INDENT}${line}`.trimEnd().concat('\n')).join('');
}

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};
