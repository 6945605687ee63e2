import { COMMON_OPTIONS, FIX_OPTIONS, READING_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import { siteOptions } from '../../config/site-options.ts';
import type { Command } from '../command.ts';

const { settle: _settle, ...reading } = READING_OPTIONS;

const options = {
  ...siteOptions('primary-'),
  ...siteOptions('secondary-'),
  ...FIX_OPTIONS,
  ...reading,
  ...WRITING_OPTIONS,
  ...COMMON_OPTIONS,
};

/** Carries out a plan. */
export const applyCommand: Command = {
  usage: 'apply <plan>',
  describe: 'carry out a plan on the secondary; --dry-run shows what it would do',
  options,
  examples: [
    ['apply plan.json --dry-run', 'checks every action against the sites as they are now'],
    ['apply plan.json --yes', 'sites from geo-registry-audit.yml'],
    [
      'apply plan.json --yes --resume reports/20261121T235844Z-apply/journal.ndjson',
      'go on after it was stopped',
    ],
  ],
  async run(commandLine, context) {
    const { runApply } = await import('../run-apply.ts');
    return runApply(options, commandLine, context);
  },
};
