import { randomUUID } from 'node:crypto';
import { type Challenge, findChallenge } from '../../auth/challenge.ts';
import type { GitlabKeyCredential } from '../../auth/credential.ts';
import { gitlabKeyId, signGitlabToken } from '../../auth/gitlab-token.ts';
import { redact } from '../../auth/token-error.ts';
import type { Outcome } from './check.ts';
import { isSkewed, skewWords } from './first-answer.ts';
import type { ConnectedSite, DoctorContext } from './site.ts';

/** The issuers GitLab is usually configured with: the Linux package's, and that of the documentation for others. */
const USUAL_ISSUERS = ['omnibus-gitlab-issuer', 'gitlab-issuer'];
const USUAL_SERVICE = 'container_registry';

/** A token to try: whose name is on it, for whom, and how far its clock is moved. */
interface Variant {
  readonly issuer: string;
  readonly service: string;
  readonly shiftMs: number;
}

/**
 * Finds out which part of a signed token a registry refuses. It says `invalid_token` whatever is wrong
 * (`docs/facts.md` §8), so the same key is tried with the usual issuers, the service of the challenge, and the site's
 * own time; what is let in names the fault. When nothing is, a clock that is off is the first suspect, else the key.
 */
export async function findSuspect(
  site: ConnectedSite,
  credential: GitlabKeyCredential,
  seen: { readonly challenges: readonly Challenge[]; readonly skewMs: number | null },
  context: DoctorContext,
): Promise<Outcome> {
  const offered = findChallenge(seen.challenges, 'bearer')?.params.service;
  const skewMs = isSkewed(seen.skewMs) ? seen.skewMs : 0;
  const given: Variant = { issuer: credential.issuer, service: credential.service, shiftMs: 0 };
  for (const variant of variantsOf(given, offered ?? null, skewMs)) {
    if (await isLetIn(site, credential, variant, context)) return provenFault(site, given, variant);
  }
  const refused = { result: 'fail', cause: 'TOKEN_REFUSED' } as const;
  if (skewMs !== 0) {
    return {
      ...refused,
      detail: `likely the clock: the site is ${skewWords(skewMs)} this host, so a token is not valid there when it arrives; if both are set right and it is still refused, the key is another one`,
      nextStep:
        'Set the clocks of this host and of the site by NTP (timedatectl, chronyc tracking), then run doctor again.',
    };
  }
  return {
    ...refused,
    detail: `likely the key (${gitlabKeyId(credential.key).slice(0, 14)}…): refused with each of the issuers ${issuersOf(given).join(', ')}`,
    nextStep:
      'Copy /var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key of the primary to all nodes of the secondary, gitlab-ctl reconfigure, ' +
      `and give that file in ${site.flag('gitlab-key')}. If gitlab.rb sets gitlab_rails['registry_issuer'] to a name of your own, give it in ${site.flag('gitlab-issuer')}.`,
  };
}

/** What differs in one thing first, then in two, then in all three. */
function variantsOf(given: Variant, offered: string | null, skewMs: number): Variant[] {
  const services = [...new Set([given.service, ...(offered === null ? [] : [offered]), USUAL_SERVICE])];
  const shifts = skewMs === 0 ? [0] : [0, skewMs];
  const variants = issuersOf(given).flatMap((issuer) =>
    services.flatMap((service) => shifts.map((shiftMs) => ({ issuer, service, shiftMs }))),
  );
  return variants
    .map((variant) => ({ variant, distance: differences(given, variant).length }))
    .filter(({ distance }) => distance > 0)
    .sort((a, b) => a.distance - b.distance)
    .map(({ variant }) => variant);
}

function issuersOf(given: Variant): string[] {
  return [...new Set([given.issuer, ...USUAL_ISSUERS])];
}

function differences(given: Variant, variant: Variant): (keyof Variant)[] {
  return (['shiftMs', 'issuer', 'service'] as const).filter((part) => given[part] !== variant[part]);
}

async function isLetIn(
  site: ConnectedSite,
  { key }: GitlabKeyCredential,
  { issuer, service, shiftMs }: Variant,
  { clock, signal }: DoctorContext,
): Promise<boolean> {
  const now = clock.now() + shiftMs;
  const { token } = await signGitlabToken({ key, issuer, service, scopes: [], now, id: randomUUID() });
  const response = await site.bare({
    method: 'GET',
    url: new URL('v2/', site.url),
    headers: { authorization: `Bearer ${token}` },
    purpose: 'try a token with another issuer, service or time',
    signal,
  });
  await response.discard();
  return response.status === 200;
}

function provenFault(site: ConnectedSite, given: Variant, taken: Variant): Outcome {
  const parts = differences(given, taken).map((part) => {
    switch (part) {
      case 'shiftMs':
        return {
          what: `the clock: the site is ${skewWords(taken.shiftMs)} this host, and a token by the site's own time is taken`,
          step: 'Set the clocks of this host and of the site by NTP (timedatectl, chronyc tracking).',
        };
      case 'issuer':
        return {
          what: `the issuer: the registry takes ${taken.issuer}, not ${given.issuer}`,
          step: `Give ${site.flag('gitlab-issuer')} ${taken.issuer}; for Geo itself set gitlab_rails['registry_issuer'] = "${taken.issuer}" in gitlab.rb of every site, then gitlab-ctl reconfigure.`,
        };
      default:
        return {
          what: `the service: the registry takes ${redact(taken.service, [])}, not ${given.service}`,
          step: `Give ${site.flag('gitlab-service')} ${redact(taken.service, [])} (auth.token.service of the registry).`,
        };
    }
  });
  return {
    result: 'fail',
    cause: 'TOKEN_REFUSED',
    detail: parts.map(({ what }) => what).join('; and '),
    nextStep: parts.map(({ step }) => step).join(' '),
  };
}
