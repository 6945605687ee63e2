import { AuthError, GuardError, UsageError } from '../errors.ts';
import type { Report, Site } from '../report/report.ts';

/** The exit codes, as scripts rely on them; the table in the README and `--help` say the same in words. */
export const EXIT = {
  inSync: 0,
  differences: 1,
  incomplete: 2,
  usage: 3,
  auth: 4,
  guard: 5,
  interrupted: 130,
} as const;

/** What each code means, for `--help`. */
export const EXIT_MEANINGS = [
  '0   in sync',
  '1   differences: a tag that is not MATCH, or checksums that differ',
  '2   incomplete: something could not be read, or an action failed',
  '3   usage or configuration error',
  '4   a site refuses the credential as a whole',
  '5   a guard refused to go on',
  '130 interrupted',
] as const;

/** The code of a report: interrupted, then refused, then incomplete, then different. */
export function exitCodeOf(report: Report, refused: readonly Site[] = []): number {
  if (report.run.interrupted) return EXIT.interrupted;
  if (refused.length > 0) return EXIT.auth;
  switch (report.summary.verdict) {
    case 'INCOMPLETE':
      return EXIT.incomplete;
    case 'OUT-OF-SYNC':
      return EXIT.differences;
    case 'IN-SYNC':
      return EXIT.inSync;
  }
}

/** The code of an error that ended the run. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof AuthError) return EXIT.auth;
  if (error instanceof GuardError) return EXIT.guard;
  return EXIT.incomplete;
}
