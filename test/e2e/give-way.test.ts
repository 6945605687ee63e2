import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';

/** Runs the command after that script, and resolves to the priority that its process had at its end. */
async function priorityAfter(script: string): Promise<number> {
  const module = `import os, { getPriority } from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
    process.on('exit', () => process.stderr.write('priority ' + getPriority())); ${script}`;
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(module)}`];
  const { code, stderr } = await runCli(['checksum', '-'], { stdin: '[]', nodeArgs });
  expect(code).toBe(0);
  return Number(/^priority (-?\d+)$/.exec(stderr)?.[1]);
}

it('lets others go first', async () => {
  expect(await priorityAfter('')).toBe(Math.max(getPriority(), 5));
});

it('stays as far behind as it was started', async () => {
  expect(await priorityAfter('os.setPriority(19);')).toBe(19);
});

it('does its work where it may not', async () => {
  const refuse = `os.setPriority = () => { throw new Error('EPERM'); }; syncBuiltinESMExports();`;
  expect(await priorityAfter(refuse)).toBe(getPriority());
});
