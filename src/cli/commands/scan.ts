import { COMMON_OPTIONS, FIX_OPTIONS, READING_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import { GEO_OPTIONS, SELECTION_OPTIONS, STORED_OPTIONS } from '../../config/selection-options.ts';
import { SHARD_OPTIONS } from '../../config/shard-settings.ts';
import { siteOptions } from '../../config/site-options.ts';
import type { Command } from '../command.ts';

const options = {
  ...siteOptions('primary-'),
  ...siteOptions('secondary-'),
  ...SELECTION_OPTIONS,
  ...READING_OPTIONS,
  ...STORED_OPTIONS,
  ...GEO_OPTIONS,
  fix: {
    kind: 'flag',
    group: 'Fixing',
    describe: 'bring the secondary to the state of the primary, then verify',
  },
  ...FIX_OPTIONS,
  resume: {
    kind: 'text',
    group: 'Reading',
    describe:
      'go on with a scan that was stopped: its report directory; with --fix also the journal of a fix',
    value: 'DIR',
  },
  ...SHARD_OPTIONS,
  ...WRITING_OPTIONS,
  ...COMMON_OPTIONS,
} as const;

/** Reads both sites live, compares them, reports. */
export const scanCommand: Command = {
  usage: 'scan [repository..]',
  describe: 'compare repositories of both sites, tag by tag',
  options,
  examples: [
    [
      'scan --primary-url https://registry.a.example --secondary-url https://registry.b.example group/project',
      'compare one repository',
    ],
    ['scan --repositories-from list.txt --out audit/', 'many of them, URLs from geo-registry-audit.yml'],
    ['scan --format json --out - group/project', 'the report as data, for a script'],
  ],
  async run(commandLine, context) {
    const { runScanCommand } = await import('../run-scan-command.ts');
    return runScanCommand(options, commandLine, context);
  },
};
