import type { Check, CheckResult } from '../audit/doctor/check.ts';
import type { DoctorResult } from '../audit/doctor/doctor.ts';
import { escapeJsonText } from '../core/unsafe-text.ts';
import { columnsOf, escapeTerminal } from '../reporters/escape-terminal.ts';
import { painter } from '../reporters/paint.ts';
import { plural } from '../reporters/plural.ts';
import { wrapWords } from '../reporters/wrap-words.ts';

const LONGEST_LINE = 2000;
const GAP = '  ';

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red', skipped: 'dim', unknown: 'yellow' } as const;
const WIDEST_RESULT = 'unknown'.length;

const VERDICTS = {
  OK: 'OK: nothing stands in the way of a run',
  REFUSED: 'REFUSED: a site refuses the credential (TOKEN_REFUSED)',
  FAILED: 'FAILED: something is wrong',
} as const satisfies Record<DoctorResult['verdict'], string>;

const WITHOUT_CREDENTIAL = 'REFUSED: a site wants a credential, and none was given (TOKEN_REFUSED)';

/** The result as JSON: `{schemaVersion, kind, verdict, sites, others}`. */
export function* doctorJson(result: DoctorResult): Generator<string> {
  const { verdict, sites, others } = result;
  const whole = { schemaVersion: 1, kind: 'doctor', verdict, sites, others };
  yield `${escapeJsonText(JSON.stringify(whole, null, 2))}\n`;
}

/**
 * The result for people: a line a check, what to do below it, and the verdict in words at the end. What was
 * tried is shown where something is wrong. Text from outside is escaped.
 */
export function* doctorTable(
  { verdict, sites, others }: DoctorResult,
  options: { readonly color: boolean; readonly width: number | null; readonly verbose: boolean },
): Generator<string> {
  const paint = painter(options.color);
  const all = [...sites.flatMap(({ checks }) => checks), ...others];
  const titleWidth = Math.max(0, ...all.map(({ title }) => columnsOf(escapeTerminal(title, 40))));
  const indent = ' '.repeat(WIDEST_RESULT + GAP.length + titleWidth + GAP.length);
  const prose = (text: string) => wrapWords(escapeTerminal(text, LONGEST_LINE), options.width, indent);

  function* lines(checks: readonly Check[]): Generator<string> {
    for (const one of checks) {
      const title = escapeTerminal(one.title, 40);
      const cause = one.cause === null ? '' : `${one.cause}: `;
      const head = `${one.result.padEnd(WIDEST_RESULT)}${GAP}${title}${' '.repeat(titleWidth - columnsOf(title))}${GAP}`;
      const line = prose(`${head}${cause}${one.detail}`);
      yield `${paint(COLORS[one.result], line.slice(0, WIDEST_RESULT))}${line.slice(WIDEST_RESULT)}\n`;
      if (options.verbose || isTrouble(one.result)) yield `${prose(`${indent}tried: ${one.tried}`)}\n`;
      if (one.nextStep !== null) yield `${prose(`${indent}next: ${one.nextStep}`)}\n`;
    }
  }

  for (const { name, url, checks } of sites) {
    yield `${paint('bold', `${name}  ${escapeTerminal(url)}`)}\n`;
    yield* lines(checks);
    yield '\n';
  }
  if (others.length > 0) {
    yield `${paint('bold', sites.length > 1 ? 'both sites' : 'besides')}\n`;
    yield* lines(others);
    yield '\n';
  }
  const counts = (['fail', 'warn', 'unknown'] as const).flatMap((result) => {
    const count = all.filter((one) => one.result === result).length;
    return count === 0 ? [] : [`${count} ${result}`];
  });
  const words = verdict === 'REFUSED' && isWithoutCredential(sites) ? WITHOUT_CREDENTIAL : VERDICTS[verdict];
  yield `${paint('bold', words)}\n${plural(all.length, 'check')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}\n`;
}

/** No site refuses a credential that it was shown. */
function isWithoutCredential(sites: DoctorResult['sites']): boolean {
  return sites
    .filter(({ checks }) =>
      checks.some(({ result, cause }) => result === 'fail' && cause === 'TOKEN_REFUSED'),
    )
    .every(({ checks }) => checks.some(({ id, result }) => id === 'credential' && result === 'warn'));
}

function isTrouble(result: CheckResult): boolean {
  return result === 'fail' || result === 'warn';
}
