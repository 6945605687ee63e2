import { type CauseEvidence, NAMED_TAGS } from './cause-evidence.ts';
import type { CauseCode } from './causes.ts';
import type { FixReport, RepositoryReport } from './report.ts';

type FixAction = FixReport['actions'][number];

/** A push that was refused with 405 or 503, as the details of actions word it. */
const REFUSED_WRITE = /could not (begin an upload|upload a blob|push)\b.*: HTTP (405|503)\b/;

/** Each cause of a write that did not go as planned, and the test of one action's outcome for it. */
const RULES: readonly (readonly [CauseCode, (action: FixAction) => boolean])[] = [
  [
    'DELETE_DISABLED',
    ({ type, outcome, detail }) =>
      type === 'delete' && outcome === 'failed' && /DELETE_DISABLED|HTTP 405 UNSUPPORTED/.test(detail),
  ],
  [
    'TAG_DELETE_UNSUPPORTED',
    ({ type, detail }) => type === 'delete' && /TAG_DELETE_UNSUPPORTED|deleted by a placeholder/.test(detail),
  ],
  [
    'REGISTRY_READ_ONLY',
    ({ outcome, detail }) =>
      outcome === 'failed' && (/REGISTRY_READ_ONLY/.test(detail) || REFUSED_WRITE.test(detail)),
  ],
];

/** What a fix found out about the secondary, by repository: only on what an action's own detail says. */
export function fixCauses(fix: FixReport): Map<string, CauseEvidence[]> {
  const byPath = new Map<string, FixAction[]>();
  for (const action of fix.actions) {
    const actions = byPath.get(action.repository);
    if (actions === undefined) byPath.set(action.repository, [action]);
    else actions.push(action);
  }
  const found = new Map<string, CauseEvidence[]>();
  for (const [path, actions] of byPath) {
    const evidence = RULES.flatMap(([code, holds]): CauseEvidence[] => {
      const carrying = actions.filter(holds);
      const [first] = carrying;
      if (first === undefined) return [];
      const tags = carrying.slice(0, NAMED_TAGS).map(({ tag }) => tag);
      return [
        {
          code,
          site: 'secondary',
          count: carrying.length,
          tags,
          detail: `${first.type} ${first.tag}: ${first.detail}`,
        },
      ];
    });
    // A registry that takes no writes refuses deletes as well, whatever its configuration of them.
    const isReadOnly = evidence.some(({ code }) => code === 'REGISTRY_READ_ONLY');
    const kept = isReadOnly ? evidence.filter(({ code }) => code !== 'DELETE_DISABLED') : evidence;
    if (kept.length > 0) found.set(path, kept);
  }
  return found;
}

/** What a fix found out, without what the reading after it speaks against: what answers no reads is not read-only. */
export function stillHolding(
  found: readonly CauseEvidence[],
  { errors }: Pick<RepositoryReport, 'errors'>,
): readonly CauseEvidence[] {
  const isUnread = errors.some(({ site }) => site === 'secondary');
  return isUnread ? found.filter(({ code }) => code !== 'REGISTRY_READ_ONLY') : found;
}
