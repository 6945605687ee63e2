import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { PLACEHOLDER_ANNOTATION } from '../../src/reconcile/placeholder.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import {
  apply,
  CREATED_AT,
  disconnectAll,
  fix,
  openPair,
  outcomes,
  type Sites,
  scanNow,
  tuples,
} from './support.ts';

const PATH = 'group/project';

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
  for (const registry of [primary, secondary]) put(registry, 'same', images.ociImage('shared'));
  // A sibling: the same digest as the tag that matches.
  put(secondary, 'orphan', images.ociImage('shared'));
});
afterEach(disconnectAll);

function put(registry: EmbeddedRegistry, tag: string, image: images.BuiltImage): void {
  images.storeImage(registry.storage, PATH, image, tag);
}

function placeholdersLeft(): string[] {
  const { manifests, tags } = secondary.storage.repository(PATH);
  return [...tags].flatMap(([name, { link }]) => {
    const bytes = manifests.get(link)?.bytes;
    return bytes !== undefined && Buffer.from(bytes).includes(PLACEHOLDER_ANNOTATION) ? [name] : [];
  });
}

/** A fault of the first `times` requests that fit. */
function failing(method: string, part: RegExp, fault: Fault, times = 1) {
  let left = times;
  return (request: FaultRequest): Fault => {
    if (request.method !== method || !part.test(request.path) || left === 0) return undefined;
    left--;
    return fault;
  };
}

const BY_DIGEST = /manifests\/sha256:/;
const FAILURE = { status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"the storage hiccuped"}]}' };

describe('by tag', () => {
  test('an error that was none: the tag is gone', async () => {
    secondary.options.fault = ({ method }) => {
      if (method !== 'DELETE') return undefined;
      secondary.storage.deleteTag(PATH, 'orphan');
      return FAILURE;
    };
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete done' });
  });

  test("an error fails in the registry's words and changes nothing", async () => {
    const before = tuples(secondary, PATH);
    secondary.options.fault = failing('DELETE', /./, FAILURE, 99);
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
    expect(actions[0]?.detail).toContain('HTTP 500 UNKNOWN: the storage hiccuped');
    expect(tuples(secondary, PATH)).toEqual(before);
  });
});

test('by tag: an accepted delete that leaves the tag in the list is none', async () => {
  secondary.options.fault = ({ method }) => {
    if (method !== 'DELETE') return undefined;
    secondary.storage.breakTagLink(PATH, 'orphan');
    return { status: 202 };
  };
  const { actions } = await fix(sites, [PATH]);
  expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
  expect(actions[0]?.detail).toMatch(/accepted the delete.*still listed/);
});

describe('by tag reference', () => {
  beforeEach(() => {
    Object.assign(secondary.options, { features: [], tagReferenceDelete: true });
    put(secondary, 'orphan-2', images.ociImage('shared'));
  });

  test.each([403, 429, 500, 503])('HTTP %i for one tag is no ground for placeholders', async (status) => {
    const before = tuples(secondary, PATH);
    secondary.options.fault = failing('DELETE', /tags\/reference\/orphan$/, { status }, 99);
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed', 'orphan-2': 'delete done' });
    expect(actions[0]?.detail).toContain(`HTTP ${status}`);
    expect(actions[1]?.detail).toBe('deleted by tag reference');
    expect(secondary.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(tuples(secondary, PATH)).toEqual({ same: before.same, orphan: before.orphan });
  });
});

describe('by placeholder', () => {
  beforeEach(() => {
    secondary.options.features = [];
  });

  test('never deletes by a digest that another tag has', async () => {
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete done' });
    expect(tuples(secondary, PATH)).toEqual(tuples(primary, PATH));
    const shared = images.ociImage('shared').digest;
    const deletes = secondary.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(deletes.filter((path) => path.includes(shared))).toEqual([]);
  });

  test.each<[string, Fault]>([
    ['is answered with an error', FAILURE],
    ['gets no answer', 'reset'],
  ])('a delete that %s leaves the tag with its digest and no placeholder', async (_name, fault) => {
    const before = tuples(secondary, PATH);
    let deletes = 0;
    secondary.options.fault = ({ method, path }) => {
      // The first is the question whether deletion is enabled.
      if (method !== 'DELETE' || !BY_DIGEST.test(path) || ++deletes === 1) return undefined;
      return fault;
    };
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
    expect(actions[0]?.detail).toContain('the tag was given its digest back');
    expect(tuples(secondary, PATH)).toEqual(before);
    expect(placeholdersLeft()).toEqual([]);
  });

  test.each<[string, Fault]>([
    ['is answered with 401', { status: 401 }],
    ['gets no answer', 'reset'],
  ])(
    'a delete that once %s leaves no manifest of a placeholder, which no list would name',
    async (_name, fault) => {
      const before = tuples(secondary, PATH);
      let deletes = 0;
      secondary.options.fault = ({ method, path }) =>
        method === 'DELETE' && BY_DIGEST.test(path) && ++deletes === 2 ? fault : undefined;
      const { actions } = await fix(sites, [PATH]);
      expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
      expect(tuples(secondary, PATH)).toEqual(before);
      const { manifests } = secondary.storage.repository(PATH);
      const left = [...manifests.values()].filter(({ bytes }) =>
        Buffer.from(bytes).includes(PLACEHOLDER_ANNOTATION),
      );
      expect(left).toEqual([]);
    },
  );

  test('what does not hash to the digest is not put back under the tag', async () => {
    let deletes = 0;
    secondary.options.fault = ({ method, path }) => {
      if (method === 'DELETE' && BY_DIGEST.test(path) && ++deletes > 1) return FAILURE;
      if (method !== 'GET' || !BY_DIGEST.test(path)) return undefined;
      const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
      return { status: 200, headers, body: images.ociImage('meddled').manifests[0]?.bytes ?? '' };
    };
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
    expect(actions[0]?.detail).toContain('go on with --resume');
    const pushes = secondary.requests.filter(
      ({ method, path }) => method === 'PUT' && path.endsWith('/orphan'),
    );
    expect(pushes).toHaveLength(1);
  });

  test('a placeholder that is refused leaves the tag as it was', async () => {
    const before = tuples(secondary, PATH);
    secondary.options.fault = failing('PUT', /manifests\/orphan/, { status: 403, body: '' }, 99);
    const { actions } = await fix(sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
    expect(actions[0]?.detail).toContain('HTTP 403');
    expect(tuples(secondary, PATH)).toEqual(before);
  });
});

describe('changed since the plan', () => {
  const planned = async () => planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });

  test.each<[string, () => void, RegExp]>([
    [
      "the secondary's orphan was moved",
      () => put(secondary, 'orphan', images.ociImage('x')),
      /secondary's tag is now/,
    ],
    [
      'the primary got the orphan',
      () => put(primary, 'orphan', images.ociImage('x')),
      /primary lists the tag now/,
    ],
    ['the orphan is gone', () => secondary.storage.deleteTag(PATH, 'orphan'), /nothing that resolves/],
  ])('%s', async (_name, change, words) => {
    const plan = await planned();
    change();
    const before = tuples(secondary, PATH);
    const { actions } = await apply(plan, sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete skipped' });
    expect(actions[0]?.detail).toMatch(/^changed since the plan/);
    expect(actions[0]?.detail).toMatch(words);
    expect(tuples(secondary, PATH)).toEqual(before);
  });

  test.each<[string, () => void, RegExp]>([
    ['the primary moved', () => put(primary, 'new', images.ociImage('x')), /primary's tag is now/],
    [
      'the secondary got another',
      () => put(secondary, 'new', images.ociImage('x')),
      /secondary's tag is now/,
    ],
    ['the secondary has it already', () => put(secondary, 'new', images.ociImage('new')), /already has/],
  ])('a copy: %s', async (_name, change, words) => {
    put(primary, 'new', images.ociImage('new'));
    const plan = await planned();
    change();
    const { actions } = await apply(plan, sites, [PATH]);
    expect(outcomes(actions)).toEqual({ new: 'copy skipped', orphan: 'delete done' });
    expect(actions[0]?.detail).toMatch(words);
  });

  test('a primary that gives no clear answer is no ground to delete on', async () => {
    const plan = await planned();
    primary.options.fault = failing('HEAD', /manifests\/orphan/, FAILURE, 99);
    const { actions } = await apply(plan, sites, [PATH]);
    expect(outcomes(actions)).toEqual({ orphan: 'delete failed' });
    primary.options.fault = failing('GET', /tags\/list/, { status: 403 }, 1);
    expect(outcomes((await apply(plan, sites, [PATH])).actions)).toEqual({ orphan: 'delete failed' });
    expect(tuples(secondary, PATH).orphan).toBeDefined();
  });
});

test('a dry run says what it would do and writes nothing', async () => {
  put(primary, 'new', images.ociImage('new'));
  const plan = planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });
  secondary.requests.length = 0;
  const { actions } = await apply(plan, sites, [PATH], { dryRun: true }, { journal: null });
  expect(actions.map(({ detail }) => detail)).toEqual([
    `dry run: would be copied (${images.ociImage('new').digest})`,
    'dry run: would be deleted',
  ]);
  expect([...new Set(secondary.requests.map(({ method }) => method))].sort()).toEqual(['GET', 'HEAD']);
});

test('interrupted: nothing further is begun', async () => {
  put(primary, 'new', images.ociImage('new'));
  const controller = new AbortController();
  const { actions } = await fix(
    sites,
    [PATH],
    {},
    {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'action-done') controller.abort(new Error('stop'));
      },
    },
  );
  expect(outcomes(actions)).toEqual({ new: 'copy done', orphan: 'delete skipped' });
  expect(actions[1]?.detail).toMatch(/interrupted/);
});
