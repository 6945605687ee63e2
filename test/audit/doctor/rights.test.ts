import { afterEach, describe, expect, test } from 'vitest';
import { basicCredential, bearerCredential } from '../../../src/auth/credential.ts';
import { startEmbeddedGitlab } from '../../../src/demo/embedded-gitlab.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../../src/demo/images.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { checkOf, examine, siteAt } from './support.ts';

const SECRET = 'planted-secret-0123456789';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options: Parameters<typeof startEmbeddedRegistry>[0] = {}): Promise<EmbeddedRegistry> {
  const registry = await startEmbeddedRegistry(options);
  closers.push(registry.close);
  storeImage(registry.storage, 'group/project', ociImage('one'), 'v1');
  return registry;
}

const user = (username: string, password = SECRET) => ({
  credential: basicCredential({ username, password, source: 'flag --password-file' }),
});

const users = {
  all: { password: SECRET },
  puller: { password: SECRET, access: { 'group/project': ['pull'] } },
  nobody: { password: SECRET, access: {} },
};

describe('a user at the token service', () => {
  test('with all rights passes', async () => {
    const { url } = await start({ auth: 'token', users });
    const result = await examine([siteAt(url, user('all'))], { repositories: ['group/project'] });
    expect(result.verdict).toBe('OK');
    expect(checkOf(result, 'token-obtained')).toMatchObject({ result: 'ok' });
    expect(checkOf(result, 'scope')).toMatchObject({ result: 'ok' });
    expect(checkOf(result, 'catalog')).toMatchObject({ result: 'ok' });
  });

  test('with a wrong password gets no token', async () => {
    const { url } = await start({ auth: 'token', users });
    const result = await examine([siteAt(url, user('all', 'wrong-password-9876'))]);
    expect(result.verdict).toBe('REFUSED');
    expect(checkOf(result, 'token-obtained')).toMatchObject({ result: 'fail', cause: 'TOKEN_REFUSED' });
    expect(checkOf(result, 'token-accepted')).toMatchObject({ result: 'skipped' });
    expect(JSON.stringify(result)).not.toContain('wrong-password-9876');
  });

  test('without the right for a repository is refused that scope, and not by the site as a whole', async () => {
    const { url } = await start({ auth: 'token', users });
    const result = await examine([siteAt(url, user('nobody'))], { repositories: ['group/project'] });
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'token-accepted')).toMatchObject({ result: 'ok' });
    expect(checkOf(result, 'scope')).toMatchObject({
      result: 'fail',
      cause: 'TOKEN_REFUSED',
      detail: expect.stringContaining('insufficient_scope'),
    });
  });

  test('without the catalog is only warned', async () => {
    const { url } = await start({ auth: 'token', users });
    const result = await examine([siteAt(url, user('puller'))], { repositories: ['group/project'] });
    expect(result.verdict).toBe('OK');
    expect(checkOf(result, 'catalog')).toMatchObject({ result: 'warn', cause: null });
  });

  test('at a service that is down is a failure, no refusal', async () => {
    const { url } = await start({
      auth: 'token',
      users,
      fault: ({ path }) => (path.startsWith('/jwt/auth') ? { status: 500 } : undefined),
    });
    const result = await examine([siteAt(url, user('all'))]);
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'token-obtained')).toMatchObject({ result: 'fail', cause: null });
  });
});

describe('nobody', () => {
  test('is told to give a credential', async () => {
    const { url } = await start({ auth: 'token', users });
    const result = await examine([siteAt(url)]);
    expect(result.verdict).toBe('REFUSED');
    expect(checkOf(result, 'token-obtained').nextStep).toContain('--gitlab-key');
  });

  test('may read public repositories although /v2/ is closed', async () => {
    const { url } = await start({
      auth: 'token',
      anonymousPull: true,
      fault: ({ path, headers }) =>
        path === '/v2/' && headers.authorization !== undefined ? { status: 403 } : undefined,
    });
    expect((await examine([siteAt(url)])).verdict).toBe('REFUSED');
    const result = await examine([siteAt(url)], { repositories: ['group/project'] });
    expect(result.verdict).toBe('OK');
    expect(checkOf(result, 'token-accepted')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('public'),
    });
  });

  test('needs none where none is asked for', async () => {
    const result = await examine([siteAt((await start()).url)]);
    expect(result.verdict).toBe('OK');
    expect(checkOf(result, 'challenge').detail).toContain('open to everybody');
    expect(checkOf(result, 'registry').detail).toContain(
      'GitLab registry 4.30.0-gitlab, metadata database on, features tag_delete',
    );
    expect(checkOf(result, 'gitlab-v1').detail).toBe('there');
    expect(checkOf(result, 'tag-delete').result).toBe('ok');
  });
});

test.each([
  ['a wrong password', 'basic', user('all', 'wrong-password-9876')],
  [
    'an expired token',
    'token',
    { credential: bearerCredential({ token: SECRET, source: 'flag --token-file' }) },
  ],
] as const)('%s is refused', async (_name, auth, credential) => {
  const { url } = await start({ auth, users });
  const result = await examine([siteAt(url, credential)]);
  expect(result.verdict).toBe('REFUSED');
  expect(checkOf(result, 'token-accepted')).toMatchObject({ result: 'fail', cause: 'TOKEN_REFUSED' });
  expect(JSON.stringify(result)).not.toContain(SECRET);
});

describe('what answers is no registry', () => {
  test.each([
    ['a web page', { status: 200, body: '<html>GitLab</html>' }, /perhaps no registry/],
    ['nothing under that path', { status: 404 }, /no registry answers/],
    ['a proxy without its backend', { status: 502, body: 'Bad Gateway' }, /is down/],
    ['an unknown challenge', { status: 401, headers: { 'www-authenticate': 'Negotiate' } }, /only negotiate/],
    ['no challenge', { status: 401 }, /without a challenge/],
  ])('%s', async (_name, reply, detail) => {
    const server = await startScriptedServer([{ method: 'GET', path: /./, reply, times: 'any' }]);
    closers.push(server.close);
    const result = await examine([siteAt(server.url)]);
    expect(result.verdict).not.toBe('OK');
    const details = result.sites[0]?.checks.filter((one) => one.result === 'fail').map((one) => one.detail);
    expect(details).toContainEqual(expect.stringMatching(detail));
  });
});

describe('both sites', () => {
  const both = async (primary: object, secondary: object) => [
    siteAt((await start(primary)).url, { name: 'primary', flag: (ending) => `--primary-${ending}` }),
    siteAt((await start(secondary)).url, { name: 'secondary', flag: (ending) => `--secondary-${ending}` }),
  ];

  test.each([
    ['with the v1 API on both', {}, {}, 'ok', null],
    ['without it on both', { database: false }, { flavour: 'distribution' }, 'ok', null],
    ['with it on one', {}, { database: false }, 'warn', 'CLIENT_PATH_ASYMMETRY'],
  ])('%s', async (_name, primary, secondary, outcome, cause) => {
    const result = await examine(await both(primary, secondary));
    expect(checkOf(result, 'client-path')).toMatchObject({ result: outcome, cause });
    expect(result.verdict).toBe('OK');
  });

  test.each([429, 403, 503])(
    'one of which answers %s for the v1 API is not said to lack it',
    async (status) => {
      const unanswered = {
        fault: ({ path }: { path: string }) => (path === '/gitlab/v1/' ? { status } : undefined),
      };
      const result = await examine(await both(unanswered, {}));
      expect(checkOf(result, 'gitlab-v1')).toMatchObject({
        result: 'warn',
        detail: expect.stringMatching(`^HTTP ${status}: not known`),
      });
      expect(checkOf(result, 'client-path')).toMatchObject({ result: 'unknown', cause: null });
      expect(result.verdict).toBe('OK');
    },
  );

  test('one of which refuses: the client path is not known', async () => {
    const result = await examine(await both({}, { auth: 'token', users }));
    expect(checkOf(result, 'client-path')).toMatchObject({ result: 'unknown' });
    expect(result.verdict).toBe('REFUSED');
  });
});

describe('notifications', () => {
  test.each([
    ['the right token', SECRET, 'ok', 'OK'],
    ['a wrong token', 'another', 'fail', 'REFUSED'],
    ['no token', null, 'ok', 'OK'],
  ] as const)('with %s', async (_name, token, outcome, verdict) => {
    const gitlab = await startEmbeddedGitlab({ notificationSecret: SECRET });
    closers.push(gitlab.close);
    const { url } = await start();
    const notification = { url: new URL(`${gitlab.url}/api/v4/container_registry_event/events`), token };
    const result = await examine([siteAt(url)], { notification });
    expect(checkOf(result, 'notification')).toMatchObject({ result: outcome });
    expect(result.verdict).toBe(verdict);
    expect(gitlab.requests).toMatchObject([
      {
        method: 'POST',
        body: '{"events":[]}',
        headers: { 'content-type': 'application/vnd.docker.distribution.events.v1+json' },
      },
    ]);
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  test.each([
    ['everybody is let in', { status: 200, body: '{}' }, null, 'warn', /everybody/],
    ['another path', { status: 404 }, 'x', 'fail', /404/],
    [
      'a redirect',
      { status: 301, headers: { location: 'https://gitlab.example.com/x?secret=1' } },
      'x',
      'fail',
      /to https:\/\/gitlab\.example\.com\/x\?secret=REDACTED, and/,
    ],
  ] as const)('%s', async (_name, reply, token, outcome, detail) => {
    const server = await startScriptedServer([{ method: 'POST', path: '/events', reply }]);
    closers.push(server.close);
    const notification = { url: new URL(`${server.url}/events`), token };
    const result = await examine([siteAt((await start()).url)], { notification });
    expect(checkOf(result, 'notification')).toMatchObject({
      result: outcome,
      detail: expect.stringMatching(detail),
    });
  });
});
