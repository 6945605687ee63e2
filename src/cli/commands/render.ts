import { COMMON_OPTIONS, WRITING_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = { ...WRITING_OPTIONS, ...COMMON_OPTIONS };

/** Any format again from a saved report. */
export const renderCommand: Command = {
  usage: 'render <report>',
  describe: 'any report format again from a saved report.json (default: the table)',
  options,
  examples: [
    ['render reports/20261121T235844Z-scan/report.json', 'the table'],
    ['render report.json --format html --out - > report.html', 'a page for the ticket'],
  ],
  async run(commandLine, context) {
    const { runRender } = await import('../run-render.ts');
    return runRender(options, commandLine, context);
  },
};
