import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { SCHEMAS } from '../../src/report/json-schema.ts';
import { parseReport } from '../../src/report/read-file.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

/** Times, ports and what follows from them are other in every run. */
function timeless(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, 'TIME')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS');
}

async function outputs(): Promise<{
  run(args: string[], cwd?: string): string;
  demoForReadme(printed: string): string;
  commandReference(commands: string[]): string;
}> {
  return import(join(root, 'docs', 'outputs.js'));
}

it.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])(
  'reports/schema/%s.schema.json is what the code has (npm run docs)',
  (name) => {
    expect(JSON.parse(read('reports', 'schema', `${name}.schema.json`))).toEqual(
      JSON.parse(JSON.stringify(SCHEMAS[name]())),
    );
  },
);

it('docs/commands.md is what --help prints (npm run docs)', async () => {
  const { commandReference } = await outputs();
  expect(read('docs', 'commands.md')).toBe(commandReference(Object.keys(COMMANDS)));
});

it('docs/reliability.md is what the hostile tests saw (npm run docs)', async () => {
  const { reliabilityPage } = await import(join(root, 'docs', 'generate-reliability.js'));
  expect(read('docs', 'reliability.md')).toBe(reliabilityPage(join(root, 'reports', 'hostile')));
});

it('the README shows what the demo prints (npm run docs)', async () => {
  const { run, demoForReadme } = await outputs();
  const printed = run(['demo', '--quiet', '--out', makeTempDir('docs')], makeTempDir('docs-cwd'));
  const shown = /<!-- demo -->\n```text\n([\s\S]*?)\n```\n<!-- \/demo -->/.exec(read('README.md'))?.[1];
  expect(timeless(shown ?? '')).toBe(timeless(demoForReadme(printed)));
});

it('the example report is one that this release reads', () => {
  expect(parseReport(read('reports', 'examples', 'report.json'), 'report.json').summary.silentlySkipped).toBe(
    54,
  );
});
