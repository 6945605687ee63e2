import { gitlabKeyId } from '../../auth/gitlab-token.ts';
import { isSameAddress } from '../../core/same-address.ts';
import { type Check, check, type Outcome } from './check.ts';
import type { DoctorSite } from './site.ts';

/** A site with what its examination found out. */
export interface ExaminedSite {
  readonly site: DoctorSite;
  readonly gitlabV1: boolean | null;
}

/** The checks that need both sites: two registries, one client path, one signing key. */
export function checkPair(primary: ExaminedSite, secondary: ExaminedSite): Check[] {
  const twoRegistries = check(
    { id: 'two-registries', title: 'two registries', tried: 'host, port and path of both URLs' },
    judgeAddresses(primary.site, secondary.site),
  );
  const clientPath = check(
    { id: 'client-path', title: 'same client path', tried: 'GitLab v1 API of both sites' },
    judgeClientPath(primary.gitlabV1, secondary.gitlabV1),
  );
  const keys = [primary.site.credential, secondary.site.credential].map((credential) =>
    credential.kind === 'gitlab-key' ? gitlabKeyId(credential.key) : null,
  );
  if (keys.includes(null)) return [twoRegistries, clientPath];
  const signingKey = check(
    { id: 'signing-key', title: 'same signing key', tried: 'the keys that were given' },
    keys[0] === keys[1]
      ? { result: 'ok', detail: 'both sites use one key, as Geo needs it' }
      : {
          result: 'warn',
          detail:
            'the sites have different keys, but Geo signs with the one of the secondary to enter the primary',
          nextStep:
            'Copy /var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key of the primary to all nodes of the secondary, then gitlab-ctl reconfigure.',
        },
  );
  return [twoRegistries, clientPath, signingKey];
}

function judgeAddresses(primary: DoctorSite, secondary: DoctorSite): Outcome {
  if (!isSameAddress(primary.url, secondary.url)) return { result: 'ok', detail: 'the URLs are of two' };
  return {
    result: 'warn',
    detail: 'both URLs are of one registry: compared with itself it is always in sync',
    nextStep: `Give ${primary.flag('url')} and ${secondary.flag('url')} addresses of which each leads to its own site; a unified URL leads to whichever is nearest.`,
  };
}

function judgeClientPath(primary: boolean | null, secondary: boolean | null): Outcome {
  if (primary === null || secondary === null) {
    return { result: 'unknown', detail: 'it is not known of both sites whether they have it' };
  }
  if (primary === secondary) {
    return { result: 'ok', detail: `both ${primary ? 'have' : 'lack'} the GitLab v1 API` };
  }
  const [has, lacks] = primary ? ['primary', 'secondary'] : ['secondary', 'primary'];
  return {
    result: 'warn',
    cause: 'CLIENT_PATH_ASYMMETRY',
    detail: `the ${has} has the GitLab v1 API and the ${lacks} has not: index tags get different digests by the two paths, so verification can never agree (#577445)`,
    nextStep: `Import the registry of the ${lacks} into a metadata database (registry['database'] in gitlab.rb), or turn it off on the ${has}; until then read both by --client-path docker-v2.`,
  };
}
