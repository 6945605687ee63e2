import { COMMON_OPTIONS } from '../../config/options.ts';
import type { Command } from '../command.ts';

const options = { config: COMMON_OPTIONS.config };

/** The verifier's checksum of tuples from elsewhere. */
export const checksumCommand: Command = {
  usage: 'checksum [file]',
  describe: "the verifier's checksum of tag and digest tuples, JSON or CSV; - for standard input",
  options,
  examples: [
    ['checksum tuples.json', '[["latest", "sha256:…"], ["old", null]]'],
    ['checksum - < tuples.csv', 'tag,digest'],
  ],
  async run(commandLine, context) {
    const [{ parseTuples }, { repositoryChecksum }, { positional, readInput }] = await Promise.all([
      import('../../report/tuples.ts'),
      import('../../verifier/repository-checksum.ts'),
      import('../read-input.ts'),
    ]);
    const [file = '-'] = positional(commandLine, 'file');
    const tuples = parseTuples(await readInput(file, context), file === '-' ? 'standard input' : file);
    await context.output.print([`${repositoryChecksum(tuples)}\n`]);
    return 0;
  },
};
