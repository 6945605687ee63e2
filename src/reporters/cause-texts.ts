import { type Cause, findCause } from '../report/causes.ts';
import type { Report } from '../report/report.ts';

/** Gives what a cause says and the next step, or null for a code that nothing is known of. */
export type CauseTexts = (code: string) => Pick<Cause, 'says' | 'nextStep'> | null;

/** The texts that the report itself has for its causes, and for the others those of the catalogue. */
export function causeTextsOf({ summary }: Report): CauseTexts {
  const own = new Map(summary.causes?.map((cause) => [cause.code, cause]));
  return (code) => own.get(code) ?? findCause(code);
}
