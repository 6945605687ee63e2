import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import { placeholdersInEmbedded } from '../support/fill-sites.ts';
import { type FixPair, startFixPair } from '../support/fix-pair.ts';
import { runFix } from '../support/fix-run.ts';
import { killRounds } from '../support/kill-rounds.ts';
import { describeReal } from '../support/real-registry.ts';

// Many runs of the command; on a busy machine each takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

describeReal('a fix that is killed and resumed', () => {
  // Fifty kills are in test/long.
  it(
    'ends in the same state as one that was not, after 5 kills at random moments',
    () => killRounds(Number(process.env.DRIFT_SEED ?? 5), 5),
    120_000,
  );
});

describe('a fix that is killed at a moment that matters', () => {
  const path = 'group/project';
  const args = ['scan', '--fix', '--yes', path];
  const resume = ['scan', '--fix', '--yes', '--resume', 'out/journal.ndjson'];
  let pair: FixPair;
  beforeEach(async () => {
    pair = await startFixPair({ flavour: 'distribution' });
    pair.put('both', path, 'same', ociImage('same'));
  });
  afterEach(() => pair.close());

  /** Kills the fix at the secondary's `nth` request that matches; the request is answered when `late`, else never. */
  async function killAt(method: string, part: RegExp, nth: number, late = false): Promise<string> {
    let seen = 0;
    const when = new Promise<void>((resolve) => {
      pair.secondary.options.fault = (request) => {
        if (request.method !== method || !part.test(request.path) || ++seen !== nth) return undefined;
        resolve();
        return late ? undefined : 'hang';
      };
    });
    const killed = runFix(args, pair, { signal: { name: 'SIGKILL', when } });
    const error = await killed.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    pair.secondary.options.fault = undefined;
    const [, cwd = ''] = /open '(.*)\/out\/report.json'/.exec(String((error as Error).cause)) ?? [];
    return cwd;
  }

  function expectMended(): void {
    expect(pair.links(path)).toEqual({ same: ociImage('same').digest });
    expect(placeholdersInEmbedded(pair.secondary.storage, path)).toEqual([]);
  }

  it.each<readonly [string, string, RegExp, number, boolean]>([
    ['with a placeholder under one of three broken tags', 'PUT', /manifests\/broken-/, 2, false],
    ['before the answer to the last placeholder', 'PUT', /manifests\/broken-/, 3, true],
    ['between the placeholders and the first delete', 'DELETE', /manifests\/sha256:/, 2, false],
    ['before the answer to the first delete', 'DELETE', /manifests\/sha256:/, 2, true],
  ])('%s', async (_, method, part, nth, late) => {
    for (const tag of ['broken-1', 'broken-2', 'broken-3']) pair.secondary.storage.breakTagLink(path, tag);
    pair.put('secondary', path, 'orphan', ociImage('orphan'));
    const cwd = await killAt(method, part, nth, late);
    const run = await runFix(resume, pair, { cwd });
    expect(run.fix.actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(run.code).toBe(0);
    expectMended();
  });

  it('finishes a placeholder even with --no-delete, and begins no other', async () => {
    pair.put('secondary', path, 'orphan-1', ociImage('orphan'));
    pair.put('secondary', path, 'orphan-2', ociImage('orphan'));
    const cwd = await killAt('DELETE', /manifests\/sha256:/, 2);
    const run = await runFix([...resume, '--no-delete'], pair, { cwd });
    expect(run.outcomes).toEqual({
      [`${path}:orphan-1`]: 'delete done',
      [`${path}:orphan-2`]: 'delete skipped',
    });
    expect(pair.links(path)).toEqual({
      same: ociImage('same').digest,
      'orphan-2': ociImage('orphan').digest,
    });
    expect(placeholdersInEmbedded(pair.secondary.storage, path)).toEqual([]);
  });

  it('puts no placeholder under a tag that it will not delete', async () => {
    for (const tag of ['broken-1', 'broken-2', 'broken-3']) pair.secondary.storage.breakTagLink(path, tag);
    const cwd = await killAt('PUT', /manifests\/broken-2/, 1);
    const run = await runFix([...resume, '--no-delete'], pair, { cwd });
    // While the third stays broken the registry would stumble over the delete of the others.
    expect(run.outcomes).toEqual({
      [`${path}:broken-1`]: 'delete failed',
      [`${path}:broken-2`]: 'delete failed',
      [`${path}:broken-3`]: 'delete skipped',
    });
    expect(pair.links(path)['broken-3']).toBe('broken');
    expect(run.code).toBe(2);

    expect((await runFix(resume, pair, { cwd })).code).toBe(0);
    expectMended();
  });
});
