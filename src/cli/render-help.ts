import { COMMANDS } from './commands/index.ts';
import { HELP_WIDTHS } from './help-width.ts';
import { parseCommandLine } from './parser.ts';
import { helpFileName } from './stored-help.ts';

/** Every text that `storedHelp` looks for, by its file name, as yargs prints it now. */
export async function renderHelp(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const command of ['', 'completion', ...Object.keys(COMMANDS)]) {
    for (const width of HELP_WIDTHS) {
      const args = command === '' ? ['--help'] : [command, '--help'];
      const shown = await parseCommandLine(args, width, () => Promise.reject(new Error('help runs nothing')));
      texts.set(helpFileName(command, width), shown.join(''));
    }
  }
  return texts;
}
