import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { fillEmbedded } from '../support/fill-sites.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { runFix } from '../support/fix-run.ts';
import { randomDrift } from '../support/random-drift.ts';
import { makeTempDir } from '../support/temp-dir.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const PATH = 'group/project';
const SECRET = 'planted-secret-0815';
let pair: FixPair;

afterEach(() => pair.close());

function credentials(...sides: Array<'primary' | 'secondary'>): string[] {
  const file = join(makeTempDir('secret'), 'password');
  writeFileSync(file, `${SECRET}\n`);
  return sides.flatMap((side) => [`--${side}-username`, 'admin', `--${side}-password-file`, file]);
}

beforeEach(async () => {
  pair = await startFixPair({ auth: 'token', users: { admin: { password: SECRET } } });
});

it('with a token service on both sites, mounts across repositories included', async () => {
  const drift = randomDrift(3, { repositories: 2, tags: 30 });
  fillEmbedded(pair.primary.storage, drift, 'primary');
  fillEmbedded(pair.secondary.storage, drift, 'secondary');
  // So short that tokens end while the fix runs.
  pair.secondary.options.expiresIn = 1;
  const paths = drift.map(({ path }) => path);
  const args = ['scan', '--fix', '--yes', ...paths, ...credentials('primary', 'secondary')];
  const run = await runFix(args, pair);
  expect(run.fix.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect(run.code).toBe(0);
  for (const text of [run.stdout, run.stderr, JSON.stringify(run.report)]) expect(text).not.toContain(SECRET);
});

it('with a credential that may only read: every action fails in words, nothing is changed', async () => {
  pair.secondary.options.users = { admin: { password: SECRET, access: { '*': ['pull'] } } };
  pair.put('both', PATH, 'same', ociImage('same'));
  pair.put('primary', PATH, 'new', ociIndexOf('new'));
  pair.put('secondary', PATH, 'orphan', ociImage('orphan'));
  const before = pair.links(PATH);
  const args = ['scan', '--fix', '--yes', PATH, ...credentials('primary', 'secondary')];
  const run = await runFix(args, pair);
  expect(run.stderr).not.toContain('defect');
  expect(run.code).toBe(2);
  expect(run.outcomes).toEqual({ [`${PATH}:new`]: 'copy failed', [`${PATH}:orphan`]: 'delete skipped' });
  expect(run.fix.actions[0]?.detail).toMatch(/401|403|insufficient_scope|DENIED|UNAUTHORIZED/);
  expect(pair.links(PATH)).toEqual(before);
});

it('with a primary that may only be read, as it should be', async () => {
  pair.primary.options.users = { admin: { password: SECRET, access: { '*': ['pull'] } } };
  // A repository that the secondary has never seen.
  pair.put('primary', 'group/fresh', 'new', ociIndexOf('new'));
  const args = ['scan', '--fix', '--yes', 'group/fresh', ...credentials('primary', 'secondary')];
  const run = await runFix(args, pair);
  expect(run.outcomes).toEqual({ 'group/fresh:new': 'copy done' });
  expect(run.code).toBe(0);
  expect(run.fix.verified).toBe(true);
});
