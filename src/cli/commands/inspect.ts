import { COMMON_OPTIONS, INSPECT_OPTIONS, READING_OPTIONS } from '../../config/options.ts';
import { siteOptions } from '../../config/site-options.ts';
import type { Command } from '../command.ts';

const { url: _url, ...unprefixed } = siteOptions('');
/** How the dependency proxy is entered: a site's options, under the heading that they belong to here. */
const proxySite = Object.fromEntries(
  Object.entries(unprefixed).map(([name, option]) => [name, { ...option, group: 'Dependency proxy' }]),
);
const { verbose: _verbose, ...common } = COMMON_OPTIONS;

const options = {
  ...siteOptions('primary-'),
  ...siteOptions('secondary-'),
  ...INSPECT_OPTIONS,
  ...proxySite,
  concurrency: READING_OPTIONS.concurrency,
  rate: READING_OPTIONS.rate,
  retries: READING_OPTIONS.retries,
  timeout: READING_OPTIONS.timeout,
  format: {
    kind: 'list',
    group: 'Writing',
    describe: 'table or json, on standard output (default: table)',
    value: 'FORMAT',
  },
  ...common,
} as const;

/** One image on both sites, or in the dependency proxy: what every client is told, what is missing, how to pull it. */
export const inspectCommand: Command = {
  usage: 'inspect [reference]',
  describe: 'one repository:tag or repository@digest on both sites: every Accept, the tree, what is missing',
  options,
  examples: [
    ['inspect group/project:latest', 'on the sites of geo-registry-audit.yml'],
    ['inspect --format json group/project@sha256:…', 'as data, for a script'],
    [
      'inspect --dependency-proxy gitlab.example.com/group/dependency_proxy/containers/grafana/mimir:latest --upstream docker.io/grafana/mimir:latest --username me --password-file token',
      'whether the dependency proxy hides an index, and what to pull instead',
    ],
  ],
  async run(commandLine, context) {
    const { runInspect } = await import('../run-inspect.ts');
    return runInspect(options, commandLine, context);
  },
};
