import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import { ask, codeOf, NARROW, push, WIDE } from './client.ts';

const PATH = 'group/project';
const ABSENT = `sha256:${'a'.repeat(64)}`;
const docker = images.dockerImage('docker');
const oci = images.ociImage('oci');
const index = images.ociIndexOf('index');
const bareIndex = images.ociIndexOf('bare index', undefined, { withMediaType: false });
const list = images.dockerListOf('list');
const armList = images.dockerListOf('arm list', ['linux/arm64']);
const schema1 = images.schema1Image('schema 1');
const all = { docker, oci, index, bareindex: bareIndex, list, armlist: armList, schema1 };
const amd64 = list.manifests[0]?.digest;

let registry: EmbeddedRegistry;
let api: string;
let repository: string;

beforeEach(async () => {
  registry = await startEmbeddedRegistry();
  api = registry.url;
  repository = `${api}/v2/${PATH}`;
  for (const [tag, image] of Object.entries(all)) images.storeImage(registry.storage, PATH, image, tag);
});
afterEach(() => registry.close());

describe('narrow and wide Accept (docs/facts.md §3)', () => {
  const nil = null;
  test.each<[string, 'gitlab' | 'distribution', string | null | undefined, string | null]>([
    ['docker', 'distribution', docker.digest, docker.digest],
    ['docker', 'gitlab', docker.digest, docker.digest],
    ['oci', 'distribution', oci.digest, oci.digest],
    ['oci', 'gitlab', oci.digest, oci.digest],
    ['index', 'distribution', nil, index.digest],
    ['index', 'gitlab', nil, index.digest],
    ['bareindex', 'distribution', bareIndex.digest, bareIndex.digest],
    ['bareindex', 'gitlab', nil, bareIndex.digest],
    ['list', 'distribution', amd64, list.digest],
    ['list', 'gitlab', amd64, list.digest],
    ['armlist', 'distribution', nil, armList.digest],
    ['armlist', 'gitlab', nil, armList.digest],
    ['schema1', 'distribution', schema1.digest, schema1.digest],
    ['schema1', 'gitlab', nil, nil],
  ])('%s on %s', async (tag, flavour, narrow, wide) => {
    registry.options.flavour = flavour;
    const url = `${repository}/manifests/${tag}`;
    const refused = tag === 'schema1' ? 400 : 404;
    for (const [accept, digest] of [
      [NARROW, narrow],
      [WIDE, wide],
    ] as const) {
      const head = await ask('HEAD', url, { headers: { accept } });
      expect(head.headers['docker-content-digest'] ?? null).toBe(digest);
      expect(head.status).toBe(digest === null ? refused : 200);
      expect(head.text).toBe('');
    }
  });

  test('the refusals name their reason on GET', async () => {
    const get = async (tag: string, accept: string) => {
      const { text } = await ask('GET', `${repository}/manifests/${tag}`, { headers: { accept } });
      return (JSON.parse(text) as { errors: { code: string; message: string }[] }).errors[0];
    };
    expect(await get('index', NARROW)).toEqual({
      code: 'MANIFEST_UNKNOWN',
      message: 'OCI index found, but accept header does not support OCI indexes',
    });
    expect(await get('oci', 'application/json')).toEqual({
      code: 'MANIFEST_UNKNOWN',
      message: 'OCI manifest found, but accept header does not support OCI manifests',
    });
    expect(await get('schema1', WIDE)).toEqual({
      code: 'MANIFEST_INVALID',
      message: 'Schema 1 manifest not supported',
    });
  });

  test('a list fetched by digest is not rewritten', async () => {
    const { headers } = await ask('HEAD', `${repository}/manifests/${list.digest}`, {
      headers: { accept: NARROW },
    });
    expect(headers['docker-content-digest']).toBe(list.digest);
  });

  test('GitLab answers 404 for a broken tag link and names a revision that is gone', async () => {
    registry.storage.breakTagLink(PATH, 'docker');
    registry.storage.removeManifest(PATH, oci.digest);
    const headers = { accept: WIDE };
    const broken = await ask('GET', `${repository}/manifests/docker`, { headers });
    expect([broken.status, codeOf(broken)]).toEqual([404, 'MANIFEST_UNKNOWN']);
    const gone = await ask('GET', `${repository}/manifests/oci`, { headers });
    expect(gone.text).toContain(`"detail":{"Name":"${PATH}","Revision":"${oci.digest}"}`);
  });
});

describe('ping and tag lists', () => {
  test('the GitLab headers, and none of them for Distribution or on a 401', async () => {
    const gitlab = await ask('GET', `${api}/v2/`);
    expect(gitlab.headers).toMatchObject({
      'docker-distribution-api-version': 'registry/2.0',
      'gitlab-container-registry-version': '4.30.0-gitlab',
      'gitlab-container-registry-features': 'tag_delete',
      'gitlab-container-registry-database-enabled': 'true',
    });
    registry.options.auth = 'basic';
    expect(Object.keys((await ask('GET', `${api}/v2/`)).headers).join()).not.toContain('gitlab');
    registry.options.auth = 'none';
    registry.options.flavour = 'distribution';
    expect(Object.keys((await ask('GET', `${api}/v2/`)).headers).join()).not.toContain('gitlab');
  });

  const sorted = Object.keys(all).sort();
  const names = (text: string) => (JSON.parse(text) as { tags: string[] }).tags;

  test('with a database: sorted, paged by n, Link to the next page under the prefix', async () => {
    registry.options.prefix = '/registry';
    const first = await ask('GET', `${registry.url}/v2/${PATH}/tags/list?n=3`);
    expect(names(first.text)).toEqual(sorted.slice(0, 3));
    expect(first.headers.link).toBe(`</registry/v2/${PATH}/tags/list?last=${sorted[2]}&n=3>; rel="next"`);
    const last = await ask('GET', `${registry.url}/v2/${PATH}/tags/list?n=4&last=${sorted[2]}`);
    expect([names(last.text), last.headers.link]).toEqual([sorted.slice(3), undefined]);
    registry.options.maxPageSize = 2;
    expect(names((await ask('GET', `${registry.url}/v2/${PATH}/tags/list?n=10000`)).text)).toHaveLength(2);
  });

  test.each(['distribution', 'gitlab'] as const)(
    'without one (%s): all, unsorted, n ignored, no Link',
    async (flavour) => {
      Object.assign(registry.options, { flavour, database: false });
      const { text, headers } = await ask('GET', `${repository}/tags/list?n=2`);
      expect([...names(text)].sort()).toEqual(sorted);
      expect(names(text)).not.toEqual(sorted);
      expect(headers.link).toBeUndefined();
    },
  );

  test('the v1 API: entries, pages, limits of n, slashes', async () => {
    const v1 = `${api}/gitlab/v1/repositories/${PATH}/tags/list`;
    expect((await ask('GET', `${api}/gitlab/v1/`)).status).toBe(200);
    expect((await ask('GET', `${api}/gitlab/v1`)).status).toBe(301);
    expect((await ask('GET', v1)).status).toBe(301);
    const first = await ask('GET', `${v1}/?n=2`);
    expect(first.headers.link).toBe(
      `</gitlab/v1/repositories/${PATH}/tags/list/?last=${sorted[1]}&n=2>; rel="next"`,
    );
    const entries = JSON.parse(first.text) as { name: string; digest: string; media_type: string }[];
    expect(entries.map((entry) => entry.name)).toEqual(sorted.slice(0, 2));
    expect(entries[0]).toMatchObject({ digest: armList.digest, media_type: armList.mediaType });
    expect(Object.keys(entries[0] ?? {})).toContain('published_at');
    for (const n of ['0', '1001', 'x']) expect((await ask('GET', `${v1}/?n=${n}`)).status).toBe(400);
    expect((await ask('GET', `${api}/gitlab/v1/repositories/no/such/tags/list/`)).status).toBe(404);
    registry.options.database = false;
    expect((await ask('GET', `${api}/gitlab/v1/`)).status).toBe(404);
  });

  test('an empty repository lists [] or, by switch, null; an unknown one is 404', async () => {
    registry.storage.repository('group/empty');
    expect((await ask('GET', `${api}/v2/group/empty/tags/list`)).text).toContain('"tags":[]');
    registry.options.nullTags = true;
    expect((await ask('GET', `${api}/v2/group/empty/tags/list`)).text).toContain('"tags":null');
    expect(codeOf(await ask('GET', `${api}/v2/no/such/tags/list`))).toBe('NAME_UNKNOWN');
  });

  test('the catalog pages', async () => {
    registry.storage.repository('another');
    const first = await ask('GET', `${api}/v2/_catalog?n=1`);
    expect(first.text).toBe('{"repositories":["another"]}\n');
    expect(first.headers.link).toBe('</v2/_catalog?last=another&n=1>; rel="next"');
    expect((await ask('GET', `${api}/v2/_catalog?n=1&last=another`)).text).toContain(PATH);
  });
});

describe('deletes on GitLab', () => {
  test('by tag removes just that tag; without tag_delete it is refused; broken links do not matter', async () => {
    registry.storage.setTag(PATH, 'sibling', docker.digest);
    registry.storage.breakTagLink(PATH, 'oci');
    expect((await ask('DELETE', `${repository}/manifests/docker`)).status).toBe(202);
    expect(registry.storage.tagsOf(PATH, docker.digest)).toEqual(['sibling']);
    expect((await ask('DELETE', `${repository}/manifests/oci`)).status).toBe(202);
    expect((await ask('DELETE', `${repository}/manifests/none`)).status).toBe(404);
    registry.options.features = [];
    expect((await ask('DELETE', `${repository}/manifests/sibling`)).status).toBe(400);
  });

  test('by digest removes every tag that points there', async () => {
    registry.storage.setTag(PATH, 'sibling', docker.digest);
    expect((await ask('DELETE', `${repository}/manifests/${docker.digest}`)).status).toBe(202);
    expect(registry.storage.tagLink(PATH, 'docker')).toBeUndefined();
    expect(registry.storage.tagLink(PATH, 'sibling')).toBeUndefined();
    expect(codeOf(await ask('DELETE', `${repository}/manifests/${ABSENT}`))).toBe('MANIFEST_UNKNOWN');
  });

  test('by the older tag reference, where switched on', async () => {
    const url = `${repository}/tags/reference/docker`;
    expect((await ask('DELETE', url)).status).toBe(404);
    registry.options.tagReferenceDelete = true;
    expect((await ask('DELETE', url)).status).toBe(202);
    expect(registry.storage.tagLink(PATH, 'docker')).toBeUndefined();
  });

  test('disabled is 405 UNSUPPORTED', async () => {
    registry.options.deleteEnabled = false;
    for (const reference of ['docker', docker.digest]) {
      const answer = await ask('DELETE', `${repository}/manifests/${reference}`);
      expect([answer.status, codeOf(answer)]).toEqual([405, 'UNSUPPORTED']);
    }
  });
});

describe('pushes', () => {
  test('every kind of image can be pushed and comes back byte for byte', async () => {
    const signature = images.signature(images.ociImage('nobody pushed this'));
    const kinds = {
      docker,
      oci,
      index,
      list,
      signature,
      artifact: images.artifact('a'),
      cache: images.buildkitCache('c'),
    };
    for (const [tag, image] of Object.entries(kinds)) {
      await push(api, 'group/pushed', image, tag);
      const { text } = await ask('GET', `${api}/v2/group/pushed/manifests/${tag}`, {
        headers: { accept: WIDE },
      });
      expect(text).toBe(Buffer.from(image.manifests.at(-1)?.bytes ?? '').toString());
    }
  });

  test('a pushed tag repairs a broken link', async () => {
    registry.storage.breakTagLink(PATH, 'docker');
    await push(api, PATH, docker, 'docker');
    expect(registry.storage.tagLink(PATH, 'docker')).toBe(docker.digest);
  });

  test('a blob GET may redirect to storage that refuses the Authorization header', async () => {
    const store = await startEmbeddedRegistry({ storage: registry.storage });
    registry.options.redirectBlobsTo = store.url;
    const digest = docker.blobs[0]?.digest ?? '';
    const { status, headers } = await ask('GET', `${repository}/blobs/${digest}`);
    expect([status, headers.location]).toEqual([307, `${store.url}/storage/${PATH}/${digest}`]);
    expect((await ask('GET', headers.location ?? '')).status).toBe(200);
    const leaked = await ask('GET', headers.location ?? '', { headers: { authorization: 'Bearer x' } });
    expect(leaked.status).toBe(400);
    await store.close();
  });
});
