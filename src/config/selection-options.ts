import type { Options } from './option.ts';

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
