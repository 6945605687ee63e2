import { createAuthentication } from '../../auth/authenticate.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { createTransport } from '../../http/transport.ts';
import { checkAbilities, checkRepositories } from './abilities.ts';
import type { Check } from './check.ts';
import { checkEntry } from './enter.ts';
import { readFirstAnswer } from './first-answer.ts';
import { checkNotification, type NotificationTarget } from './notification.ts';
import { checkPair } from './pair.ts';
import { checkReach } from './reach.ts';
import type { ConnectedSite, DoctorContext, DoctorSite } from './site.ts';

/** Everything a doctor run found. */
export interface DoctorResult {
  /** `REFUSED`: a site refuses the credential; `FAILED`: something else is wrong; warnings are `OK`. */
  readonly verdict: 'OK' | 'REFUSED' | 'FAILED';
  readonly sites: ReadonlyArray<{
    readonly name: DoctorSite['name'];
    /** Without user info. */
    readonly url: string;
    readonly checks: readonly Check[];
  }>;
  /** What needs both sites, or neither. */
  readonly others: readonly Check[];
}

/** A doctor asks one thing at a time. */
const CONCURRENCY = 2;
/** A fault that goes away by itself is a fault to tell of. */
const RETRIES = 1;

/**
 * Examines one site or both, from the name to the rights. Nothing is written, but for an empty list of events
 * where a notification endpoint is given.
 *
 * @throws the signal's reason when it is aborted; nothing for what a site does
 */
export async function runDoctor(
  sites: readonly DoctorSite[],
  asked: { readonly repositories: readonly string[]; readonly notification: NotificationTarget | null },
  context: DoctorContext,
): Promise<DoctorResult> {
  const examined = await Promise.all(
    sites.map(async (site) => ({ site, ...(await examine(site, asked.repositories, context)) })),
  );
  const primary = examined.find(({ site }) => site.name === 'primary');
  const secondary = examined.find(({ site }) => site.name === 'secondary');
  const others = primary !== undefined && secondary !== undefined ? checkPair(primary, secondary) : [];
  const [first] = sites;
  if (asked.notification !== null && first !== undefined) {
    others.push(await notificationOf(first, asked.notification, context));
  }
  return {
    verdict: verdictOf([...examined.flatMap(({ checks }) => checks), ...others]),
    sites: examined.map(({ site, checks }) => ({ name: site.name, url: redactUrl(site.url), checks })),
    others,
  };
}

async function examine(
  site: DoctorSite,
  repositories: readonly string[],
  context: DoctorContext,
): Promise<{ checks: Check[]; gitlabV1: boolean | null }> {
  const { clock, logger, timeoutMs } = context;
  const reach = await checkReach(site, context);
  const limits = { concurrency: CONCURRENCY, ratePerSecond: null, retries: RETRIES };
  const transport = createTransport({ ...site, ...limits, timeoutMs, clock, logger });
  const { url: registry, credential } = site;
  const authenticate = createAuthentication({
    registry,
    credential,
    clock,
    sendToken: transport.send,
    log: logger,
  });
  const connected: ConnectedSite = {
    ...site,
    bare: transport.send,
    authenticated: authenticate(transport.send),
  };
  try {
    const isReachable = !reach.some(({ result }) => result === 'fail');
    const first = await readFirstAnswer(connected, isReachable, context);
    const entry = await checkEntry(connected, first, context);
    const scopes = await checkRepositories(connected, repositories, first.isRegistry, context);
    const abilities = await checkAbilities(connected, entry.isIn, context);
    const checks = [...reach, ...first.checks, ...entry.checks, ...scopes, ...abilities.checks];
    return { checks: publicRepositories(checks, site, repositories), gitlabV1: abilities.gitlabV1 };
  } finally {
    await transport.close();
  }
}

/** Without a credential a registry may refuse `/v2/` and still let public repositories be read. */
function publicRepositories(checks: Check[], site: DoctorSite, repositories: readonly string[]): Check[] {
  const scopes = checks.filter(({ id }) => id === 'scope');
  const isReadable = repositories.length > 0 && scopes.every(({ result }) => result === 'ok');
  if (site.credential.kind !== 'anonymous' || !isReadable) return checks;
  return checks.map((one) =>
    one.cause === 'TOKEN_REFUSED'
      ? {
          ...one,
          result: 'warn',
          cause: null,
          detail: `${one.detail}; the repositories named are public and can be read`,
        }
      : one,
  );
}

async function notificationOf(
  site: DoctorSite,
  target: NotificationTarget,
  { clock, logger, signal, timeoutMs }: DoctorContext,
): Promise<Check> {
  const { ca, rejectUnauthorized } = site.tls;
  const transport = createTransport({
    // A client certificate is for the registry alone.
    tls: { ...(ca !== undefined && { ca }), ...(rejectUnauthorized !== undefined && { rejectUnauthorized }) },
    proxy: site.proxy,
    flag: (ending) => (ending === 'url' ? '--notification-url' : site.flag(ending)),
    concurrency: 1,
    ratePerSecond: null,
    retries: 0,
    timeoutMs,
    clock,
    logger,
  });
  try {
    return await checkNotification(transport.send, target, signal);
  } finally {
    await transport.close();
  }
}

function verdictOf(checks: readonly Check[]): DoctorResult['verdict'] {
  const failed = checks.filter(({ result }) => result === 'fail');
  // A repository that is not for this user is no refusal of the site as a whole, as in a scan.
  if (failed.some(({ id, cause }) => cause === 'TOKEN_REFUSED' && id !== 'scope')) return 'REFUSED';
  return failed.length > 0 ? 'FAILED' : 'OK';
}
