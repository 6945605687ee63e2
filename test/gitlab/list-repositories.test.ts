import { afterEach, describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';
import {
  type EmbeddedGitlab,
  type GitlabOptions,
  startEmbeddedGitlab,
} from '../../src/demo/embedded-gitlab.ts';
import { connectGitlab } from '../../src/gitlab/gitlab-client.ts';
import { listGitlabRepositories } from '../../src/gitlab/list-repositories.ts';
import { SILENT } from '../../src/logger.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const TOKEN = 'glpat-planted-secret';

const PROJECTS: GitlabOptions['projects'] = [
  { id: 11, path: 'acme/app', repositories: ['acme/app', 'acme/app/worker'] },
  { id: 12, path: 'acme/tools/deep/lint', repositories: ['acme/tools/deep/lint'] },
  { id: 13, path: 'acme/tools/off', repositories: ['acme/tools/off'], registryEnabled: false },
  { id: 14, path: 'other/app', repositories: ['other/app'] },
];

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(options: Partial<GitlabOptions> = {}): Promise<EmbeddedGitlab> {
  const gitlab = await startEmbeddedGitlab({
    projects: PROJECTS,
    groupIds: { acme: 7 },
    token: TOKEN,
    ...options,
  });
  closers.push(gitlab.close);
  return gitlab;
}

function clientOf(url: string, token: string | null = TOKEN) {
  const connection = connectGitlab({
    url: new URL(`${url}/`),
    token,
    concurrency: 4,
    ratePerSecond: null,
    retries: 0,
    timeoutMs: 10_000,
    clock: SYSTEM_CLOCK,
    logger: SILENT,
    flag: (ending) => `--gitlab-${ending}`,
  });
  closers.push(connection.close);
  return connection.client;
}

describe('repositories of a project', () => {
  test.each([['11'], ['acme/app']])('by %s', async (id) => {
    const gitlab = await start();
    expect(await listGitlabRepositories(clientOf(gitlab.url), { kind: 'project', id })).toEqual({
      paths: ['acme/app', 'acme/app/worker'],
      illegal: [],
    });
  });

  test('the path is one encoded segment, and the token goes as PRIVATE-TOKEN', async () => {
    const gitlab = await start({ prefix: '/gitlab' });
    await listGitlabRepositories(clientOf(gitlab.url), { kind: 'project', id: 'acme/app' });
    expect(gitlab.requests).toHaveLength(1);
    expect(gitlab.requests[0]?.path).toBe(
      '/gitlab/api/v4/projects/acme%2Fapp/registry/repositories?per_page=100',
    );
    expect(gitlab.requests[0]?.headers['private-token']).toBe(TOKEN);
  });
});

describe('repositories of a group', () => {
  test.each([['7'], ['acme']])('by %s, subgroups included, disabled registries left out', async (id) => {
    const gitlab = await start();
    const { paths } = await listGitlabRepositories(clientOf(gitlab.url), { kind: 'group', id });
    expect(paths).toEqual(['acme/app', 'acme/app/worker', 'acme/tools/deep/lint']);
  });

  const many = Array.from({ length: 257 }, (_, index) => `big/project/image-${index}`);
  test.each<[string, Partial<GitlabOptions>]>([
    ['page paging', {}],
    ['keyset paging', { paging: 'keyset' }],
    [
      'links with the configured host in place of the one asked',
      { linkOrigin: 'https://gitlab.example.com' },
    ],
    ['keyset links of another host', { paging: 'keyset', linkOrigin: 'https://gitlab.example.com' }],
    ['a proxy that strips Link', { stripLinks: true }],
    ['a smaller page than asked for', { maxPageSize: 20 }],
  ])('all pages, with %s', async (_name, options) => {
    const gitlab = await start({
      projects: [{ id: 1, path: 'big/project', repositories: many }],
      ...options,
    });
    const { paths } = await listGitlabRepositories(clientOf(gitlab.url), { kind: 'group', id: 'big' });
    expect(paths).toEqual(many);
  });

  test('a path no registry can have is told apart', async () => {
    const gitlab = await start({
      projects: [{ id: 1, path: 'a/b', repositories: ['a/b', 'a/../b', 'A/C'] }],
    });
    expect(await listGitlabRepositories(clientOf(gitlab.url), { kind: 'group', id: 'a' })).toEqual({
      paths: ['a/b', 'a/c'],
      illegal: ['a/../b'],
    });
  });
});

describe('GitLab says no', () => {
  test.each([
    ['a wrong token', 'wrong', { kind: 'group', id: 'acme' }, 'AUTH_REFUSED', /401 \(401 Unauthorized\)/],
    ['no token', null, { kind: 'group', id: 'acme' }, 'AUTH_REFUSED', /401/],
    ['a disabled registry', TOKEN, { kind: 'project', id: '13' }, 'AUTH_REFUSED', /403/],
    ['an unknown group', TOKEN, { kind: 'group', id: 'nope' }, 'PROTOCOL', /404 \(404 Group Not Found\)/],
  ] as const)('%s', async (_name, token, source, code, message) => {
    const gitlab = await start();
    await expect(listGitlabRepositories(clientOf(gitlab.url, token), source)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['a login page', { body: '<html>', headers: {} }, /not JSON/],
    ['an object', { body: '{"repositories":[]}', headers: {} }, /no list of repositories/],
    [
      'links in a circle',
      { body: '[{"path":"a/b"}]', headers: { link: '<http://x.example/?per_page=100>; rel="next"' } },
      /circle/,
    ],
    [
      'a next page without brackets',
      { body: '[{"path":"a/b"}]', headers: { link: 'http://x.example/?page=2; rel="next"' } },
      /the Link header with the next page is malformed/,
    ],
    [
      'a next page whose address is none',
      { body: '[{"path":"a/b"}]', headers: { link: '<http://[>; rel="next"', 'x-next-page': '' } },
      /the Link header with the next page is malformed/,
    ],
    [
      'a next page that is no number',
      { body: '[{"path":"a/b"}]', headers: { 'x-next-page': 'two' } },
      /the X-Next-Page header with the next page is malformed/,
    ],
  ])('%s is an error, never an empty or half list', async (_name, reply, message) => {
    const server = await startScriptedServer([{ method: 'GET', path: /^\/api\//, reply, times: 'any' }]);
    closers.push(server.close);
    await expect(
      listGitlabRepositories(clientOf(server.url), { kind: 'group', id: 'a' }),
    ).rejects.toMatchObject({ code: 'PROTOCOL', message: expect.stringMatching(message) });
  });
});

test('the token never reaches another origin by a redirect', async () => {
  const elsewhere = await startScriptedServer([
    {
      method: 'GET',
      path: '/stolen',
      headers: { 'private-token': null },
      reply: { body: '[{"path":"a/b"}]' },
    },
  ]);
  const gitlab = await startScriptedServer([
    {
      method: 'GET',
      path: /^\/api\//,
      headers: { 'private-token': TOKEN },
      reply: { status: 302, headers: { location: `${elsewhere.url}/stolen` } },
    },
  ]);
  closers.push(elsewhere.close, gitlab.close);
  await listGitlabRepositories(clientOf(gitlab.url), { kind: 'group', id: 'a' });
  gitlab.assertDone();
  elsewhere.assertDone();
});
