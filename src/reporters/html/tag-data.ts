import { isFinding } from '../../report/deep.ts';
import type { Report, Site } from '../../report/report.ts';
import { STATUSES, type TagReport } from '../../report/tag-report.ts';
import { causeTextsOf } from '../cause-texts.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { inOrder } from '../next-steps.ts';
import { kindWords, MARKS, WORST_FIRST } from '../tag-words.ts';
import { escapeScriptJson } from './escape-html.ts';
import { groupOf, groupWords } from './group-tags.ts';

type Reading = TagReport['primary'];

/**
 * The tags as JSON for the page's script, in chunks: 100,000 tags stay a small file because what repeats
 * (repositories, kinds, media types, causes) stands once in a list and is named by its index.
 * All text is display text already, so that the page has no escaping to get wrong. The shape:
 *
 * - `tags`: `[repository, name, status, kind, narrowStatus, flags, group, causes, primary, secondary]`
 * - a reading: `0` absent; `[digest, mediaType, narrow]`; `[null, http status, reason, narrow]`
 * - narrow: `0` not read; `1` the same as wide; a digest; or the HTTP status (or `"none"`) of an unresolvable one
 * - flags: 1 skipped silently, 2 not known whether skipped, 4 unstable, 8 something to act on
 */
export function* tagData(report: Report): Generator<string> {
  const lists = { kinds: new Strings(), types: new Strings(), causes: new Strings() };
  yield '{"tags":[';
  let separator = '\n';
  let index = 0;
  for (const repository of report.repositories) {
    for (const tag of repository.tags) {
      yield separator + jsonOf(rowOf(index, tag, lists));
      separator = ',\n';
    }
    index++;
  }
  const textsOf = causeTextsOf(report);
  const codes = lists.causes.values;
  const order = [...inOrder(codes.filter((code) => code === code.toUpperCase())), 'unexplained', 'matching'];
  const rest = codes.filter((code) => !order.includes(code));
  yield `\n],"repositories":${jsonOf(report.repositories.map(({ path }) => escapeTerminal(path)))}`;
  yield `,"statuses":${jsonOf(WORST_FIRST)},"marks":${jsonOf(WORST_FIRST.map((status) => MARKS[status]))}`;
  yield `,"narrowStatuses":${jsonOf(STATUSES)}`;
  yield `,"kinds":${jsonOf(lists.kinds.values)},"types":${jsonOf(lists.types.values)}`;
  yield `,"causes":${jsonOf(codes.map((code) => escapeTerminal(code)))}`;
  yield `,"says":${jsonOf(codes.map((code) => groupWords(code, textsOf)))}`;
  yield `,"groupOrder":${jsonOf([...rest, ...order].flatMap((code) => (codes.includes(code) ? [codes.indexOf(code)] : [])))}}`;
}

interface Lists {
  readonly kinds: Strings;
  readonly types: Strings;
  readonly causes: Strings;
}

function rowOf(repository: number, tag: TagReport, { kinds, types, causes }: Lists): unknown[] {
  const flags =
    (tag.silentlySkipped ? 1 : 0) +
    (tag.silentlySkipped === null ? 2 : 0) +
    (tag.unstable ? 4 : 0) +
    (isFinding(tag) ? 8 : 0);
  return [
    repository,
    escapeTerminal(tag.name),
    WORST_FIRST.indexOf(tag.status),
    kinds.indexOf(kindWords(tag)),
    tag.narrowStatus === null ? -1 : STATUSES.indexOf(tag.narrowStatus),
    flags,
    causes.indexOf(groupOf(tag)),
    tag.causes.map((code) => causes.indexOf(code)),
    readingOf(tag.primary, types),
    readingOf(tag.secondary, types),
  ];
}

function readingOf(reading: TagReport[Site], types: Strings): unknown {
  if (reading.state === 'absent') return 0;
  const narrow = narrowOf(reading);
  if (reading.state === 'resolved') {
    return [reading.digest, types.indexOf(escapeTerminal(reading.mediaType ?? 'no media type')), narrow];
  }
  const code = reading.code === null ? '' : `${reading.code}: `;
  return [null, reading.status, escapeTerminal(code + reading.reason), narrow];
}

function narrowOf(reading: Exclude<Reading, { state: 'absent' }>): unknown {
  const { narrow } = reading;
  if (narrow === null) return 0;
  if (narrow.state === 'unresolvable') return narrow.status ?? 'none';
  return narrow.digest === reading.digest ? 1 : narrow.digest;
}

function jsonOf(value: unknown): string {
  return escapeScriptJson(JSON.stringify(value));
}

/** Strings, each once, by their index. */
class Strings {
  readonly #indices = new Map<string, number>();

  indexOf(text: string): number {
    const known = this.#indices.get(text);
    if (known !== undefined) return known;
    this.#indices.set(text, this.#indices.size);
    return this.#indices.size - 1;
  }

  get values(): string[] {
    return [...this.#indices.keys()];
  }
}
