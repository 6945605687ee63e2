import type { TagReport } from '../../report/tag-report.ts';
import { columnsOf, escapeTerminal } from '../escape-terminal.ts';
import { kindWords, MARKS, noteWords, readingWords } from '../tag-words.ts';

/** The space between two columns. */
export const GAP = 2;
/** From here on digests may carry their `sha256:`. */
const WIDE_ENOUGH_FOR_PREFIX = 130;
/** Below this many columns the kind of manifest is left out, and notes go below their row. */
const NARROW_TERMINAL = 100;
/** A terminal is taken to be this wide at least; a narrower one wraps. */
const NARROWEST = 72;
const SHORTEST_TAG = 10;
const LONGEST_TAG = 40;
const SHORTEST_NOTES = 28;
/** The grammar's limit, which a registry need not keep. */
const LONGEST_TAG_IN_FILE = 128;

/** A column of the tag table. */
export interface Column {
  /** The heading; two lines at most. */
  readonly head: string;
  readonly cell: (tag: TagReport) => string;
  readonly width: number;
}

/** How the tags of one repository are laid out in the width there is. */
export interface Layout {
  readonly columns: readonly Column[];
  /** Where notes have no room for a column, they stand below their row. */
  readonly notesBelow: boolean;
}

/**
 * Fits the columns into the width by what the tags need: first the `sha256:` goes, then notes move below
 * their row and the kind goes, at last tag names are cut. In a file (`width` null) nothing of that is done.
 */
export function layoutOf(tags: readonly TagReport[], width: number | null): Layout {
  const longestTag = longest(tags, 'tag', (tag) => tagCell(tag, LONGEST_TAG_IN_FILE));
  const longestNote = longest(tags, 'notes', (tag) => noteWords(tag).join(', '));
  for (const prefix of [true, false]) {
    if (width !== null && width < (prefix ? WIDE_ENOUGH_FOR_PREFIX : NARROW_TERMINAL)) continue;
    const fixed = measured(tags, draftsFor(prefix, true));
    const tagWidth = width === null ? longestTag : Math.min(longestTag, LONGEST_TAG);
    const room = width === null ? longestNote : width - widthOf(fixed) - tagWidth - GAP;
    if (room < Math.min(SHORTEST_NOTES, longestNote)) continue;
    const notesWidth = Math.min(longestNote, room);
    const notes = { head: 'notes', cell: (tag: TagReport) => packNotes(tag, notesWidth), width: notesWidth };
    return { columns: [...withTag(fixed, tagWidth), notes], notesBelow: false };
  }
  const available = Math.max(width ?? 0, NARROWEST);
  const fixed = measured(tags, draftsFor(available >= WIDE_ENOUGH_FOR_PREFIX, available >= NARROW_TERMINAL));
  const tagWidth = Math.max(SHORTEST_TAG, Math.min(longestTag, available - widthOf(fixed)));
  return { columns: withTag(fixed, tagWidth), notesBelow: true };
}

function longest(tags: readonly TagReport[], head: string, cell: Column['cell']): number {
  let columns = Math.max(...head.split('\n').map((line) => line.length));
  for (const tag of tags) columns = Math.max(columns, columnsOf(cell(tag)));
  return columns;
}

function measured(tags: readonly TagReport[], drafts: readonly Omit<Column, 'width'>[]): Column[] {
  return drafts.map((draft) => ({ ...draft, width: longest(tags, draft.head, draft.cell) }));
}

/** With the gap after each: another column always follows. */
function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width + GAP, 0);
}

function draftsFor(prefix: boolean, kind: boolean): Omit<Column, 'width'>[] {
  return [
    { head: 'status', cell: (tag) => `${MARKS[tag.status]} ${tag.status}` },
    { head: prefix ? 'primary' : 'primary\nsha256:', cell: (tag) => readingWords(tag.primary, prefix) },
    { head: prefix ? 'secondary' : 'secondary\nsha256:', cell: (tag) => readingWords(tag.secondary, prefix) },
    ...(kind ? [{ head: 'kind', cell: kindWords }] : []),
    { head: 'Geo sees\n(narrow)', cell: (tag) => tag.narrowStatus ?? 'not read' },
  ];
}

function withTag(columns: Column[], width: number): Column[] {
  const [status, ...rest] = columns;
  const tag = { head: 'tag', cell: (one: TagReport) => tagCell(one, width), width };
  return status === undefined ? [tag] : [status, tag, ...rest];
}

function tagCell(tag: TagReport, limit: number): string {
  return escapeTerminal(tag.name, limit);
}

/** Notes broken into lines between two notes, never inside one unless it alone is too long. */
function packNotes(tag: TagReport, width: number): string {
  const lines: string[] = [];
  for (const note of noteWords(tag)) {
    const safe = escapeTerminal(note, Math.min(width, 500));
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 2 + columnsOf(safe) <= width) {
      lines[lines.length - 1] = `${last}, ${safe}`;
    } else {
      lines.push(safe);
    }
  }
  return lines.join('\n');
}
