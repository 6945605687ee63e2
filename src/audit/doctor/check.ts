/** What a check came to. `skipped`: it does not apply, or what it builds on failed; `unknown`: it cannot be known. */
export type CheckResult = 'ok' | 'warn' | 'fail' | 'skipped' | 'unknown';

/** One check of a site, in words for the one who has to mend it. */
export interface Check {
  /** Stable, for scripts: `tls`, `token-accepted`, … */
  readonly id: string;
  readonly title: string;
  /** What was done, e.g. `GET https://registry.example.com/v2/`. */
  readonly tried: string;
  readonly result: CheckResult;
  /** What came of it. */
  readonly detail: string;
  /** What to do, in the user's world; null when nothing is to be done. */
  readonly nextStep: string | null;
  /** A code of the catalogue of causes (`TOKEN_REFUSED`, `CLIENT_PATH_ASYMMETRY`), or null. */
  readonly cause: 'TOKEN_REFUSED' | 'CLIENT_PATH_ASYMMETRY' | null;
}

/** The outcome part of a check. */
export type Outcome = Pick<Check, 'result' | 'detail'> & Partial<Pick<Check, 'nextStep' | 'cause'>>;

/** The fixed part of a check. */
export type Subject = Pick<Check, 'id' | 'title' | 'tried'>;

/** Puts a check together. */
export function check(subject: Subject, outcome: Outcome): Check {
  return { ...subject, nextStep: null, cause: null, ...outcome };
}

/** The site was not reached, so that nothing further can be said. */
export const NOT_REACHED: Outcome = { result: 'skipped', detail: 'the site was not reached' };
/** The site lets nobody in with this credential. */
export const NOT_LET_IN: Outcome = { result: 'skipped', detail: 'the site did not let us in' };
