import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { HELP_WIDTHS, helpWidth } from '../../src/cli/help-width.ts';
import { parseCommandLine } from '../../src/cli/parser.ts';
import { renderHelp } from '../../src/cli/render-help.ts';
import { helpFileName, storedHelp } from '../../src/cli/stored-help.ts';
import { packageVersion } from '../../src/cli/version.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = pathToFileURL(`${join(root, 'dist')}/`);

/** What yargs prints, without the stored texts. */
async function live(args: string[], width = 100): Promise<string> {
  return (await parseCommandLine(args, width, () => Promise.reject(new Error('help runs nothing')))).join('');
}

/** A build that holds one text of `scan`. */
function build({ helpAt, codeAt }: { helpAt: number; codeAt: number }): URL {
  const directory = makeTempDir('dist');
  const help = join(directory, 'help', helpFileName('scan', 100));
  mkdirSync(join(directory, 'help'));
  mkdirSync(join(directory, 'lib'));
  writeFileSync(help, 'stored\n');
  writeFileSync(join(directory, 'lib', 'main.js'), '');
  utimesSync(help, helpAt, helpAt);
  utimesSync(join(directory, 'lib', 'main.js'), codeAt, codeAt);
  return pathToFileURL(`${directory}/`);
}

describe('the built texts', () => {
  it('are what yargs prints, for every command and width', async () => {
    const texts = await renderHelp();
    expect(texts.size).toBe((Object.keys(COMMANDS).length + 2) * HELP_WIDTHS.length);
    for (const columns of HELP_WIDTHS) {
      for (const command of ['', 'completion', ...Object.keys(COMMANDS)]) {
        const args = command === '' ? ['--help'] : [command, '--help'];
        expect(storedHelp(args, columns, dist), args.join(' ')).toBe(
          texts.get(helpFileName(command, columns)),
        );
      }
    }
    expect(await live(['scan', '--help'], 80)).toBe(texts.get('scan.80.txt'));
  });

  it('are of the width that fits the terminal, and yargs lays out a narrower one', () => {
    expect([300, 120, 119, 100, 99, 80, undefined].map((columns) => helpWidth(columns))).toEqual([
      120, 120, 100, 100, 80, 80, 100,
    ]);
    expect(helpWidth(60)).toBe(60);
    expect(storedHelp(['scan', '--help'], 60, dist)).toBe(null);
  });

  it.each([
    [['scan', 'a/b']],
    [['scan', '--help', '--all']],
    [[]],
    [['../../x', '--help']],
    [['nothing', '-h']],
  ])('answer nothing else: %j', (args) => {
    expect(storedHelp(args, 100, dist)).toBe(null);
  });

  it('are not believed when the code is newer, nor missed when they are not there', () => {
    const ask = (built: URL) => storedHelp(['scan', '-h'], 100, built);
    expect(ask(build({ helpAt: 2000, codeAt: 1000 }))).toBe('stored\n');
    // What a package unpacks has one time.
    expect(ask(build({ helpAt: 1000, codeAt: 1000 }))).toBe('stored\n');
    expect(ask(build({ helpAt: 1000, codeAt: 2000 }))).toBe(null);
    expect(ask(pathToFileURL(`${makeTempDir('dist')}/`))).toBe(null);
  });
});

describe('the command prints', () => {
  it('the same by either way, by a linked name too', async () => {
    const link = join(makeTempDir('bin'), 'geo-registry-audit');
    symlinkSync(join(root, 'bin', 'geo-registry-audit.js'), link);
    const expected = { code: 0, stderr: '', stdout: await live(['diff', '--help']) };
    expect(await runCli(['diff', '--help'])).toMatchObject(expected);
    expect(await runCli(['diff', '--help'], { script: link })).toMatchObject(expected);
    // Given in another order it is the parser's to answer.
    expect(await runCli(['--help', 'diff'])).toMatchObject(expected);
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${packageVersion()}\n` });
  });

  it('help of completion, and the script without --help', async () => {
    const help = await runCli(['completion', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('source <(geo-registry-audit completion)');
    expect(help.stdout).not.toContain('###-begin');
    expect((await runCli(['completion'])).stdout).toContain('###-begin-geo-registry-audit-completions-###');
    const completed = await runCli(['--get-yargs-completions', 'geo-registry-audit', 'scan', '--primary-u']);
    expect(completed.stdout).toContain('--primary-url');
  });
});
