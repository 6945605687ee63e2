import type { LogLevel } from '../logger.ts';
import { DEFAULT_FORMATS, FORMATS } from '../reporters/formats.ts';
import type { Options } from './option.ts';
import { STORED_OPTIONS } from './selection-options.ts';

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
