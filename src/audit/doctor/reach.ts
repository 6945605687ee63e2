import { isIP } from 'node:net';
import { messageOf, TransportError } from '../../errors.ts';
import { probeTcp, probeTls, type TlsFacts, targetOf } from '../../http/probe-socket.ts';
import { proxyFor } from '../../http/proxy-for.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { transportFault } from '../../http/transport-fault.ts';
import { type Check, check, NOT_REACHED, type Outcome } from './check.ts';
import type { DoctorContext, DoctorSite } from './site.ts';

/** From here on a certificate that will expire is worth a word. */
const EXPIRES_SOON_MS = 30 * 24 * 3600 * 1000;

const CHAIN_FAULTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'a certificate has expired',
  CERT_NOT_YET_VALID: 'a certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in a private CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuing CA is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuing CA is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuing CA is not known',
};

/** The name, TCP and TLS checks. Each that fails lets the later ones be skipped. */
export async function checkReach(site: DoctorSite, context: DoctorContext): Promise<Check[]> {
  const target = targetOf(site.url, context.timeoutMs, context.signal);
  const address = `${target.host}:${target.port}`;
  const subjects = {
    name: { id: 'name', title: 'name resolves', tried: `look up ${target.host}` },
    tcp: { id: 'tcp', title: 'TCP connection', tried: `connect to ${address}` },
    tls: { id: 'tls', title: 'TLS certificate', tried: `TLS handshake with ${address}` },
  };
  const proxy = proxyFor(site.url, site.proxy);
  if (proxy !== null) {
    const detail = `through the proxy ${redactUrl(proxy)}, which connects in our place`;
    return Object.values(subjects).map((subject) => check(subject, { result: 'skipped', detail }));
  }
  const name = check(subjects.name, await resolveName(target.host, site, context));
  const tcp = check(subjects.tcp, name.result === 'fail' ? NOT_REACHED : await connectTcp());
  if (site.url.protocol === 'http:') return [name, tcp, check(subjects.tls, plainHttp(site))];
  return [name, tcp, check(subjects.tls, tcp.result === 'ok' ? await shakeHands() : NOT_REACHED)];

  async function connectTcp(): Promise<Outcome> {
    try {
      return { result: 'ok', detail: `connected to ${await probeTcp(target)}` };
    } catch (error) {
      return faultOutcome(error, `connect to ${address}`, site, context);
    }
  }

  async function shakeHands(): Promise<Outcome> {
    try {
      return judgeTls(await probeTls(target, site.tls), site, context.clock.now());
    } catch (error) {
      return faultOutcome(error, `speak TLS with ${address}`, site, context);
    }
  }
}

async function resolveName(host: string, site: DoctorSite, context: DoctorContext): Promise<Outcome> {
  if (isIP(host) !== 0) return { result: 'ok', detail: `${host} is an address` };
  try {
    const addresses = await context.lookUp(host);
    return { result: 'ok', detail: addresses.join(', ') };
  } catch (error) {
    context.signal.throwIfAborted();
    const code = (error as { code?: unknown }).code;
    const forNow = code === 'EAI_AGAIN' ? ' just now: the name server did not answer' : '';
    return {
      result: 'fail',
      detail: `${host} does not resolve${forNow} (${typeof code === 'string' ? code : messageOf(error)})`,
      nextStep: `Check the name in ${site.flag('url')} and the name server or /etc/hosts of this host; behind a proxy set HTTPS_PROXY.`,
    };
  }
}

/** A socket's error in the words of the transport. */
function faultOutcome(error: unknown, attempted: string, site: DoctorSite, context: DoctorContext): Outcome {
  context.signal.throwIfAborted();
  const fault = transportFault(error, attempted, site.flag);
  return {
    result: 'fail',
    detail: fault.message,
    nextStep: fault instanceof TransportError ? (fault.hint ?? null) : null,
  };
}

function plainHttp(site: DoctorSite): Outcome {
  if (site.credential.kind === 'anonymous') return { result: 'skipped', detail: 'plain http' };
  return {
    result: 'warn',
    detail: 'plain http: the credential travels unprotected',
    nextStep: `Use https:// in ${site.flag('url')} if the registry offers it (registry_external_url in gitlab.rb).`,
  };
}

function judgeTls(facts: TlsFacts, site: DoctorSite, now: number): Outcome {
  const { flag } = site;
  const [own] = facts.chain;
  if (own === undefined) return { result: 'fail', detail: 'the server showed no certificate' };
  const expired = facts.chain.find(({ validTo }) => validTo <= now);
  const early = facts.chain.find(({ validFrom }) => validFrom > now);
  const problems: { what: string; step: string }[] = [];
  if (expired !== undefined) {
    problems.push({
      what: `the certificate of ${expired.subject} expired on ${day(expired.validTo)}`,
      step: "Renew it on the registry (registry_nginx['ssl_certificate'] in gitlab.rb), then gitlab-ctl reconfigure.",
    });
  } else if (early !== undefined) {
    problems.push({
      what: `the certificate of ${early.subject} is valid only from ${day(early.validFrom)}`,
      step: 'Check the clocks of this host and of the registry.',
    });
  } else if (facts.chainFault !== null) {
    problems.push({
      what: `${CHAIN_FAULTS[facts.chainFault] ?? 'the chain is not trusted'} (${facts.chainFault}; issued by ${own.issuer})`,
      step: `Give the CA's certificate with ${flag('ca-file')}; GitLab keeps those it trusts in /etc/gitlab/trusted-certs/.`,
    });
  }
  if (facts.nameFault !== null) {
    problems.push({
      what: facts.nameFault,
      step: `Use a name that the certificate is for in ${flag('url')}, or have it issued for this one.`,
    });
  }
  const shown = `${facts.protocol}, certificate of ${own.subject} by ${own.issuer}, valid until ${day(own.validTo)}`;
  if (problems.length > 0) {
    const what = problems.map((problem) => problem.what).join('; ');
    const nextStep = problems.map((problem) => problem.step).join(' ');
    return site.tls.rejectUnauthorized === false
      ? { result: 'warn', detail: `${what}; not verified because of ${flag('insecure')}`, nextStep }
      : { result: 'fail', detail: what, nextStep };
  }
  const soonest = facts.chain.reduce((first, one) => (one.validTo < first.validTo ? one : first), own);
  if (soonest.validTo - now <= EXPIRES_SOON_MS) {
    return {
      result: 'warn',
      detail: `${shown}; that of ${soonest.subject} expires on ${day(soonest.validTo)}`,
      nextStep: "Renew it (registry_nginx['ssl_certificate'] in gitlab.rb) before replication stops.",
    };
  }
  return { result: 'ok', detail: shown };
}

function day(time: number): string {
  return Number.isNaN(time) ? 'an unreadable date' : new Date(time).toISOString().slice(0, 10);
}
