import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { inspect } from '../../../src/audit/inspect/inspect.ts';
import { anonymousCredential } from '../../../src/auth/credential.ts';
import { MediaType } from '../../../src/core/media-types.ts';
import { parseReference } from '../../../src/core/reference.ts';
import {
  type BuiltImage,
  dockerImage,
  dockerListOf,
  manifestOf,
  ociImage,
  ociIndex,
  ociIndexOf,
  signature,
} from '../../../src/demo/images.ts';
import type { Fault } from '../../../src/demo/registry-options.ts';
import { SILENT } from '../../../src/logger.ts';
import { connectRegistry } from '../../../src/registry/connect-registry.ts';
import { nodesOf } from '../../../src/report/inspection.ts';
import { inspectionTable } from '../../../src/reporters/inspect/table.ts';
import { type Pair, skippingClock, startPair } from '../support/scan-embedded.ts';
import { PATH } from '../support/snapshots.ts';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

async function look(reference = `${PATH}:v1`) {
  const parsed = parseReference(reference);
  if (parsed === null) throw new Error(`no reference: ${reference}`);
  const connect = (url: string) =>
    connectRegistry({
      url: new URL(`${url}/`),
      credential: anonymousCredential(),
      concurrency: 4,
      ratePerSecond: null,
      retries: 0,
      timeoutMs: 2000,
      clock: skippingClock(),
      logger: SILENT,
      flag: (ending) => `--${ending}`,
    });
  const primary = connect(pair.primary.url);
  const secondary = connect(pair.secondary.url);
  try {
    return await inspect(
      {
        primary: { client: primary.client, url: pair.primary.url, concurrency: 4 },
        secondary: { client: secondary.client, url: pair.secondary.url, concurrency: 4 },
      },
      parsed,
    );
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
  }
}

const layerOf = (image: BuiltImage) => image.blobs[1]?.digest ?? '';
const textOf = (inspection: Awaited<ReturnType<typeof look>>) =>
  [...inspectionTable(inspection, { color: false, width: null })].join('');

describe('the same image on both sites', () => {
  it('is SAME, with every profile, the tree and the pull lines', async () => {
    const index = ociIndexOf('a');
    pair.put('both', 'v1', index);
    const found = await look();
    expect(found).toMatchObject({
      verdict: 'SAME',
      differences: [],
      reference: { repository: PATH, tag: 'v1' },
    });
    const { profiles, body, tree } = found.sites.primary;
    expect(profiles).toMatchObject([
      { profile: 'narrow', status: 404, digest: null, message: expect.stringContaining('accept header') },
      { profile: 'wide', status: 200, digest: index.digest, mediaType: MediaType.ociIndex, message: null },
      { profile: 'dependency-proxy', status: 200, digest: index.digest },
      { profile: 'none', status: 404 },
    ]);
    expect(body).toMatchObject({ digest: index.digest, headerDigest: index.digest, matches: true });
    expect([...nodesOf(tree)].map(({ role, platform, state }) => [role, platform, state])).toEqual([
      ['manifest', null, 'present'],
      ['child', 'linux/amd64', 'present'],
      ['config', null, 'present'],
      ['layer', null, 'present'],
      ['child', 'linux/arm64', 'present'],
      ['config', null, 'present'],
      ['layer', null, 'present'],
    ]);
    const host = pair.secondary.url.replace('http://', '');
    expect(found.pull).toMatchObject([
      { platform: 'linux/amd64', secondary: `docker pull ${host}/${PATH}@${index.manifests[0]?.digest}` },
      { platform: 'linux/arm64', digest: index.manifests[1]?.digest },
    ]);
    expect(textOf(found)).toContain('SAME\nBoth sites have the same image, and all of it.');
  });

  it('is SAME by its digest, and for a signature whose subject was never pushed', async () => {
    pair.put('both', 'v1', dockerImage('a'));
    pair.put('both', 'sig', signature(ociImage('never')));
    expect(await look(`${PATH}@${dockerImage('a').digest}`)).toMatchObject({ verdict: 'SAME' });
    expect(await look(`${PATH}:sig`)).toMatchObject({ verdict: 'SAME' });
  });

  it('sends no Accept header for the profile without one', async () => {
    pair.put('both', 'v1', ociImage('a'));
    await look();
    const accepts = pair.primary.requests
      .filter(({ method }) => method === 'HEAD')
      .map(({ accept }) => accept);
    expect(accepts.filter((accept) => accept === null).length).toBeGreaterThan(0);
  });
});

describe('images that differ', () => {
  const differ = async (ours: BuiltImage, theirs: BuiltImage) => {
    pair.put('primary', 'v1', ours);
    pair.put('secondary', 'v1', theirs);
    const found = await look();
    expect(found.verdict).toBe('DIFFERENT');
    return found.differences.map(({ in: where, what, which }) => [where, what, which]);
  };
  const withJson = (image: BuiltImage, change: (json: Record<string, unknown>) => object) => {
    const json = JSON.parse(Buffer.from(image.manifests.at(-1)?.bytes ?? '').toString()) as Record<
      string,
      unknown
    >;
    const changed = manifestOf(image.mediaType, change(json), image.blobs);
    return { ...changed, manifests: [...image.manifests.slice(0, -1), ...changed.manifests] };
  };
  const index = ociIndexOf('a');

  it('in one platform, down to its config and layer', async () => {
    const other = ociIndex([
      { image: ociImage('a', { platform: 'linux/amd64' }), platform: 'linux/amd64' },
      { image: ociImage('b', { platform: 'linux/arm64' }), platform: 'linux/arm64' },
    ]);
    expect(await differ(index, other)).toEqual([
      ['linux/arm64', 'config', null],
      ['linux/arm64', 'layer', '1'],
    ]);
  });

  it('in a platform that one has not', async () => {
    const other = ociIndexOf('a', ['linux/amd64', 'linux/arm64', 'linux/s390x']);
    expect(await differ(index, other)).toEqual([['', 'platform', 'linux/s390x']]);
  });

  it('in an annotation', async () => {
    const other = withJson(index, (json) => ({ ...json, annotations: { made: 'later' } }));
    expect(await differ(index, other)).toEqual([['', 'annotation', 'made']]);
  });

  it('in the bytes only', async () => {
    const image = ociImage('a');
    const bytes = Buffer.from(
      JSON.stringify(JSON.parse(Buffer.from(image.manifests[0]?.bytes ?? '').toString())),
    );
    pair.put('primary', 'v1', image);
    pair.put('secondary', 'v1', image);
    pair.secondary.storage.putManifest(PATH, bytes, image.mediaType, 'v1');
    const found = await look();
    expect(found.differences).toMatchObject([{ in: '', what: 'bytes only' }]);
    expect(textOf(found)).toContain('They say the same in other bytes.');
  });

  it('in the order of the layers or entries', async () => {
    const other = withJson(index, (json) => ({
      ...json,
      manifests: (json.manifests as unknown[]).toReversed(),
    }));
    expect(await differ(index, other)).toEqual([['', 'order', null]]);
  });

  it('in a descriptor', async () => {
    const other = withJson(index, (json) => ({
      ...json,
      manifests: (json.manifests as object[]).map((entry) => ({ ...entry, annotations: { a: 'b' } })),
    }));
    expect(await differ(index, other)).toEqual([['', 'descriptor', null]]);
  });

  it('in kind', async () => {
    expect(await differ(ociImage('a'), index)).toEqual([
      ['', 'media type', null],
      ['', 'kind', null],
    ]);
  });

  it('in a list, though narrow sees the same child', async () => {
    pair.put('primary', 'v1', dockerListOf('a'));
    pair.put('secondary', 'v1', dockerListOf('a', ['linux/amd64', 'linux/s390x']));
    const { sites, verdict, differences } = await look();
    expect(verdict).toBe('DIFFERENT');
    expect(sites.primary.profiles[0]?.digest).toBe(sites.secondary.profiles[0]?.digest);
    expect(differences.map(({ what, which }) => [what, which])).toEqual([
      ['platform', 'linux/arm64'],
      ['platform', 'linux/s390x'],
    ]);
  });
});

describe('an image that is not whole', () => {
  it('names the missing layer and has no pull line for its platform there', async () => {
    const index = ociIndexOf('a');
    pair.put('both', 'v1', index);
    pair.secondary.storage.removeBlob(PATH, layerOf(index));
    const found = await look();
    expect(found.verdict).toBe('DIFFERENT');
    expect(found.pull[0]).toMatchObject({ platform: 'linux/amd64', secondary: null });
    expect(found.pull[0]?.primary).not.toBeNull();
    expect(found.pull[1]?.secondary).not.toBeNull();
    expect(textOf(found)).toMatch(/layer +\d+ B +sha256:[0-9a-f]{64} +MISSING\n/);
    expect(textOf(found)).toContain('The digests are equal; secondary lacks 1 part.');
  });

  it('says so of a child, and of a body that is not what the header says', async () => {
    const index = ociIndexOf('a');
    pair.put('both', 'v1', index);
    pair.secondary.storage.removeManifest(PATH, index.manifests[0]?.digest ?? '');
    pair.primary.options.fault = ({ method, path }) =>
      method === 'GET' && path.endsWith('/manifests/v1')
        ? {
            status: 200,
            headers: { 'docker-content-digest': index.digest, 'content-type': MediaType.ociIndex },
            body: '{"meddled": true}',
          }
        : undefined;
    const found = await look();
    expect(found.verdict).toBe('DIFFERENT');
    expect(found.sites.primary.body).toMatchObject({ matches: false, headerDigest: index.digest });
    expect([...nodesOf(found.sites.secondary.tree)].map(({ state }) => state)).toContain('missing');
    expect(textOf(found)).toContain('Primary: the body is not what its digest says');
  });
});

describe('an image that is not there', () => {
  it('on neither site is ABSENT in one clear line', async () => {
    pair.put('both', 'other', ociImage('a'));
    const found = await look();
    expect(found).toMatchObject({ verdict: 'ABSENT', sites: { primary: { state: 'absent' } } });
    expect(textOf(found).trimEnd().split('\n').at(-1)).toBe(
      `${PATH}:v1 is on neither site: check the repository path and the tag.`,
    );
    expect(await look('no/such:v1')).toMatchObject({ verdict: 'ABSENT' });
    expect(await look(`${PATH}@${ociImage('x').digest}`)).toMatchObject({ verdict: 'ABSENT' });
  });

  it('on one site differs', async () => {
    pair.put('primary', 'v1', ociImage('a'));
    pair.put('secondary', 'other', ociImage('a'));
    const found = await look();
    expect(found).toMatchObject({
      verdict: 'DIFFERENT',
      sites: { secondary: { state: 'absent', tree: null } },
    });
    expect(textOf(found)).toContain('Secondary: not there.');
  });

  it.each(['gitlab', 'distribution'] as const)('but listed is unresolvable (%s)', async (flavour) => {
    pair.secondary.options.flavour = flavour;
    pair.put('both', 'v1', ociImage('a'));
    pair.secondary.storage.breakTagLink(PATH, 'v1');
    const found = await look();
    expect(found).toMatchObject({ verdict: 'DIFFERENT', sites: { secondary: { state: 'unresolvable' } } });
    expect(textOf(found)).toContain(
      `Secondary: cannot resolve it (HTTP ${flavour === 'gitlab' ? 404 : 500})`,
    );
  });
});

describe('a site that gives no answer', () => {
  test.each<[string, Fault]>([
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['a 404 page', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['503 everywhere', { status: 503 }],
    ['a reset', 'reset'],
    ['silence', 'hang'],
  ])('%s is INCOMPLETE and never absent', async (_, fault) => {
    pair.put('both', 'v1', ociImage('a'));
    pair.secondary.options.fault = () => fault;
    const found = await look();
    expect(found).toMatchObject({ verdict: 'INCOMPLETE', sites: { secondary: { state: 'failed' } } });
    expect(found.sites.secondary.errors).toHaveLength(1);
    expect(textOf(found)).toContain('nothing is concluded');
  });

  it('for one blob is INCOMPLETE, and the piece is not read', async () => {
    const image = ociImage('a');
    pair.put('both', 'v1', image);
    pair.secondary.options.fault = ({ path }) =>
      path.endsWith(layerOf(image)) ? { status: 500 } : undefined;
    const found = await look();
    expect(found.verdict).toBe('INCOMPLETE');
    expect([...nodesOf(found.sites.secondary.tree)].map(({ state }) => state)).toContain('unread');
  });
});

describe('indexes that name the same children again and again', () => {
  /** Eight levels of ten indexes, each over all ten of the level below: 70 manifests, and 111 million pieces. */
  function hostile(seed: string): BuiltImage {
    const bottom = ociImage(seed);
    const all = [...bottom.manifests];
    let level: readonly { digest: string; size: number }[] = all.map(({ digest, bytes }) => ({
      digest,
      size: bytes.length,
    }));
    for (let depth = 8; depth > 0; depth--) {
      const mediaType = depth === 8 ? MediaType.ociManifest : MediaType.ociIndex;
      const manifests = level.map((one) => ({ ...one, mediaType }));
      level = Array.from({ length: depth === 1 ? 1 : 10 }, (_, number) => {
        const annotations = { number: String(number) };
        const made = manifestOf(MediaType.ociIndex, {
          schemaVersion: 2,
          mediaType: MediaType.ociIndex,
          annotations,
          manifests,
        });
        all.push(...made.manifests);
        return { digest: made.digest, size: made.manifests[0]?.bytes.length ?? 0 };
      });
    }
    return { ...bottom, digest: level[0]?.digest ?? '', manifests: all };
  }

  it('are looked at as far as 2,000 pieces, conclude nothing, and are said to be cut', async () => {
    pair.put('primary', 'v1', hostile('a'));
    pair.put('secondary', 'v1', hostile('b'));
    const found = await look();
    expect(found.verdict).toBe('INCOMPLETE');
    expect(found.pull).toEqual([]);
    for (const { tree, errors, state } of Object.values(found.sites)) {
      expect(state).toBe('resolved');
      const nodes = [...nodesOf(tree)];
      expect(nodes.length).toBe(2000);
      expect(nodes.filter((node) => node.state === 'unread').length).toBeGreaterThan(0);
      expect(errors.map(({ code }) => code)).toContain('TOO_MANY_PARTS');
    }
    expect(found.differences).toHaveLength(1001);
    expect(textOf(found)).toContain('content and more, which are not listed');
    expect(textOf(found)).toContain('the image has more than 2000 parts; the others were not looked at');
  });
});

it('text from a registry cannot write to the terminal', async () => {
  const nasty = '\u001b[2J\u202e';
  pair.put(
    'both',
    'v1',
    manifestOf(MediaType.ociIndex, {
      schemaVersion: 2,
      annotations: { [nasty]: nasty },
      manifests: [
        {
          digest: ociImage('a').digest,
          mediaType: nasty,
          size: 1,
          platform: { os: nasty, architecture: nasty },
        },
      ],
    }),
  );
  const text = textOf(await look());
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
});
