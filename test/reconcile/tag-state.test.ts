import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { TransportError } from '../../src/errors.ts';
import { ActionError } from '../../src/reconcile/action-error.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { readSettledTag, readTagState } from '../../src/reconcile/tag-state.ts';
import { apply, CREATED_AT, connect, disconnectAll, FAST_CLOCK, outcomes, scanNow } from './support.ts';

const PATH = 'group/project';

let registry: EmbeddedRegistry;

beforeEach(async () => {
  registry = await startEmbeddedRegistry();
  storeImage(registry.storage, PATH, ociImage('one'), 'tag');
});

afterEach(async () => {
  await disconnectAll();
  await registry.close();
});

const read = () =>
  readTagState(connect(registry.url, 'secondary', { retries: 0 }).client, PATH, 'tag', 'secondary');

test.each([400, 404, 406, 410, 500])('HTTP %i says that the tag does not resolve', async (status) => {
  registry.options.fault = () => ({ status });
  expect(await read()).toEqual({ kind: 'unresolvable', status });
});

test.each([403, 418, 429, 501, 502, 503, 504])('HTTP %i says nothing of the tag', async (status) => {
  registry.options.fault = () => ({ status });
  const failure = await read().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ActionError);
  expect(failure).toMatchObject({
    code: 'REFUSED',
    status,
    message: expect.stringContaining(`HTTP ${status}`),
  });
});

test('a login page is no manifest', async () => {
  registry.options.fault = () => ({
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Sign in</html>',
  });
  await expect(read()).rejects.toThrow(TransportError);
});

test('a 500 of a moment is asked again', async () => {
  registry.options.fault = ({ count }) => (count <= 2 ? { status: 500 } : undefined);
  const { client } = connect(registry.url);
  const state = await readSettledTag(client, PATH, 'tag', 'secondary', { clock: FAST_CLOCK });
  expect(state).toEqual({ kind: 'resolved', digest: ociImage('one').digest });
});

describe('a gateway that fails before a tag', () => {
  test.each<[string, 'copy' | 'delete', boolean]>([
    ['does not get it overwritten', 'copy', true],
    ['does not get it deleted', 'delete', false],
  ])('%s', async (_name, type, isOnPrimary) => {
    const primary = await startEmbeddedRegistry();
    try {
      storeImage(primary.storage, PATH, ociImage('one'), isOnPrimary ? 'tag' : 'other');
      storeImage(registry.storage, PATH, ociImage('one'), 'other');
      registry.storage.breakTagLink(PATH, 'tag');
      const sites = { primary: connect(primary.url), secondary: connect(registry.url, 'secondary') };
      const plan = planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });
      // Somebody repaired it, and the check before the write does not get through.
      storeImage(registry.storage, PATH, ociImage('theirs'), 'tag');
      registry.options.fault = ({ method, path }) =>
        method === 'HEAD' && path.endsWith('/manifests/tag') ? { status: 503 } : undefined;
      const { actions } = await apply(plan, sites, [PATH]);
      expect(outcomes(actions)).toMatchObject({ tag: `${type} failed` });
      expect(registry.storage.tagLink(PATH, 'tag')).toBe(ociImage('theirs').digest);
    } finally {
      await disconnectAll();
      await primary.close();
    }
  });
});
