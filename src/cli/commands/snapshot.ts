import { COMMON_OPTIONS, READING_OPTIONS, TUPLE_OPTIONS } from '../../config/options.ts';
import { SELECTION_OPTIONS } from '../../config/selection-options.ts';
import { siteOptions } from '../../config/site-options.ts';
import type { Command } from '../command.ts';

const { settle: _settle, ...reading } = READING_OPTIONS;
const { include: _include, exclude: _exclude, ...selection } = SELECTION_OPTIONS;
const { verbose: _verbose, ...common } = COMMON_OPTIONS;

const options = {
  side: {
    kind: 'choice',
    choices: ['primary', 'secondary'],
    group: 'Site',
    describe: 'the side that is read, where the URLs do not say it',
  },
  ...siteOptions(''),
  ...siteOptions('primary-'),
  ...siteOptions('secondary-'),
  ...selection,
  ...reading,
  ...TUPLE_OPTIONS,
  out: {
    kind: 'text',
    group: 'Writing',
    flagOnly: true,
    describe: 'the file; gzip when it ends in .gz; - for standard output',
    default: 'snapshot.json',
    value: 'FILE',
  },
  ...common,
} as const;

/** One site to a file, for sites that no single host can reach. */
export const snapshotCommand: Command = {
  usage: 'snapshot [repository..]',
  describe: 'read one site into a file, for sites that no single host can reach',
  options,
  examples: [
    [
      'snapshot --primary-url https://registry.a.example --out primary.json group/project',
      'on a host that reaches the primary',
    ],
    ['snapshot --side secondary --out secondary.json.gz group/project', 'URLs from geo-registry-audit.yml'],
    ['snapshot --from-tuples tuples.json --accept wide group/project', 'from a list made in a Rails console'],
  ],
  async run(commandLine, context) {
    const { runSnapshot } = await import('../run-snapshot.ts');
    return runSnapshot(options, commandLine, context);
  },
};
