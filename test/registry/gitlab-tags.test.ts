import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, ociIndex, storeImage } from '../../src/demo/images.ts';
import { askForGitlabApi, type GitlabTag, listGitlabTags } from '../../src/registry/gitlab-tags.ts';
import type { RegistryClient } from '../../src/registry/registry-client.ts';
import { rejection } from '../http/support/wire.ts';
import type { Reply } from '../support/scripted-server.ts';
import { connected, errorBody, scriptedRegistry } from './support/connected.ts';

const PATH = '/gitlab/v1/repositories/group/project/tags/list/';
const FIRST = `${PATH}?n=1000`;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const json = (value: unknown): string => JSON.stringify(value);

/** The listing with what it gave on the way. */
async function listed(client: RegistryClient): Promise<object> {
  const tags: GitlabTag[] = [];
  const listing = await listGitlabTags(client, 'group/project', (tag) => tags.push(tag));
  return listing.kind === 'listed' ? { ...listing, tags } : listing;
}

describe('the API is there', () => {
  test.each<[number, boolean | null]>([
    [200, true],
    [204, true],
    [401, true],
    // Not known, or the database is off.
    [404, false],
    [403, null],
    [429, null],
    [500, null],
    [503, null],
  ])('%s: %s', async (status, expected) => {
    const reply: Reply = { status };
    const { client } = await scriptedRegistry({ method: 'GET', path: '/gitlab/v1/', reply, times: 'any' });
    expect(await askForGitlabApi(client)).toEqual({ isThere: expected, status });
  });

  test.each([
    ['gitlab', true, true],
    ['gitlab', false, false],
    ['distribution', true, false],
  ] as const)('%s with database %s: %s', async (flavour, database, expected) => {
    const registry = await startEmbeddedRegistry({ flavour, database });
    onTestFinished(registry.close);
    expect(await askForGitlabApi(connected(registry.url))).toMatchObject({ isThere: expected });
  });
});

describe('the tags', () => {
  test('come with digests and media types, page by page, as the registry has them', async () => {
    const registry = await startEmbeddedRegistry({ maxPageSize: 2 });
    onTestFinished(registry.close);
    const image = ociImage('one');
    const index = ociIndex([{ image, platform: 'linux/amd64' }]);
    for (const tag of ['a', 'b', 'c']) storeImage(registry.storage, 'group/project', image, tag);
    for (const tag of ['d', 'e']) storeImage(registry.storage, 'group/project', index, tag);
    const listing = await listed(connected(registry.url));
    expect(listing).toMatchObject({
      kind: 'listed',
      illegal: [],
      tags: [
        ...['a', 'b', 'c'].map((name) => ({ name, digest: image.digest, mediaType: image.mediaType })),
        ...['d', 'e'].map((name) => ({ name, digest: index.digest, mediaType: index.mediaType })),
      ],
    });
    expect(registry.requests.map(({ path }) => path)).toEqual([
      FIRST,
      `${PATH}?last=b&n=2`,
      `${PATH}?last=d&n=2`,
    ]);
  });

  test('fields that are missing, null or no digest are null; names that break the grammar are kept apart', async () => {
    const entries = [
      { name: 'full', digest: DIGEST, media_type: 'A/B', published_at: '2026-11-21T00:00:00Z', other: [1] },
      { name: 'bare' },
      { name: 'nulls', digest: null, media_type: null, published_at: null },
      { name: 'bad', digest: 'md5:1', media_type: '', published_at: '' },
      { name: '../x', digest: DIGEST },
    ];
    const { client } = await scriptedRegistry({ method: 'GET', path: FIRST, reply: { body: json(entries) } });
    const none = { digest: null, mediaType: null, publishedAt: null };
    expect(await listed(client)).toEqual({
      kind: 'listed',
      tags: [
        { name: 'full', digest: DIGEST, mediaType: 'a/b', publishedAt: '2026-11-21T00:00:00Z' },
        { name: 'bare', ...none },
        { name: 'nulls', ...none },
        { name: 'bad', ...none },
      ],
      illegal: ['../x'],
    });
  });

  test.each([
    ['an object', '{"tags":[]}'],
    ['null', 'null'],
    ['a list of texts', '["a"]'],
    ['an entry without a name', '[{"digest":"x"}]'],
    ['a name that is a number', '[{"name":1}]'],
    ['HTML', '<html>'],
  ])('%s is refused', async (_name, body) => {
    const { client } = await scriptedRegistry({ method: 'GET', path: FIRST, reply: { body } });
    expect(await rejection(listed(client))).toMatchObject({ code: 'PROTOCOL' });
  });

  test('pages that go on without anything new are an error', async () => {
    const again = (n: number): Reply => ({
      body: json([{ name: 'a' }]),
      headers: { link: `<${PATH}?last=${n}>; rel="next"` },
    });
    const { client } = await scriptedRegistry(
      { method: 'GET', path: FIRST, reply: again(1) },
      { method: 'GET', path: `${PATH}?last=1`, reply: again(2) },
      { method: 'GET', path: `${PATH}?last=2`, reply: again(3) },
      { method: 'GET', path: `${PATH}?last=3`, reply: again(4) },
    );
    expect((await rejection(listed(client))).message).toContain('brought no new tag');
  });

  test.each<[string, Reply, object]>([
    ['404 NAME_UNKNOWN', { status: 404, body: errorBody('NAME_UNKNOWN') }, { kind: 'unknown-repository' }],
    ['another 404 is no answer', { status: 404, body: errorBody('BLOB_UNKNOWN') }, { kind: 'refused' }],
    ['nor is a web server’s', { status: 404, body: '404 page not found' }, { kind: 'refused' }],
    ['401', { status: 401, body: errorBody('UNAUTHORIZED') }, { kind: 'refused', refusal: { status: 401 } }],
  ])('%s', async (_name, reply, expected) => {
    const { client } = await scriptedRegistry({ method: 'GET', path: FIRST, reply });
    expect(await listed(client)).toMatchObject(expected);
  });
});
