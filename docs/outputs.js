// What the documentation shows of the tool's output, as functions of a run: used by generate.js, which writes it,
// and by the test that holds that it is current.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = join(fileURLToPath(new URL('..', import.meta.url)), 'bin', 'geo-registry-audit.js');

/** Runs the built command and gives what it printed; a report with differences exits with 1. */
export function run(args, cwd) {
  try {
    return execFileSync(process.execPath, [program, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    if (error.status === 1) return error.stdout;
    throw error;
  }
}

/** The demo's output as the README shows it: the repository of the 52, of whose rows three are enough. */
export function demoForReadme(printed) {
  const lines = printed.trimEnd().split('\n');
  const drift = lines.findIndex((line) => line.endsWith('  group/drift'));
  const project = lines.findIndex((line) => line.endsWith('  group/project'));
  const isAlike = (line) =>
    line.startsWith('  * MISMATCH') && line.includes('FALSE_MATCH_NIL, NARROW_HIDES_INDEX');
  const alike = lines.flatMap((line, index) => (isAlike(line) ? [index] : []));
  const [firstHidden, ...hidden] = alike.slice(3);
  return lines
    .flatMap((line, index) => {
      if (index === drift) return ['… group/drift: one tag of every other kind', ''];
      if (index > drift && index < project) return [];
      if (index === firstHidden) return [`  … ${hidden.length + 1} more rows of the same kind`];
      return hidden.includes(index) ? [] : [line];
    })
    .join('\n');
}

/** The command reference: what `--help` prints, for every command. */
export function commandReference(commands) {
  const parts = [
    '# Commands',
    '',
    'What `--help` prints, written by `npm run docs`.',
    '',
    '```text',
    run(['--help']).trimEnd(),
    '```',
  ];
  for (const name of commands) {
    parts.push('', `## ${name}`, '', '```text', run([name, '--help']).trimEnd(), '```');
  }
  return `${parts.join('\n')}\n`;
}
