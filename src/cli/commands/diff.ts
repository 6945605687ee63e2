import { COMMON_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = {
  config: COMMON_OPTIONS.config,
  format: {
    kind: 'choice',
    choices: ['table', 'json', 'markdown'],
    group: 'Writing',
    flagOnly: true,
    describe: 'how the difference is written to standard output',
    default: 'table',
  },
} as const;

/** Two reports over time. */
export const diffCommand: Command = {
  usage: 'diff <before> <after>',
  describe: 'two reports over time: fixed, new, still there, changed; exit 1 when something got worse',
  options,
  examples: [
    ['diff before/report.json after/report.json --format markdown', 'for the ticket, after a deployment'],
  ],
  async run(commandLine, context) {
    const { runDiff } = await import('../run-diff.ts');
    return runDiff(options, commandLine, context);
  },
};
