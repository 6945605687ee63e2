import type { SiteConnection } from '../audit/identify-site.ts';
import { withoutEndingSlashes } from '../core/slashes.ts';
import { AuditError, GuardError } from '../errors.ts';
import { type Plan, planDigest } from '../report/plan.ts';
import { SITES, type Site } from '../report/report.ts';
import { ActionError } from './action-error.ts';
import { listedTags } from './delete-by-tag.ts';

export interface GuardOptions {
  /** The most deletes in one run. */
  readonly maxDelete: number;
  readonly allowEmptyPrimary: boolean;
  /** No delete will be carried out, so that none is counted. */
  readonly noDelete?: boolean;
}

/** What the guards need to know beside the plan. */
export interface GuardFacts {
  /** The URLs that this run will talk to, as reports show them. */
  readonly sites: Readonly<Record<Site, string>>;
  /** Repositories with planned deletes whose tag list is empty on the primary. */
  readonly emptyOnPrimary: readonly string[];
}

/**
 * Asks the primary for the tag lists that the guards are about: one request a repository with deletes. A list that
 * cannot be read stops nothing here: the deletes that rest on it fail by themselves, the other actions go on.
 *
 * @throws what the signal's end makes of a request
 */
export async function readGuardFacts(
  plan: Plan,
  sites: Readonly<Record<Site, SiteConnection>>,
  signal?: AbortSignal,
): Promise<GuardFacts> {
  const emptyOnPrimary: string[] = [];
  for (const { path, actions } of plan.repositories) {
    if (!actions.some(({ type }) => type === 'delete')) continue;
    try {
      const tags = await listedTags(sites.primary.client, path, 'primary', signal);
      if (tags.size === 0) emptyOnPrimary.push(path);
    } catch (error) {
      const isUnread = error instanceof ActionError || error instanceof AuditError;
      if (!isUnread || signal?.aborted) throw error;
    }
  }
  return { sites: { primary: sites.primary.url, secondary: sites.secondary.url }, emptyOnPrimary };
}

/**
 * The checks before the first write.
 *
 * Two sites count as the same registry when their URLs are equal but for case, scheme, a default port and
 * the closing slash. One registry under two names cannot be told so, and need not be: it never differs from itself.
 *
 * @throws GuardError that says which check refuses, and what to do
 */
export function checkGuards(plan: Plan, facts: GuardFacts, options: GuardOptions): void {
  if (planDigest(plan) !== plan.planDigest) {
    throw new GuardError('the plan was altered after it was made: its planDigest is another', {
      hint: 'Make a new plan from the report.',
    });
  }
  for (const site of SITES) {
    if (normalUrl(plan.sites[site].url) !== normalUrl(facts.sites[site])) {
      throw new GuardError(
        `the plan is for another ${site}: ${plan.sites[site].url}, and this run's is ${facts.sites[site]}`,
        { hint: 'Give the sites that the report was made from, or scan these.' },
      );
    }
  }
  if (registryOf(facts.sites.primary) === registryOf(facts.sites.secondary)) {
    throw new GuardError(`primary and secondary are the same registry (${facts.sites.primary})`, {
      hint: 'Check --primary-url and --secondary-url.',
    });
  }
  if (options.noDelete) return;
  const deletes = plan.repositories.flatMap(({ actions }) => actions).filter(({ type }) => type === 'delete');
  if (deletes.length > options.maxDelete) {
    throw new GuardError(
      `the plan deletes ${deletes.length} tags, and at most ${options.maxDelete} are allowed`,
      {
        hint: 'Look at the plan; raise --max-delete if that is meant, or use --no-delete.',
      },
    );
  }
  const [path] = facts.emptyOnPrimary;
  if (path !== undefined && !options.allowEmptyPrimary) {
    const more = facts.emptyOnPrimary.length - 1;
    throw new GuardError(
      `the primary lists no tag of ${path}${more > 0 ? ` (and of ${more} more)` : ''}, and the plan deletes the secondary's`,
      { hint: 'If the primary is meant to be empty there, say so with --allow-empty-primary.' },
    );
  }
}

function normalUrl(text: string): string {
  return URL.canParse(text) ? withoutEndingSlashes(new URL(text).href) : text;
}

function registryOf(text: string): string {
  if (!URL.canParse(text)) return text;
  const { host, pathname } = new URL(text);
  return `${host}${withoutEndingSlashes(pathname)}`;
}
