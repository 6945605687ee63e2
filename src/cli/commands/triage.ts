import { COMMON_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = {
  config: COMMON_OPTIONS.config,
  format: {
    kind: 'choice',
    choices: ['table', 'json'],
    group: 'Writing',
    flagOnly: true,
    describe: 'how the result is written to standard output',
    default: 'table',
  },
} as const;

/** Which import failures of a registry's log are known ones. */
export const triageCommand: Command = {
  usage: 'triage [file]',
  describe:
    "import failures in a registry's log: known ones with what repairs them; exit 1 when one is unknown",
  options,
  examples: [
    ['triage /var/log/gitlab/registry/current', 'JSON lines or plain ones, of any length'],
    ['triage --format json - < registry.log', 'repositories and digests as data'],
  ],
  async run(commandLine, context) {
    const { runTriage } = await import('../run-triage.ts');
    return runTriage(options, commandLine, context);
  },
};
