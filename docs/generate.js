// Writes everything in the repository that is output of the tool: the JSON Schemas, the example reports, the
// command reference and the output shown in the README. Run by `npm run docs` after `npm run build`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateCases } from './generate-cases.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'bin', 'geo-registry-audit.js');

/** Runs the built command and gives what it printed; a report with differences exits with 1. */
function run(args, cwd) {
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

async function schemas() {
  const { SCHEMAS } = await import(new URL('../dist/report/json-schema.js', import.meta.url));
  mkdirSync(join(root, 'reports', 'schema'), { recursive: true });
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    writeFileSync(
      join(root, 'reports', 'schema', `${name}.schema.json`),
      `${JSON.stringify(schema(), null, 2)}\n`,
    );
  }
}

async function examples() {
  const { REPORTERS } = await import(new URL('../dist/reporters/index.js', import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  const formats = Object.keys(REPORTERS);
  const printed = run(['demo', '--quiet', '--out', directory, '--format', formats.join(',')]);
  mkdirSync(join(root, 'reports', 'examples'), { recursive: true });
  writeFileSync(join(root, 'reports', 'examples', REPORTERS.table.fileName), printed);
  for (const format of formats.filter((name) => name !== 'table')) {
    const { fileName } = REPORTERS[format];
    copyFileSync(join(directory, fileName), join(root, 'reports', 'examples', fileName));
  }
  rmSync(directory, { recursive: true });
  return printed;
}

/** The demo's output as the README shows it: of the 52 rows that are alike, three. */
function abridged(printed) {
  const lines = printed.trimEnd().split('\n');
  const alike = lines.flatMap((line, index) =>
    line.includes('FALSE_MATCH_NIL, NARROW_HIDES_INDEX') &&
    line.includes('MISMATCH') &&
    line.startsWith('  *')
      ? [index]
      : [],
  );
  const hidden = alike.slice(3);
  return lines
    .flatMap((line, index) =>
      index === hidden[0]
        ? [`  … ${hidden.length} more rows of the same kind`]
        : hidden.includes(index)
          ? []
          : [line],
    )
    .join('\n');
}

function replaceBlock(file, name, text) {
  const path = join(root, file);
  const page = readFileSync(path, 'utf8');
  const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!pattern.test(page)) throw new Error(`${file} has no block ${name}`);
  writeFileSync(
    path,
    page.replace(pattern, (_all, open, close) => `${open}\`\`\`text\n${text}\n\`\`\`\n${close}`),
  );
}

async function commandReference() {
  const { COMMANDS } = await import(new URL('../dist/cli/commands/index.js', import.meta.url));
  const parts = [
    '# Commands',
    '',
    'What `--help` prints, written by `npm run docs`.',
    '',
    '```text',
    run(['--help']).trimEnd(),
    '```',
  ];
  for (const name of Object.keys(COMMANDS)) {
    parts.push('', `## ${name}`, '', '```text', run([name, '--help']).trimEnd(), '```');
  }
  writeFileSync(join(root, 'docs', 'commands.md'), `${parts.join('\n')}\n`);
}

await schemas();
replaceBlock('README.md', 'demo', abridged(await examples()));
await commandReference();
await generateCases();
