import { compareBytes } from '../core/byte-order.ts';
import type { CauseEvidence } from './cause-evidence.ts';
import { CAUSE_CODES } from './causes.ts';
import type { RepositoryReport } from './report.ts';

/**
 * A repository with further causes and what they rest on. Codes stand once and in the catalogue's order; what is
 * given replaces earlier evidence of the same code and site, so that adding twice changes nothing.
 */
export function addEvidence(repository: RepositoryReport, found: readonly CauseEvidence[]): RepositoryReport {
  if (found.length === 0) return repository;
  const byKey = new Map<string, CauseEvidence>();
  for (const one of [...(repository.evidence ?? []), ...found])
    byKey.set(`${one.code} ${one.site ?? ''}`, one);
  const evidence = [...byKey.values()].sort(
    (a, b) =>
      rank(a.code) - rank(b.code) || compareBytes(a.code, b.code) || compareBytes(a.site ?? '', b.site ?? ''),
  );
  const causes = [...new Set([...repository.causes, ...found.map(({ code }) => code)])].sort(
    (a, b) => rank(a) - rank(b) || compareBytes(a, b),
  );
  return { ...repository, causes, evidence };
}

/** Codes of another version stand last. */
function rank(code: string): number {
  const index = CAUSE_CODES.indexOf(code);
  return index < 0 ? CAUSE_CODES.length : index;
}
