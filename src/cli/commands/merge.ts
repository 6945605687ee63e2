import { COMMON_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = { ...WRITING_OPTIONS, ...COMMON_OPTIONS };

/** The reports of shards as one. */
export const mergeCommand: Command = {
  usage: 'merge <report..>',
  describe: 'join the reports of shards into one',
  options,
  examples: [['merge shard-*/report.json --out audit', 'after a sharded scan']],
  async run(commandLine, context) {
    const { runMerge } = await import('../run-merge.ts');
    return runMerge(options, commandLine, context);
  },
};
