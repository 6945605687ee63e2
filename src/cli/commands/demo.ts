import { COMMON_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = { ...WRITING_OPTIONS, ...COMMON_OPTIONS };

/** Two embedded registries with typical drift; runs the real scan against them. */
export const demoCommand: Command = {
  usage: 'demo',
  describe: 'scan two embedded registries with typical drift, to see what a report looks like',
  options,
  examples: [['demo', 'no registry needed']],
  async run(commandLine, context) {
    const { runDemo } = await import('../run-demo.ts');
    return runDemo(options, commandLine, context);
  },
};
