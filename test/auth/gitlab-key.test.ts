import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitlabKeyCredential } from '../../src/auth/credential.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { authenticated, fakeClock, get, realSend, statusOf } from './support/harness.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const credential = gitlabKeyCredential({ key: privateKey, issuer: 'i', service: 's', source: 'test' });
const PULL = { scopes: ['repository:a/b:pull'] };
const TAGS = '/v2/a/b/tags/list';

let registry: ScriptedServer;
let transport: ReturnType<typeof realSend>;
beforeEach(async () => {
  registry = await startScriptedServer();
  transport = realSend();
});
afterEach(async () => {
  await transport.close();
  await registry.close();
  registry.assertDone();
});

function sendWith(clock = fakeClock()) {
  let ids = 0;
  return authenticated(registry.url, credential, transport.send, { clock, newId: () => `id-${++ids}` });
}
const claimsSeen = () =>
  registry.requests.map(({ headers }) => decodeJwt((headers.authorization ?? '').replace('Bearer ', '')));
const idsSeen = () => claimsSeen().map(({ jti }) => jti);
const answers = (...statuses: number[]) =>
  registry.expect(
    ...statuses.map((status) => ({
      method: 'GET',
      path: TAGS,
      reply: {
        status,
        headers: { 'www-authenticate': 'Bearer realm="x",scope="repository:other:pull,push"' },
      },
    })),
  );

test('a token goes with the first request, is reused, and renewed after four of its five minutes', async () => {
  const clock = fakeClock();
  answers(200, 200, 200);
  const send = sendWith(clock);
  await statusOf(send(get(registry.url, TAGS, PULL)));
  clock.advance(239_000);
  await statusOf(send(get(registry.url, TAGS, PULL)));
  clock.advance(2_000);
  await statusOf(send(get(registry.url, TAGS, PULL)));
  expect(idsSeen()).toEqual(['id-1', 'id-1', 'id-2']);
});

test('a new token that is refused is not made again', async () => {
  answers(401, 401);
  const send = sendWith();
  expect(await statusOf(send(get(registry.url, TAGS, PULL)))).toBe(401);
  expect(await statusOf(send(get(registry.url, TAGS, PULL)))).toBe(401);
  expect(idsSeen()).toEqual(['id-1', 'id-1']);
});

test('one that was good and is refused in mid run is made anew once', async () => {
  answers(200, 401, 200);
  const send = sendWith();
  await statusOf(send(get(registry.url, TAGS, PULL)));
  expect(await statusOf(send(get(registry.url, TAGS, PULL)))).toBe(200);
  expect(idsSeen()).toEqual(['id-1', 'id-1', 'id-2']);
});

test('a registry cannot widen the rights by its challenge', async () => {
  answers(200, 401, 401);
  const send = sendWith();
  await statusOf(send(get(registry.url, TAGS, PULL)));
  await statusOf(send(get(registry.url, TAGS, PULL)));
  for (const { access } of claimsSeen()) {
    expect(access).toEqual([{ type: 'repository', name: 'a/b', actions: ['pull'] }]);
  }
});
