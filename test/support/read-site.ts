import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

/*
 * A reader that shares nothing with the tool: what a registry holds, told by plain requests and by hashing what
 * comes back.
 */

const ACCEPT = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');
const dispatcher = new Agent({ connections: 4 });

/** A repository's tags with the digest of the bytes they serve, or the status of the refusal. */
export async function readTuples(url: string, path: string): Promise<Record<string, string | number>> {
  const tuples: Record<string, string | number> = {};
  let next: string | null = `${url}/v2/${path}/tags/list?n=1000`;
  const names: string[] = [];
  while (next !== null) {
    const page: Awaited<ReturnType<typeof request>> = await request(next, { dispatcher });
    if (page.statusCode !== 200) throw new Error(`${next}: HTTP ${page.statusCode}`);
    names.push(...(((await page.body.json()) as { tags: string[] | null }).tags ?? []));
    const link = /<([^>]+)>/.exec(String(page.headers.link ?? ''))?.[1];
    next = link === undefined ? null : new URL(link, url).href;
  }
  for (const name of names.sort()) {
    const { statusCode, body } = await request(`${url}/v2/${path}/manifests/${name}`, {
      dispatcher,
      headers: { accept: ACCEPT },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    tuples[name] =
      statusCode === 200 ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : statusCode;
  }
  return tuples;
}

/** One tag to be watched. */
export interface WatchedTag {
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
}

export interface Watcher {
  /** Ends the watch and gives what was seen that must not be, how often was looked, and how often asked again. */
  stop(): Promise<{ violations: string[]; looks: number; askedAgain: number }>;
}

const MOST_ASKED_AGAIN = 20;

/**
 * Asks for the tags round and round. A tag that is missing or has another digest is a violation at once. Distribution
 * rewrites a manifest's link when it is pushed again under another tag, and who reads it in that moment gets a 400
 * or 500 (measured): such an answer is asked again, and is a violation when it stays.
 *
 * @param pauseMs between two looks
 */
export function watchTags(url: string, tags: readonly WatchedTag[], pauseMs = 1): Watcher {
  const violations: string[] = [];
  let looks = 0;
  let askedAgain = 0;
  let watching = true;
  const look = async ({ path, tag, digest }: WatchedTag): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const { statusCode, headers, body } = await request(`${url}/v2/${path}/manifests/${tag}`, {
        method: 'HEAD',
        dispatcher,
        headers: { accept: ACCEPT },
        reset: false,
      });
      await body.dump();
      looks++;
      if (statusCode === 200 && headers['docker-content-digest'] === digest) return;
      const isTorn = statusCode === 400 || statusCode >= 500;
      if (!isTorn || attempt === MOST_ASKED_AGAIN) {
        violations.push(
          `${path}:${tag} HTTP ${statusCode} ${String(headers['docker-content-digest'])}, not ${digest}`,
        );
        return;
      }
      askedAgain++;
      await sleep(1);
    }
  };
  const watch = (async () => {
    while (watching)
      for (const tag of tags) {
        if (!watching) break;
        await look(tag);
        // Not to take the registry's whole attention from what is watched.
        await sleep(pauseMs);
      }
  })();
  // A test that fails before it stops the watch closes the registry under it.
  watch.catch(() => undefined);
  return {
    async stop() {
      watching = false;
      await watch;
      return { violations, looks, askedAgain };
    },
  };
}
