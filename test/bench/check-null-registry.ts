import { type Dispatcher, request } from 'undici';
import { expect } from 'vitest';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage } from '../../src/demo/images.ts';
import { startNullRegistry } from './helper-process.ts';

const TAGS = 2500;
const DIGESTS = 50;
const PATH = 'bench/v1';

/**
 * Reads the same tags by the GitLab v1 API from the null registry and from the embedded one: pages, links, names and
 * fields must be the same, so that what is measured on the one holds for the other. Digests differ, their pattern not.
 */
export async function checkAgainstEmbedded(): Promise<void> {
  const embedded = await startEmbeddedRegistry({ flavour: 'gitlab', database: true });
  const fast = await startNullRegistry({ tags: TAGS, digests: DIGESTS });
  try {
    const images = Array.from({ length: DIGESTS }, (_, number) => ociImage(String(number)));
    for (let number = 0; number < TAGS; number++) {
      const manifest = images[number % DIGESTS]?.manifests.at(-1);
      if (manifest === undefined) throw new Error('no image');
      const tag = `v1.${String(number).padStart(8, '0')}`;
      embedded.storage.putManifest(PATH, manifest.bytes, manifest.mediaType, tag);
    }
    expect(await pagesOf(fast.url)).toEqual(await pagesOf(embedded.url));
    for (const path of ['/v2/', '/gitlab/v1/']) {
      const answers = await Promise.all([fast, embedded].map(({ url }) => request(`${url}${path}`)));
      const [ours, theirs] = answers.map(({ statusCode, headers }) => ({
        statusCode,
        database: headers['gitlab-container-registry-database-enabled'],
      }));
      expect(ours?.statusCode).toBe(theirs?.statusCode);
      if (path === '/v2/') expect(ours).toEqual(theirs);
      await Promise.all(answers.map(({ body }) => body.dump()));
    }
  } finally {
    await Promise.all([embedded.close(), fast.stop()]);
  }
}

interface Entry {
  readonly name: string;
  readonly digest: string;
  readonly media_type: string;
}

/** What all pages say, with every digest replaced by the number of the first tag that has it. */
async function pagesOf(origin: string) {
  const firsts = new Map<string, number>();
  const pages: unknown[] = [];
  let next: string | null = `/gitlab/v1/repositories/${PATH}/tags/list/?n=1000`;
  let count = 0;
  while (next !== null) {
    const answer: Dispatcher.ResponseData = await request(`${origin}${next}`);
    const { statusCode, headers, body } = answer;
    const link: string = String(headers.link ?? '');
    const entries = (await body.json()) as readonly Entry[];
    const tags = entries.map(({ name, digest, media_type, ...rest }) => {
      if (!firsts.has(digest)) firsts.set(digest, count);
      count++;
      return { name, digest: firsts.get(digest), media_type, others: Object.keys(rest).sort() };
    });
    pages.push({ statusCode, type: String(headers['content-type']).split(';')[0], link, tags });
    next = /^<([^>]+)>/.exec(link)?.[1] ?? null;
  }
  return pages;
}
