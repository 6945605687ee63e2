import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations, LINES } from './support/import-rules.ts';

const SRC = join(import.meta.dirname, '..', 'src');

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(SRC, name), 'utf8') }));

test('the sources keep to the rooms of the design', () => {
  expect(sources.length).toBeGreaterThan(5);
  expect(findViolations(sources)).toEqual([]);
});

test('every file is in a room of the design', () => {
  const rooms = new Set(LINES.flat());
  expect(sources.map((file) => file.path).filter((path) => !rooms.has(path.split('/', 1)[0] ?? ''))).toEqual(
    [],
  );
});

describe('the checker finds', () => {
  test.each([
    ['an import up', 'core/a.ts', `import { x } from '../http/x.ts';`, 'up from core to http'],
    ['a type import up', 'report/a.ts', `import type { X } from '../audit/x.ts';`, 'up from report to audit'],
    ['a re-export up', 'auth/a.ts', `export * from '../registry/x.ts';`, 'up from auth to registry'],
    [
      'an import over several lines',
      'core/a.ts',
      `import {\n  x,\n  y,\n} from '../http/x.ts';`,
      'up from core',
    ],
    ['a side-effect import up', 'http/a.ts', `import '../cli/x.ts';`, 'up from http to cli'],
    ['a dynamic import up', 'audit/deep/a.ts', `await import('../../cli/x.ts')`, 'up from audit to cli'],
    ['a type query up', 'core/a.ts', `type X = import('../cli/x.ts').X;`, 'up from core to cli'],
    ['an import of main', 'cli/a.ts', `import { x } from '../main.ts';`, 'up from cli to main.ts'],
    ['an import sideways', 'logger.ts', `import { x } from './errors.ts';`, 'sideways'],
    ['a room the design lacks', 'core/a.ts', `import { x } from '../utils/x.ts';`, 'utils is no room'],
    [
      'a file in a room the design lacks',
      'utils/a.ts',
      `import { x } from '../core/x.ts';`,
      'utils is no room',
    ],
    ['an import outside src', 'core/a.ts', `import { x } from '../../test/x.ts';`, 'outside src'],
    ['an import without its ending', 'core/a.ts', `import { x } from './x';`, 'without .ts'],
    [
      'undici outside http',
      'registry/a.ts',
      `import { request } from 'undici';`,
      'undici is not for registry',
    ],
    ['undici in the demo', 'demo/a.ts', `import { request } from "undici";`, 'undici is not for demo'],
    [
      'a server outside the demo',
      'cli/a.ts',
      `import { createServer } from 'node:http';`,
      'a server is not for cli',
    ],
    ['console', 'cli/a.ts', `console.log('x');`, 'console is not for cli'],
    [
      'stdout outside cli',
      'reporters/a.ts',
      `process.stdout.write('x');`,
      'process.stdout is not for reporters',
    ],
    ['an exit code outside main', 'cli/a.ts', 'process.exitCode = 1;', 'process.exitCode is not for cli'],
    ['an exit', 'main.ts', 'process.exit(1);', 'process.exit() is not for main.ts'],
    ['locale order', 'core/a.ts', 'xs.sort((a, b) => a.localeCompare(b));', 'localeCompare is not for core'],
    ['a list spread into a call', 'audit/a.ts', 'all.push(...tags);', 'push(...list) is not for audit'],
    ['global fetch', 'http/a.ts', 'const x = await fetch(url);', 'global fetch is not for http'],
    ['a breach after a URL in a string', 'core/a.ts', `const u = 'https://x';  fetch(u);`, 'global fetch'],
  ])('%s', (_name, path, text, words) => {
    expect(findViolations([{ path, text }])).toEqual([expect.stringContaining(words)]);
  });
});

describe('the checker allows', () => {
  test.each([
    ['imports down', 'cli/a.ts', `import { x } from '../core/x.ts';\nimport { E } from '../errors.ts';`],
    ['imports within a room', 'audit/causes/a.ts', `import { x } from '../classify.ts';`],
    ['undici in http', 'http/a.ts', `import { request } from 'undici';`],
    ['a server in the demo', 'demo/a.ts', `import { createServer } from 'node:http';`],
    ['stdout in cli', 'cli/a.ts', `process.stdout.write('x');`],
    ['an exit code in main', 'main.ts', 'process.exitCode = 1;'],
    [
      'words in comments',
      'core/a.ts',
      `// never localeCompare\n/** never fetch(x), see import '../cli/x.ts' */\nlet a;`,
    ],
    ['a method called fetch', 'auth/a.ts', 'await tokens.fetch(scope);'],
  ])('%s', (_name, path, text) => {
    expect(findViolations([{ path, text }])).toEqual([]);
  });
});
