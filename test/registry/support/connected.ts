import { onTestFinished } from 'vitest';
import { anonymousCredential } from '../../../src/auth/credential.ts';
import { SILENT } from '../../../src/logger.ts';
import { connectRegistry, type RegistryConnectionOptions } from '../../../src/registry/connect-registry.ts';
import type { RegistryClient } from '../../../src/registry/registry-client.ts';
import { fakeClock } from '../../http/support/fake-clock.ts';
import { type Expectation, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

/** The client that runs use, on a clock that never waits; closed after the test. */
export function connected(url: string, options: Partial<RegistryConnectionOptions> = {}): RegistryClient {
  const { client, close } = connectRegistry({
    url: new URL(url.endsWith('/') ? url : `${url}/`),
    credential: anonymousCredential(),
    concurrency: 4,
    ratePerSecond: null,
    retries: 2,
    clock: fakeClock(),
    logger: SILENT,
    timeoutMs: 5000,
    flag: (ending) => `--primary-${ending}`,
    ...options,
  });
  onTestFinished(close);
  return client;
}

/** A scripted registry and a client for it; the script must be used up at the end of the test. */
export async function scriptedRegistry(
  ...lines: readonly Expectation[]
): Promise<{ server: ScriptedServer; client: RegistryClient }> {
  const server = await startScriptedServer(lines);
  onTestFinished(async () => {
    await server.close();
    server.assertDone();
  });
  return { server, client: connected(server.url) };
}

/** The error body of the specification. */
export function errorBody(
  code: string,
  message = code,
  detail?: unknown,
): { readonly [key: string]: unknown } {
  return { errors: [{ code, message, ...(detail !== undefined && { detail }) }] };
}
