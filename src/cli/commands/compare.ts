import { COMMON_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import { FILTER_OPTIONS, GEO_OPTIONS, STORED_OPTIONS } from '../../config/selection-options.ts';
import type { Command } from '../command.ts';

const options = {
  ...FILTER_OPTIONS,
  ...STORED_OPTIONS,
  ...GEO_OPTIONS,
  ...WRITING_OPTIONS,
  ...COMMON_OPTIONS,
};

/** The report of a scan from two snapshot files, without a registry. */
export const compareCommand: Command = {
  usage: 'compare <primary> <secondary>',
  describe: 'the same report from two snapshot files, without a registry',
  options,
  examples: [['compare primary.json secondary.json.gz', 'snapshots taken where each site can be reached']],
  async run(commandLine, context) {
    const { runCompare } = await import('../run-compare.ts');
    return runCompare(options, commandLine, context);
  },
};
