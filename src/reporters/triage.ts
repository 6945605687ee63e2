import { escapeJsonText } from '../core/unsafe-text.ts';
import type { KnownCount, NamedThings, TriageResult, UnknownCount } from '../gitlab/import-log.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { plural } from './plural.ts';
import { wrapWords } from './wrap-words.ts';

/** What the procedure asks for when a failure is none of the known ones (`docs/cases/import-failures.md`). */
const STOP = 'stop: disable container_registry_migration_phase2_enabled and report';

/** Names shown of each list; the JSON has more. */
const SHOWN = 10;
const LONGEST_LINE = 1000;

/** The formats of `triage`. */
export type TriageFormat = 'table' | 'json';

/** Every format of `triage`; pure, as the reporters of a report are. */
export const TRIAGE_REPORTERS = { table: triageTable, json: triageJson } as const satisfies Record<
  TriageFormat,
  (result: TriageResult, width: number | null) => Iterable<string>
>;

/** The triage as data, with a `kind` and a version of its own. */
function* triageJson(result: TriageResult): Generator<string> {
  const verdict = result.unknownFailures > 0 ? 'STOP' : 'KNOWN';
  const whole = { schemaVersion: 1, kind: 'triage', verdict, ...result };
  yield `${escapeJsonText(JSON.stringify(whole, null, 2))}\n`;
}

/** The triage for people: what is unknown first, then the known failures with what repairs them. */
function* triageTable(result: TriageResult, width: number | null): Generator<string> {
  const line = (text: string, indent = '') =>
    `${wrapWords(indent + escapeTerminal(text, LONGEST_LINE), width, `${indent}  `)}\n`;
  const { known, unknown, unknownFailures, failures } = result;
  if (result.interrupted) yield line('INTERRUPTED: this is what was read until then');
  yield line(
    `${plural(result.lines, 'line')} read: ${plural(failures, 'import failure')}, ${failures - unknownFailures} known, ${unknownFailures} unknown${result.cutLines > 0 ? `; ${plural(result.cutLines, 'line')} longer than 64 KiB, of which the beginning was read` : ''}`,
  );
  if (unknownFailures > 0) yield* unknownTexts(unknown, unknownFailures, line);
  for (const failure of known) if (failure.count > 0) yield* knownTexts(failure, line);
  if (unknownFailures > 0)
    yield `\n${line(STOP.toUpperCase().replace(/CONTAINER_\w+/, (flag) => flag.toLowerCase()))}`;
  else
    yield `\n${line(failures === 0 ? 'No import failed in this log.' : 'Every failure is a known one: the rollout may go on.')}`;
}

type Line = (text: string, indent?: string) => string;

function* unknownTexts(unknown: readonly UnknownCount[], total: number, line: Line): Generator<string> {
  yield `\n${line(`UNKNOWN  ${plural(total, 'failure')}`)}`;
  for (const { count, message, firstLine, repositories, digests } of unknown) {
    yield line(`${count} x, first on line ${firstLine}: ${message}`, '  ');
    yield* namesTexts(repositories, digests, line);
  }
  const listed = unknown.reduce((sum, { count }) => sum + count, 0);
  if (listed < total) yield line(`and ${plural(total - listed, 'failure')} of other kinds`, '  ');
}

function* knownTexts(failure: KnownCount, line: Line): Generator<string> {
  const { id, issue, count, says, repair, cause, repositories, digests } = failure;
  yield `\n${line(`${id}  ${plural(count, 'failure')}${issue === null ? '' : `  (${issue})`}`)}`;
  yield line(`${says}${cause === null ? '' : ` In a scan with --deep look for ${cause}.`}`, '  ');
  yield line(`repair: ${repair}`, '  ');
  yield* namesTexts(repositories, digests, line);
}

function* namesTexts(repositories: NamedThings, digests: NamedThings, line: Line): Generator<string> {
  const lists = [
    ['repositories', repositories],
    ['digests', digests],
  ] as const;
  for (const [title, { names, more }] of lists) {
    if (names.length === 0) continue;
    const left = names.length - SHOWN;
    const rest = left <= 0 && !more ? '' : ` and ${more ? 'at least ' : ''}${Math.max(left, 1)} more`;
    yield line(`${title}: ${names.slice(0, SHOWN).join(', ')}${rest}`, '  ');
  }
}
