import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { spawnServer, stopChild } from '../support/child-process.ts';

/** A server of this directory, running in a process of its own. */
export interface HelperProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server of this directory. @throws Error when it ends without a URL */
async function startHelper(script: string, ...args: readonly string[]): Promise<HelperProcess> {
  const child = spawnServer(process.execPath, [join(import.meta.dirname, script), ...args], process.env);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  for await (const url of createInterface({ input: child.stdout })) {
    return { url, stop: () => stopChild(child) };
  }
  throw new Error(`${script} ended before it listened:\n${errors}`);
}

/** Starts both of a pair, or neither. */
export async function startPair<Helper extends HelperProcess>(
  start: (site: 0 | 1) => Promise<Helper>,
): Promise<readonly [Helper, Helper]> {
  const first = await start(0);
  try {
    return [first, await start(1)];
  } catch (error) {
    await first.stop();
    throw error;
  }
}

/** What passed a counting proxy, or what a null registry answered. Bytes are those of bodies; `sent` goes to the registry. */
export interface Counts {
  readonly requests: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Most requests that had no answer yet, as the server saw it; always 1 of a null registry, which never waits. */
  readonly mostInFlight: number;
  /** Of a null registry: manifests answered per second in the second half of them; null of less than two. */
  readonly secondHalfRate?: number | null;
}

export interface CountingServer extends HelperProcess {
  /** The counts since the last call; a run that is to be counted must have ended. */
  take(): Promise<Counts>;
}

/** Puts a counting proxy before a registry. */
export async function startCountingProxy(target: string): Promise<CountingServer> {
  return counting(await startHelper('counting-proxy.js', target));
}

/** Puts a registry behind a long line, by default one of 50 ms there and back. */
export function startDelayProxy(target: string, roundTripMs = 50): Promise<HelperProcess> {
  return startHelper('delay-proxy.js', target, String(roundTripMs));
}

/** What a null registry holds: `tags` in every repository, and, for the GitLab v1 API, that many digests. */
export interface NullContent {
  readonly tags: number;
  readonly digests?: number;
}

export interface NullRegistry extends CountingServer {
  /** Requests answered since the last `take`. */
  answered(): Promise<number>;
}

/** Starts a registry that answers from memory, without looking. */
export async function startNullRegistry(content: NullContent): Promise<NullRegistry> {
  const helper = await startHelper('null-registry.js', JSON.stringify(content));
  return {
    ...counting(helper),
    answered: async () => Number(await (await request(`${helper.url}/__answered`)).body.text()),
  };
}

function counting(helper: HelperProcess): CountingServer {
  return {
    ...helper,
    take: async () => (await (await request(`${helper.url}/__counts`)).body.json()) as Counts,
  };
}

/** All requests, whatever the method. */
export function requestsIn({ requests }: Counts): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
