import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';
import { disconnectAll, fix, openPair, outcomes, type Sites, tuples } from './support.ts';

const PATH = 'group/project';
const WRITES = new Set(['PUT', 'POST', 'PATCH', 'DELETE']);

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
});
afterEach(disconnectAll);

function put(registry: EmbeddedRegistry, tag: string, image: images.BuiltImage, path = PATH): void {
  images.storeImage(registry.storage, path, image, tag);
}

const flavours: ReadonlyArray<readonly [string, Partial<RegistryOptions>]> = [
  ['GitLab with tag delete', {}],
  ['GitLab before tag delete', { features: [] }],
  ['GitLab with tag reference delete', { features: [], tagReferenceDelete: true }],
  ['Distribution', { flavour: 'distribution' }],
];

describe.each(flavours)('on %s', (_name, options) => {
  beforeEach(() => {
    Object.assign(primary.options, options);
    Object.assign(secondary.options, options);
  });

  test('every kind of drift is mended, and what matched stays', async () => {
    const base = images.ociImage('same');
    const shared = images.ociImage('shared layers');
    for (const registry of [primary, secondary]) {
      put(registry, 'same', base);
      put(registry, 'sibling', images.ociImage('sibling'));
    }
    put(primary, 'moved', images.ociImage('new'));
    put(secondary, 'moved', images.ociImage('old'));
    put(primary, 'index', images.ociIndexOf('index'));
    put(primary, 'nested', images.ociIndex([{ image: images.ociIndexOf('inner') }, { image: shared }]));
    put(primary, 'list', images.dockerListOf('list'));
    put(primary, 'plain', shared);
    put(primary, 'cache', images.buildkitCache('cache'));
    put(primary, 'artifact', images.artifact('note'));
    put(primary, images.signatureTag(base.digest), images.signature(base));
    put(primary, 'repaired', images.ociImage('repaired'));
    secondary.storage.breakTagLink(PATH, 'repaired');
    put(secondary, 'orphan', images.ociImage('orphan'));
    put(secondary, 'orphan-sibling', images.ociImage('sibling'));
    secondary.storage.breakTagLink(PATH, 'broken-orphan');
    secondary.storage.breakTagLink(PATH, 'broken-orphan-2');
    secondary.storage.setTag(PATH, 'dangling-orphan', `sha256:${'d'.repeat(64)}`);
    primary.requests.length = 0;

    const { actions, after } = await fix(sites, [PATH]);

    expect(actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(tuples(secondary, PATH)).toEqual(tuples(primary, PATH));
    expect(after.summary.verdict).toBe('IN-SYNC');
    expect(after.repositories.at(0)?.checksums.narrow.equal).toBe(true);
    expect(primary.requests.filter(({ method }) => WRITES.has(method))).toEqual([]);
    const second = await fix(sites, [PATH]);
    expect(second.plan.repositories).toEqual([]);
  });
});

test("deletion disabled is said in the registry's words, and the copies are made", async () => {
  secondary.options.deleteEnabled = false;
  put(primary, 'new', images.ociImage('new'));
  put(secondary, 'orphan', images.ociImage('orphan'));
  const before = tuples(secondary, PATH);

  const { actions } = await fix(sites, [PATH]);

  expect(outcomes(actions)).toEqual({ new: 'copy done', orphan: 'delete failed' });
  expect(actions[1]?.detail).toMatch(/DELETE_DISABLED.*405 UNSUPPORTED/);
  expect(tuples(secondary, PATH)).toEqual({ ...before, new: images.ociImage('new').digest });
});
