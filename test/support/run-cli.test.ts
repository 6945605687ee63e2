import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from './run-cli.ts';
import { makeTempDir } from './temp-dir.ts';

function script(text: string): string {
  const file = join(makeTempDir('script'), 'command.mjs');
  writeFileSync(file, text);
  return file;
}

test('gives arguments and input, takes output and exit code', async () => {
  const file = script(`
    let input = '';
    for await (const chunk of process.stdin) input += chunk;
    process.stdout.write(JSON.stringify([process.argv.slice(2), input, process.cwd(), process.env.HOME, process.env.EXTRA]));
    process.stderr.write('a log line');
    process.exitCode = 3;
  `);
  const result = await runCli(['scan', '--x'], { script: file, stdin: 'in', env: { EXTRA: 'e' } });
  expect(result).toMatchObject({ code: 3, signal: null, stderr: 'a log line' });
  const [args, input, cwd, home, extra] = JSON.parse(result.stdout);
  expect([args, input, cwd, extra]).toEqual([['scan', '--x'], 'in', result.cwd, 'e']);
  expect(home).not.toBe(process.env.HOME);
});

const waiting = `
  process.on('SIGINT', () => { process.stdout.write('stopped'); process.exit(130); });
  setInterval(() => undefined, 1000);
  process.stderr.write('ready');
`;

test('sends a signal when the output says so', async () => {
  const result = await runCli([], { script: script(waiting), signal: { name: 'SIGINT', when: /ready/ } });
  expect(result).toMatchObject({ code: 130, stdout: 'stopped' });
});

test('sends a signal when a promise resolves', async () => {
  const when = Promise.resolve();
  const result = await runCli([], { script: script(waiting), signal: { name: 'SIGKILL', when } });
  expect(result).toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('a command that does not end is killed and shows its output', async () => {
  await expect(runCli(['x'], { script: script(waiting), guard: 500 })).rejects.toThrow('x did not end');
});
