import { isSchema1Type } from '../core/media-types.ts';
import { cannotBePulled } from '../report/deep.ts';
import { PLAN_KIND, type Plan, type PlanAction, planDigest } from '../report/plan.ts';
import { type Report, type RepositoryReport, SCHEMA_VERSION } from '../report/report.ts';
import type { TagReport } from '../report/tag-report.ts';
import { inDependencyOrder } from './plan-order.ts';

export interface PlanOptions {
  /** ISO time, for the plan's `createdAt`. */
  readonly createdAt: string;
  /** Plan no delete: such tags become `none`. */
  readonly noDelete?: boolean;
  /** Plan no copy: such tags become `none`. */
  readonly noCopy?: boolean;
}

/** Findings of a deep scan on a tag that matches: content is missing below it, so that its closure is copied again. */
const MISSING_CONTENT = ['BROKEN_INDEX', 'HOLLOW_MANIFEST', 'SUBJECT_MISSING'];

/** An action before it has its number. */
type Draft = PlanAction extends infer A ? (A extends { id: string } ? Omit<A, 'id'> : never) : never;

/**
 * What would bring the secondary to the primary's state, tag by tag: a pure function of the report. Tags that
 * match need nothing and are not in it; repositories without anything to say are left out.
 *
 * Order inside a repository: repairs of broken tags (a broken link makes every delete fail, `docs/facts.md` §6),
 * other copies in dependency order, deletes, and what is left alone with the reason. Nothing is deleted where
 * the report is INCOMPLETE.
 */
export function planReconcile(report: Report, options: PlanOptions): Plan {
  let id = 0;
  const repositories = report.repositories.flatMap((repository) => {
    const actions = draftsOf(repository, options).map(
      (draft): PlanAction => ({ id: String(++id), ...draft }) as PlanAction,
    );
    return actions.length === 0 ? [] : [{ path: repository.path, actions }];
  });
  const unsealed = {
    schemaVersion: SCHEMA_VERSION,
    kind: PLAN_KIND,
    createdAt: options.createdAt,
    reportDigest: report.reportDigest,
    sites: {
      primary: { url: report.sites.primary.url },
      secondary: { url: report.sites.secondary.url },
    },
    repositories,
  } as const;
  return { ...unsealed, planDigest: planDigest(unsealed) };
}

function draftsOf({ tags, verdict }: RepositoryReport, options: PlanOptions): Draft[] {
  const repairs: TagReport[] = [];
  const copies: TagReport[] = [];
  const deletes: Draft[] = [];
  const left: Draft[] = [];
  for (const tag of tags) {
    const need = needOf(tag);
    if (need === 'nothing') continue;
    if (need === 'copy' && options.noCopy) {
      left.push(none(tag, `${tag.status}: not copied, as asked (--no-copy)`));
    } else if (need === 'copy') {
      (tag.secondary.state === 'unresolvable' ? repairs : copies).push(tag);
    } else if (need === 'delete' && options.noDelete) {
      left.push(none(tag, `${tag.status}: not deleted, as asked (--no-delete)`));
    } else if (need === 'delete' && verdict === 'INCOMPLETE') {
      left.push(none(tag, `${tag.status}: not deleted, because the repository could not be read completely`));
    } else if (need === 'delete') {
      deletes.push({ type: 'delete', tag: tag.name, expects: digestOn(tag.secondary), reason: tag.status });
    } else left.push(none(tag, need.because));
  }
  return [...[...inDependencyOrder(repairs), ...inDependencyOrder(copies)].map(copy), ...deletes, ...left];
}

type Need = 'nothing' | 'copy' | 'delete' | { readonly because: string };

function needOf(tag: TagReport): Need {
  const { primary, secondary, status } = tag;
  switch (primary.state) {
    case 'absent':
      return secondary.state === 'absent' ? 'nothing' : 'delete';
    case 'unresolvable':
      return { because: `UNRESOLVABLE on primary: nothing to copy from (${primary.reason})` };
    case 'resolved': {
      // The primary's side alone: what it lacks itself cannot be had from it.
      if (cannotBePulled({ primary, secondary: { state: 'absent' } }))
        return { because: `${status}: content is missing on the primary: nothing to copy from` };
      const wanted = status !== 'MATCH' || missingContent(tag) !== undefined;
      if (!wanted) return 'nothing';
      return isSchema1Type(primary.mediaType)
        ? { because: `${status}: Docker schema 1 is left alone; rebuild the image with a current tool` }
        : 'copy';
    }
  }
}

function copy(tag: TagReport): Draft {
  const { name, primary, secondary, status } = tag;
  if (primary.state !== 'resolved') throw new TypeError(`${name} does not resolve on the primary`);
  const reason = status === 'MATCH' ? (missingContent(tag) ?? status) : status;
  return { type: 'copy', tag: name, digest: primary.digest, replaces: digestOn(secondary), reason };
}

function none(tag: TagReport, reason: string): Draft {
  return { type: 'none', tag: tag.name, reason };
}

function missingContent(tag: TagReport): string | undefined {
  return tag.causes.find((cause) => MISSING_CONTENT.includes(cause));
}

function digestOn(reading: TagReport['secondary']): string | null {
  return reading.state === 'resolved' ? reading.digest : null;
}
