import type { LogLevel } from '../logger.ts';
import { DEFAULT_FORMATS, FORMATS } from '../reporters/formats.ts';
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

/** Which repositories and tags. */
export const SELECTION_OPTIONS = {
  'repositories-from': {
    kind: 'text',
    group: 'Selection',
    describe: 'file with a repository a line, # comments; - for standard input',
    value: 'FILE',
  },
  all: {
    kind: 'flag',
    group: 'Selection',
    describe: "every repository in the sites' catalogs (/v2/_catalog)",
  },
  'gitlab-url': {
    kind: 'text',
    group: 'Selection',
    describe: 'GitLab to ask which repositories a project or group has',
    value: 'URL',
  },
  'gitlab-token-file': {
    kind: 'text',
    group: 'Selection',
    describe: 'file with an access token for it (scope read_api)',
    value: 'FILE',
  },
  'gitlab-ca-file': {
    kind: 'text',
    group: 'Selection',
    describe: 'certificates of a private CA for it (PEM)',
    value: 'FILE',
  },
  'gitlab-project': {
    kind: 'list',
    group: 'Selection',
    describe: 'all repositories of this project, number or path (repeatable)',
    value: 'ID',
  },
  'gitlab-group': {
    kind: 'list',
    group: 'Selection',
    describe: 'all repositories of this group and its subgroups, number or path (repeatable)',
    value: 'ID',
  },
  include: {
    kind: 'list',
    group: 'Selection',
    describe: 'show only tags matching this expression (unanchored, repeatable)',
    value: 'REGEX',
  },
  exclude: {
    kind: 'list',
    group: 'Selection',
    describe: 'hide tags matching this expression (unanchored, repeatable)',
    value: 'REGEX',
  },
} as const satisfies Options;

/** Which tags are shown; a comparison of files has no other selection. */
export const FILTER_OPTIONS = {
  include: SELECTION_OPTIONS.include,
  exclude: SELECTION_OPTIONS.exclude,
} as const;

/** What Geo itself has stored. */
export const STORED_OPTIONS = {
  'stored-checksum': {
    kind: 'list',
    group: 'Geo',
    describe: "Geo's stored checksum of a site: primary=HEX, or primary:group/project=HEX (repeatable)",
    value: 'SITE=HEX',
  },
} as const satisfies Options;

/** Geo's own opinion of the repositories. */
export const GEO_OPTIONS = {
  'geo-registry': {
    kind: 'text',
    group: 'Geo',
    describe: "export of Geo's container repository registries (JSON or CSV); - for standard input",
    value: 'FILE',
  },
} as const satisfies Options;

/** Tuples from elsewhere in place of a registry. */
export const TUPLE_OPTIONS = {
  'from-tuples': {
    kind: 'text',
    group: 'Tuples',
    describe:
      'take tags and digests from this file (JSON or CSV) instead of a registry; - for standard input',
    value: 'FILE',
  },
  accept: {
    kind: 'choice',
    choices: ['narrow', 'wide'],
    group: 'Tuples',
    describe: 'the Accept that the tuples were read with',
  },
  ...STORED_OPTIONS,
} as const satisfies Options;

/** How the sites are read. */
export const READING_OPTIONS = {
  // docker-v2 is what Geo's sync reads the primary by, whatever the secondary can do.
  'client-path': {
    kind: 'choice',
    choices: ['auto', 'docker-v2', 'gitlab-v1'],
    group: 'Reading',
    describe: 'the API that both sites are read by',
    default: 'docker-v2',
  },
  // auto asks only where the answer is not known: nothing for plain images, one HEAD for an index.
  narrow: {
    kind: 'choice',
    choices: ['auto', 'all', 'off'],
    group: 'Reading',
    describe: 'when the narrow Accept is probed',
    default: 'auto',
  },
  deep: {
    kind: 'flag',
    group: 'Reading',
    describe: 'also look below every tag: children, configs, layers, subjects (a question for each, once)',
  },
  'verify-blobs': {
    kind: 'flag',
    group: 'Reading',
    describe: 'with --deep, download every blob and hash it (once per site; this reads everything)',
  },
  // Long enough for a push in progress to finish its last request, short enough to wait for.
  settle: {
    kind: 'number',
    min: 0,
    max: 3600,
    group: 'Reading',
    describe: 'read differing tags again after this pause; 0 for never',
    default: '5',
    value: 'SECONDS',
  },
  // A CPU-bound registry is saturated from 4 on, a distant one takes 256 (measured): no number suits both.
  concurrency: {
    kind: 'number',
    min: 1,
    max: 256,
    integer: true,
    group: 'Reading',
    describe: 'requests in flight, per site (default: as many as it is worth, up to 256)',
    value: 'N',
  },
  rate: {
    kind: 'number',
    min: 0.01,
    max: 100_000,
    group: 'Reading',
    describe: 'requests per second, per site (default: no limit)',
    value: 'N',
  },
  // With full jitter from half a second: about 8 seconds of patience on average.
  retries: {
    kind: 'number',
    min: 0,
    max: 20,
    integer: true,
    group: 'Reading',
    describe: 'repeats of a request that failed for the moment',
    default: '5',
    value: 'N',
  },
  timeout: {
    kind: 'number',
    min: 0.1,
    max: 3600,
    group: 'Reading',
    describe: 'longest wait for a connection, an answer, or more of it',
    default: '30',
    value: 'SECONDS',
  },
} as const satisfies Options;

/** Leave to write to the secondary, and how far it goes. */
export const FIX_OPTIONS = {
  'dry-run': {
    kind: 'flag',
    group: 'Fixing',
    describe: 'check every action against the sites and write nothing',
  },
  yes: { kind: 'flag', alias: 'y', group: 'Fixing', describe: 'do not ask (needed without a terminal)' },
  'no-delete': { kind: 'flag', group: 'Fixing', describe: 'delete nothing on the secondary' },
  'no-copy': { kind: 'flag', group: 'Fixing', describe: 'copy nothing to the secondary' },
  // Enough for a day's orphans; a listing that went wrong has more.
  'max-delete': {
    kind: 'number',
    min: 0,
    max: 1_000_000,
    integer: true,
    group: 'Fixing',
    describe: 'refuse to go on when more tags than this would be deleted',
    default: '100',
    value: 'N',
  },
  'allow-empty-primary': {
    kind: 'flag',
    group: 'Fixing',
    describe: 'delete the tags of a repository that is empty on the primary',
  },
  resume: {
    kind: 'text',
    group: 'Fixing',
    describe: 'go on with the run that this journal is of',
    value: 'JOURNAL',
  },
} as const satisfies Options;

/** The options that only `doctor` has. */
export const DOCTOR_OPTIONS = {
  'notification-url': {
    kind: 'text',
    group: 'Doctor',
    describe: "also post no events to GitLab's endpoint for registry notifications",
    value: 'URL',
  },
  'notification-token-file': {
    kind: 'text',
    group: 'Doctor',
    describe: 'file with the token that goes with notifications',
    value: 'FILE',
  },
} as const satisfies Options;

/** The options that only `inspect` has. */
export const INSPECT_OPTIONS = {
  'dependency-proxy': {
    kind: 'text',
    group: 'Dependency proxy',
    describe:
      "look at GitLab's dependency proxy instead: GITLAB-URL/GROUP/dependency_proxy/containers/IMAGE:TAG (--username, --password-file, …)",
    value: 'ADDRESS',
  },
  upstream: {
    kind: 'text',
    group: 'Dependency proxy',
    describe:
      'the same image where the proxy gets it from: REGISTRY/IMAGE:TAG, e.g. docker.io/grafana/mimir:latest',
    value: 'ADDRESS',
  },
} as const satisfies Options;

/** Where results go. */
export const WRITING_OPTIONS = {
  out: {
    kind: 'text',
    group: 'Writing',
    describe: 'directory for report files; - for standard output (default: reports/<UTC time>-<command>)',
    value: 'DIR',
  },
  format: {
    kind: 'list',
    group: 'Writing',
    describe: `comma-separated: ${FORMATS.join(', ')} (default: ${DEFAULT_FORMATS.join(',')}, the table on standard output)`,
    value: 'LIST',
  },
  redact: {
    kind: 'flag',
    group: 'Writing',
    describe: 'replace host names, repository paths and tag names by tokens in everything that is written',
  },
  'redaction-map': {
    kind: 'text',
    group: 'Writing',
    describe: 'local file that keeps the names behind the tokens',
    default: 'geo-registry-audit-redaction.json',
    value: 'FILE',
  },
} as const satisfies Options;

/** Named here and not by the logger, which `--help` has no use for. */
const LOG_LEVELS = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
] as const satisfies readonly LogLevel[];

/** For every command. */
export const COMMON_OPTIONS = {
  config: {
    kind: 'text',
    group: 'General',
    describe: 'configuration file (default: geo-registry-audit.yml here)',
    value: 'FILE',
  },
  'log-level': {
    kind: 'choice',
    choices: LOG_LEVELS,
    group: 'General',
    describe: 'least level that is logged',
    default: 'warn',
  },
  'log-file': {
    kind: 'text',
    group: 'General',
    describe: 'write the log (JSON lines) here instead of to standard error',
    value: 'FILE',
  },
  quiet: { kind: 'flag', alias: 'q', group: 'General', describe: 'no progress' },
  verbose: {
    kind: 'flag',
    alias: 'v',
    group: 'General',
    describe: 'show matching tags too, without a limit on rows',
  },
} as const satisfies Options;
