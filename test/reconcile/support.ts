import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SiteConnection } from '../../src/audit/identify-site.ts';
import { scan } from '../../src/audit/scan.ts';
import { summarize } from '../../src/audit/summarize.ts';
import { anonymousCredential, type Credential } from '../../src/auth/credential.ts';
import type { Clock } from '../../src/core/clock.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { SILENT } from '../../src/logger.ts';
import {
  type ExecuteContext,
  type ExecuteOptions,
  executePlan,
  type FixAction,
} from '../../src/reconcile/execute.ts';
import { createJournal } from '../../src/reconcile/journal.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { connectRegistry } from '../../src/registry/connect-registry.ts';
import { buildReport } from '../../src/report/build-report.ts';
import type { Plan } from '../../src/report/plan.ts';
import type { Report } from '../../src/report/report.ts';
import { makeTempDir } from '../support/temp-dir.ts';

export const CREATED_AT = '2026-11-21T23:58:44.120Z';

/** Real time, and pauses that end at once. */
export const FAST_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: async (_milliseconds, signal) => {
    await nextTurn();
    signal?.throwIfAborted();
  },
  random: () => 0.5,
};

export interface Sites {
  readonly primary: SiteConnection;
  readonly secondary: SiteConnection;
}

const open: Array<() => Promise<void>> = [];

/** Ends every connection made by `connect`, then every registry of `openPair`. */
export async function disconnectAll(): Promise<void> {
  await Promise.all(open.splice(0).map((close) => close()));
  await Promise.all(registries.splice(0).map((registry) => registry.close()));
}

const registries: EmbeddedRegistry[] = [];

/** Two empty embedded registries, and the connections to them; `disconnectAll` ends them. */
export async function openPair(): Promise<{
  readonly primary: EmbeddedRegistry;
  readonly secondary: EmbeddedRegistry;
  readonly sites: Sites;
}> {
  const primary = await startEmbeddedRegistry();
  const secondary = await startEmbeddedRegistry();
  registries.push(primary, secondary);
  const sites = { primary: connect(primary.url), secondary: connect(secondary.url, 'secondary') };
  return { primary, secondary, sites };
}

/** The digests that a repository's tags lead to, by name. */
export function tuples({ storage }: EmbeddedRegistry, path: string): Record<string, string> {
  const tags = storage.repositories.get(path)?.tags ?? new Map();
  return Object.fromEntries([...tags].map(([name, { link }]) => [name, link]).sort());
}

export function connect(
  url: string,
  site = 'primary',
  more: { credential?: Credential; retries?: number; concurrency?: number; timeoutMs?: number } = {},
): SiteConnection {
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  const concurrency = more.concurrency ?? 8;
  const connection = connectRegistry({
    url: base,
    credential: more.credential ?? anonymousCredential(),
    concurrency,
    ratePerSecond: null,
    retries: more.retries ?? 2,
    timeoutMs: more.timeoutMs ?? 20_000,
    clock: FAST_CLOCK,
    logger: SILENT,
    flag: (ending) => `--${site}-${ending}`,
  });
  open.push(connection.close);
  return { client: connection.client, url: base.href, concurrency };
}

/** Both sites as they are now. */
export async function scanNow(sites: Sites, paths: readonly string[]): Promise<Report> {
  const result = await scan(
    sites,
    paths,
    { clientPath: 'docker-v2', narrow: 'auto', settleSeconds: 0 },
    { clock: FAST_CLOCK },
  );
  const features = (site: (typeof result.sites)['primary']) => ({
    ...site,
    registry: { ...site.registry, features: [...site.registry.features] },
  });
  return buildReport({
    version: '1.0.0',
    run: {
      command: 'scan',
      startedAt: CREATED_AT,
      finishedAt: CREATED_AT,
      clientPath: result.clientPath,
      interrupted: result.interrupted,
      options: {},
    },
    sites: { primary: features(result.sites.primary), secondary: features(result.sites.secondary) },
    summary: summarize(result.repositories),
    repositories: [...result.repositories],
    fix: null,
  });
}

export interface FixRun {
  readonly plan: Plan;
  readonly actions: FixAction[];
  readonly after: Report;
  readonly journalFile: string;
}

/** Scans, plans, carries out and scans again. */
export async function fix(
  sites: Sites,
  paths: readonly string[],
  options: ExecuteOptions = {},
  context: Partial<ExecuteContext> = {},
): Promise<FixRun> {
  const plan = planReconcile(await scanNow(sites, paths), { createdAt: CREATED_AT });
  return { plan, ...(await apply(plan, sites, paths, options, context)) };
}

/** Carries out a plan with a new journal and scans again. */
export async function apply(
  plan: Plan,
  sites: Sites,
  paths: readonly string[],
  options: ExecuteOptions = {},
  context: Partial<ExecuteContext> = {},
): Promise<Omit<FixRun, 'plan'>> {
  const journalFile = `${makeTempDir('journal')}/journal.jsonl`;
  const journal =
    context.journal === undefined ? createJournal(journalFile, plan.planDigest) : context.journal;
  try {
    const actions = await executePlan(plan, sites, options, { clock: FAST_CLOCK, ...context, journal });
    return { actions, after: await scanNow(sites, paths), journalFile };
  } finally {
    journal?.close();
  }
}

/** `tag: outcome` of every action, to compare at a glance. */
export function outcomes(actions: readonly FixAction[]): Record<string, string> {
  return Object.fromEntries(actions.map(({ type, tag, outcome }) => [tag, `${type} ${outcome}`]));
}
