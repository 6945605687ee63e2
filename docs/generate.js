// Writes everything in the repository that is output of the tool: the JSON Schemas, the example reports, the
// command reference and the output shown in the README. Run by `npm run docs` after `npm run build`.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS, REPORTERS, SCHEMAS } from './built/sources.js';
import { generateCases } from './generate-cases.js';
import { generateReliability } from './generate-reliability.js';
import { commandReference, demoForReadme, run } from './outputs.js';

const root = fileURLToPath(new URL('..', import.meta.url));

async function schemas() {
  mkdirSync(join(root, 'reports', 'schema'), { recursive: true });
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    writeFileSync(
      join(root, 'reports', 'schema', `${name}.schema.json`),
      `${JSON.stringify(schema(), null, 2)}\n`,
    );
  }
}

async function examples() {
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

async function writeCommandReference() {
  writeFileSync(join(root, 'docs', 'commands.md'), commandReference(Object.keys(COMMANDS)));
}

await schemas();
replaceBlock('README.md', 'demo', demoForReadme(await examples()));
await writeCommandReference();
await generateCases();
generateReliability();
