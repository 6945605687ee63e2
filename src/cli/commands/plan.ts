import { COMMON_OPTIONS, FIX_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = {
  'no-delete': FIX_OPTIONS['no-delete'],
  'no-copy': FIX_OPTIONS['no-copy'],
  format: {
    kind: 'choice',
    choices: ['json', 'table'],
    group: 'Writing',
    flagOnly: true,
    describe: 'how the plan is printed (default: the table on a terminal, JSON elsewhere)',
  },
  out: {
    kind: 'text',
    group: 'Writing',
    flagOnly: true,
    describe: 'write plan.json here; - for standard output',
    value: 'FILE',
  },
  config: COMMON_OPTIONS.config,
} as const;

/** What a fix would do, as data. */
export const planCommand: Command = {
  usage: 'plan <report>',
  describe: 'what would bring the secondary to the primary, from a saved report',
  options,
  examples: [
    ['plan report.json', 'look at it'],
    ['plan report.json --out plan.json', 'keep it for apply'],
  ],
  async run(commandLine, context) {
    const { runPlan } = await import('../run-plan.ts');
    return runPlan(options, commandLine, context);
  },
};
