import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { type BuiltImage, ociImage, storeImage } from '../../src/demo/images.ts';
import { disconnectAll, fix, openPair, type Sites } from './support.ts';

const PATH = 'group/project';

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
  put(primary, ociImage('new'));
  put(secondary, ociImage('old'));
});
afterEach(disconnectAll);

function put(registry: EmbeddedRegistry, image: BuiltImage): void {
  storeImage(registry.storage, PATH, image, 'latest');
}

/** Pushes another image under the tag while the blobs of the first are being uploaded. */
function pushDuringUpload(registry: EmbeddedRegistry, image: BuiltImage): void {
  secondary.options.fault = ({ method }) => {
    if (method === 'POST') put(registry, image);
    return undefined;
  };
}

test('a tag that somebody pushes to the secondary during the copy is left as they pushed it', async () => {
  const theirs = ociImage('theirs');
  pushDuringUpload(secondary, theirs);
  const { actions } = await fix(sites, [PATH]);
  expect(actions).toMatchObject([
    { tag: 'latest', outcome: 'skipped', detail: expect.stringContaining('changed since the plan') },
  ]);
  expect(secondary.storage.tagLink(PATH, 'latest')).toBe(theirs.digest);
});

const LACKS_CONTENT = {
  status: 400,
  body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}',
};

test.each<[string, BuiltImage | null, string, BuiltImage]>([
  ['is pushed once more when its content is there', null, 'done', ociImage('new')],
  ['is left as somebody pushed it meanwhile', ociImage('theirs'), 'skipped', ociImage('theirs')],
])('a tag refused for want of content %s', async (_name, pushed, outcome, then) => {
  secondary.options.fault = ({ method, path, count }) => {
    if (method !== 'PUT' || !path.endsWith('/manifests/latest') || count > 1) return undefined;
    if (pushed !== null) put(secondary, pushed);
    return LACKS_CONTENT;
  };
  const { actions } = await fix(sites, [PATH]);
  expect(actions).toMatchObject([{ tag: 'latest', outcome }]);
  expect(secondary.storage.tagLink(PATH, 'latest')).toBe(then.digest);
});

test('a tag that moves on the primary during the copy is not set to what it was', async () => {
  pushDuringUpload(primary, ociImage('newer'));
  const { actions } = await fix(sites, [PATH]);
  expect(actions).toMatchObject([
    { outcome: 'skipped', detail: expect.stringContaining("the primary's tag is now") },
  ]);
  expect(secondary.storage.tagLink(PATH, 'latest')).toBe(ociImage('old').digest);
});
