import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { spawnServer, stopChild } from '../support/child-process.ts';

/** A server of this directory, running in a process of its own. */
export interface HelperProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `counting-proxy.js` or `null-registry.js`. @throws Error when it ends without a URL */
export async function startHelper(script: string, argument: string): Promise<HelperProcess> {
  const child = spawnServer(process.execPath, [join(import.meta.dirname, script), argument], process.env);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  for await (const url of createInterface({ input: child.stdout })) {
    return { url, stop: () => stopChild(child) };
  }
  throw new Error(`${script} ended before it listened:\n${errors}`);
}

/** What passed a counting proxy. Bytes are those of bodies; `sent` goes to the registry. */
export interface Counts {
  readonly requests: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface CountingProxy extends HelperProcess {
  /** The counts since the last call; a run that is to be counted must have ended. */
  take(): Promise<Counts>;
}

/** Puts a counting proxy before a registry. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const helper = await startHelper('counting-proxy.js', target);
  return {
    ...helper,
    take: async () => (await (await request(`${helper.url}/__counts`)).body.json()) as Counts,
  };
}

/** All requests, whatever the method. */
export function requestsIn({ requests }: Counts): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
