import { afterEach, beforeEach } from 'vitest';
import { basicCredential } from '../../../src/auth/credential.ts';
import type { Send } from '../../../src/http/message.ts';
import { type Expectation, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';
import { realSend } from './harness.ts';

/** The secret that must not show anywhere. */
export const SECRET = 'planted-secret-4711';
/** What `user` sends where it may. */
export const BASIC = `Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`;
export const user = basicCredential({ username: 'user', password: SECRET, source: 'test' });
/** The repository that is read unless a test says otherwise, and the token service's path for it. */
export const PULL = 'repository:a/b:pull';
export const SCOPES = { scopes: [PULL] };
export const TAGS = '/v2/a/b/tags/list';
const TOKEN_PATH = `/token?service=reg&scope=${encodeURIComponent(PULL)}`;

/** A scripted registry, a scripted token service and a transport, new for each test of the file that calls it. */
export function tokenFlow() {
  let registry: ScriptedServer;
  let service: ScriptedServer;
  let transport: ReturnType<typeof realSend>;
  beforeEach(async () => {
    registry = await startScriptedServer();
    service = await startScriptedServer();
    transport = realSend();
  });
  afterEach(async () => {
    await transport.close();
    await Promise.all([registry.close(), service.close()]);
    registry.assertDone();
    service.assertDone();
  });
  /** The headers of a Bearer challenge that names the token service. */
  const challenge = (more = '') => ({
    'www-authenticate': `Bearer realm="${service.url}/token",service="reg"${more}`,
  });
  const scoped = (scope = PULL) => challenge(`,scope="${scope}"`);
  return {
    get registry(): ScriptedServer {
      return registry;
    },
    get service(): ScriptedServer {
      return service;
    },
    get send(): Send {
      return transport.send;
    },
    challenge,
    scoped,
    /** A request with that authorization (null: none) is answered 401. */
    refuses: (path: string, authorization: string | null, headers = scoped()): Expectation => ({
      method: 'GET',
      path,
      headers: { authorization },
      reply: { status: 401, headers },
    }),
    /** A request with that authorization is answered 200. */
    accepts: (path: string, authorization: string | null, times: number | 'any' = 1): Expectation => ({
      method: 'GET',
      path,
      headers: { authorization },
      times,
      reply: { body: 'ok' },
    }),
    /** The token service gives a token for pulling. */
    issues: (
      token: string,
      more: Record<string, unknown> = {},
      authorization: string | null = BASIC,
    ): Expectation => ({
      method: 'GET',
      path: TOKEN_PATH,
      headers: { authorization },
      reply: { body: { token, ...more } },
    }),
  };
}
