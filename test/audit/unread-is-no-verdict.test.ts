import { afterEach, beforeEach, expect, it } from 'vitest';
import { ociImage } from '../../src/demo/images.ts';
import type { Fault, FaultRequest } from '../../src/demo/registry-options.ts';
import { type Pair, scanPair, startPair } from './support/scan-embedded.ts';
import { PATH } from './support/snapshots.ts';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
  pair.put('primary', 'tag', ociImage('one'));
  pair.put('secondary', 'tag', ociImage('another'));
});
afterEach(() => pair.close());

const ofTag = ({ path }: FaultRequest) => path.endsWith('/manifests/tag');
const LOGIN_PAGE: Fault = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html>Sign in</html>',
};

async function expectUnread(): Promise<void> {
  const { repository, tag } = await scanPair(pair);
  expect(tag('tag')).toBeUndefined();
  expect(repository).toMatchObject({
    verdict: 'INCOMPLETE',
    errors: expect.arrayContaining([expect.objectContaining({ tags: ['tag'] })]),
  });
  expect(repository.checksums.wide.equal).toBeNull();
}

it('the same login page on both sites is no match', async () => {
  for (const { options } of [pair.primary, pair.secondary])
    options.fault = (request) => (ofTag(request) ? LOGIN_PAGE : undefined);
  await expectUnread();
});

it('a HEAD without a digest and a throttled GET are no answer', async () => {
  pair.secondary.options.fault = (request) => {
    if (!ofTag(request)) return undefined;
    return request.method === 'HEAD' ? { status: 200 } : { status: 429 };
  };
  await expectUnread();
});

it.each<[string, Fault]>([
  ['breaks', 'reset'],
  ['is refused for want of rights', { status: 401 }],
])('a 404 whose words nobody could read, because the GET %s, is no answer', async (_, fault) => {
  pair.secondary.options.fault = (request) => {
    if (!ofTag(request)) return undefined;
    return request.method === 'HEAD' ? { status: 404 } : fault;
  };
  await expectUnread();
});

it('a site that gives one repository has not refused as a whole, whatever comes first', async () => {
  const refusing = 'group/private';
  pair.put('both', 'tag', ociImage('one'), refusing);
  pair.secondary.options.fault = ({ path }) =>
    path === '/v2/' || path.includes(refusing) ? { status: 401 } : undefined;
  const { refused, repositories } = await scanPair(pair, { paths: [refusing, PATH] });
  expect(refused).toEqual([]);
  expect(repositories.map(({ path, verdict }) => [path, verdict])).toEqual([
    [refusing, 'INCOMPLETE'],
    [PATH, 'OUT-OF-SYNC'],
  ]);
});
