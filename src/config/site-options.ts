import type { Option, Options } from './option.ts';

/** Site options by their common ending; `--primary-url`, `--secondary-url` and, for one site, `--url`. */
const SITE_ENDINGS = {
  url: { kind: 'text', describe: 'the registry: http or https, optional path prefix', value: 'URL' },
  username: {
    kind: 'text',
    describe: 'user name for basic authentication or the token service',
    value: 'NAME',
  },
  'password-file': { kind: 'text', describe: 'file with the password or access token', value: 'FILE' },
  'password-stdin': { kind: 'flag', describe: 'read the password from standard input (one side only)' },
  'token-file': { kind: 'text', describe: 'file with a ready bearer token', value: 'FILE' },
  'gitlab-key': {
    kind: 'text',
    describe: "the registry's signing key (gitlab-registry.key, PEM)",
    value: 'FILE',
  },
  // The Linux package's own issuer; source installations call it gitlab-issuer.
  'gitlab-issuer': {
    kind: 'text',
    describe: 'issuer of tokens signed with the key',
    default: 'omnibus-gitlab-issuer',
    value: 'NAME',
  },
  'gitlab-service': {
    kind: 'text',
    describe: 'service of tokens signed with the key',
    default: 'container_registry',
    value: 'NAME',
  },
  'ca-file': { kind: 'text', describe: 'certificates of a private CA (PEM)', value: 'FILE' },
  'cert-file': { kind: 'text', describe: 'client certificate (PEM)', value: 'FILE' },
  'key-file': { kind: 'text', describe: "client certificate's key (PEM)", value: 'FILE' },
  insecure: { kind: 'flag', describe: 'do not verify the TLS certificate' },
} as const satisfies Record<string, Omit<Option & { kind: string }, 'group'>>;

export type SiteEnding = keyof typeof SITE_ENDINGS;

/** The endings of a site's options. */
export const SITE_ENDING_NAMES = Object.keys(SITE_ENDINGS) as readonly SiteEnding[];

/** The options of one site, under `primary-`, `secondary-` or no prefix. */
export function siteOptions(prefix: '' | 'primary-' | 'secondary-'): Options {
  const group = prefix === '' ? 'Site' : prefix === 'primary-' ? 'Primary site' : 'Secondary site';
  return Object.fromEntries(
    Object.entries(SITE_ENDINGS).map(([ending, option]) => [`${prefix}${ending}`, { ...option, group }]),
  );
}
