import { COMMON_OPTIONS, FIX_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = {
  fix: { kind: 'flag', group: 'Fixing', describe: 'reconcile the embedded secondary as well' },
  ...FIX_OPTIONS,
  ...WRITING_OPTIONS,
  ...COMMON_OPTIONS,
} as const;

/** Two embedded registries with typical drift; runs the real scan against them. */
export const demoCommand: Command = {
  usage: 'demo',
  describe: 'scan two embedded registries with typical drift, to see what a report looks like',
  options,
  examples: [
    ['demo', 'no registry needed'],
    ['demo --fix', 'and what a repair looks like'],
  ],
  async run(commandLine, context) {
    const { runDemo } = await import('../run-demo.ts');
    return runDemo(options, commandLine, context);
  },
};
