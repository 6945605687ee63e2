import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import { listTags } from '../../src/registry/tags.ts';
import { rejection } from '../http/support/wire.ts';
import type { Reply } from '../support/scripted-server.ts';
import { connected, errorBody, scriptedRegistry } from './support/connected.ts';

const FIRST = '/v2/group/project/tags/list?n=10000';
const tags = (...names: readonly unknown[]) => ({ name: 'group/project', tags: names });
const page = (body: { readonly [key: string]: unknown }, link?: string | readonly string[]): Reply => ({
  body,
  ...(link !== undefined && { headers: { link } }),
});
const next = (target: string) => `<${target}>; rel="next"`;

/** A registry whose pages are these, by path. */
const pages = (replies: Readonly<Record<string, Reply>>) =>
  scriptedRegistry(...Object.entries(replies).map(([path, reply]) => ({ method: 'GET', path, reply })));

const listed = (names: readonly string[], firstPage: number, illegal: readonly string[] = []) => ({
  kind: 'listed',
  names,
  illegal,
  firstPage,
});

describe('a list', () => {
  test.each<[string, Reply, ReturnType<typeof listed>]>([
    ['one page, in the order it came', page(tags('b', 'a')), listed(['b', 'a'], 2)],
    ['null', page({ name: 'group/project', tags: null }), listed([], 0)],
    ['empty', page(tags()), listed([], 0)],
    ['repeated names count once', page(tags('a', 'b', 'a')), listed(['a', 'b'], 2)],
    [
      'names that break the grammar are kept apart',
      page(tags('a', '../b', '', '-x', 'a'.repeat(129), 'ok', 'é', 'a b')),
      listed(['a', 'ok'], 2, ['../b', '', '-x', 'a'.repeat(129), 'é', 'a b']),
    ],
    ['a link of another relation', page(tags('a'), '</x>; rel="prev"'), listed(['a'], 1)],
  ])('%s', async (_name, reply, expected) => {
    const { client, server } = await pages({ [FIRST]: reply });
    expect(await listTags(client, 'group/project')).toEqual(expected);
    expect(server.requests[0]?.headers.accept).toBe('application/json');
  });

  test.each([5, null, true, ['x'], { toString: 1, valueOf: 1 }])(
    'with %j in it is none: what it leaves out means nothing',
    async (entry) => {
      const { client } = await pages({ [FIRST]: page(tags('a', entry, 'b')) });
      expect(await rejection(listTags(client, 'group/project'))).toMatchObject({ code: 'PROTOCOL' });
    },
  );

  test('a hundred thousand names', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `tag-${index}`);
    const { client } = await pages({ [FIRST]: page(tags(...names)) });
    expect(await listTags(client, 'group/project')).toMatchObject({ firstPage: 100_000 });
  });
});

describe('paging', () => {
  test('relative, absolute and query-only links; the first page is counted', async () => {
    const { client, server } = await scriptedRegistry();
    const path = '/v2/group/project/tags/list';
    server.expect(
      { method: 'GET', path: FIRST, reply: page(tags('a', 'b'), next(`${path}?last=b&n=2`)) },
      {
        method: 'GET',
        path: `${path}?last=b&n=2`,
        reply: page(tags('c'), next(`${server.url}${path}?last=c&n=2`)),
      },
      { method: 'GET', path: `${path}?last=c&n=2`, reply: page(tags('d'), next('?last=d')) },
      {
        method: 'GET',
        path: `${path}?last=d`,
        reply: page(tags('e'), ['</x>; rel="prev"', next('list?last=e')]),
      },
      { method: 'GET', path: `${path}?last=e`, reply: page(tags('f')) },
    );
    expect(await listTags(client, 'group/project')).toEqual(listed(['a', 'b', 'c', 'd', 'e', 'f'], 2));
  });

  test('an empty last page and a page of repeats at the end are legal', async () => {
    const { client } = await pages({
      [FIRST]: page(tags('a'), next('?last=a')),
      '/v2/group/project/tags/list?last=a': page({ tags: null }),
    });
    expect(await listTags(client, 'group/project')).toEqual(listed(['a'], 1));
  });

  test('behind a proxy that ends TLS a link may name http for https and the reverse', async () => {
    const { client, server } = await scriptedRegistry();
    const other = server.url.replace('http:', 'https:');
    server.expect(
      {
        method: 'GET',
        path: FIRST,
        reply: page(tags('a'), next(`${other}/v2/group/project/tags/list?last=a`)),
      },
      { method: 'GET', path: '/v2/group/project/tags/list?last=a', reply: page(tags('b')) },
    );
    expect(await listTags(client, 'group/project')).toEqual(listed(['a', 'b'], 1));
  });

  test('below a path prefix', async () => {
    const registry = await startEmbeddedRegistry({ prefix: '/registry', maxPageSize: 2 });
    onTestFinished(registry.close);
    for (const tag of ['a', 'b', 'c', 'd', 'e'])
      storeImage(registry.storage, 'group/project', ociImage(tag), tag);
    expect(await listTags(connected(registry.url), 'group/project')).toEqual(
      listed(['a', 'b', 'c', 'd', 'e'], 2),
    );
    expect(registry.requests.every(({ path }) => path.startsWith('/registry/v2/'))).toBe(true);
  });

  test.each<[string, Readonly<Record<string, Reply>>, RegExp]>([
    ['a page that links to itself', { [FIRST]: page(tags('a'), next(FIRST)) }, /in a circle/],
    ['to itself with a fragment', { [FIRST]: page(tags('a'), next(`${FIRST}#2`)) }, /in a circle/],
    [
      'two pages in a circle',
      {
        [FIRST]: page(tags('a'), next('?last=a')),
        '/v2/group/project/tags/list?last=a': page(tags('b'), next(FIRST)),
      },
      /in a circle/,
    ],
    [
      'ever new links that bring nothing new',
      {
        [FIRST]: page(tags('a'), next('?last=1')),
        '/v2/group/project/tags/list?last=1': page(tags('a'), next('?last=2')),
        '/v2/group/project/tags/list?last=2': page(tags('a'), next('?last=3')),
      },
      /brought no new tag/,
    ],
    ['another host', { [FIRST]: page(tags('a'), next('http://registry.example.com/v2/')) }, /another host/],
    ['another port', { [FIRST]: page(tags('a'), next('http://127.0.0.1:1/v2/')) }, /another host/],
    [
      'another host, without a scheme',
      { [FIRST]: page(tags('a'), next('//example.com/v2/')) },
      /another host/,
    ],
    ['another scheme', { [FIRST]: page(tags('a'), next('file:///etc/passwd')) }, /another host/],
    ['a malformed link', { [FIRST]: page(tags('a'), next('http://[bad')) }, /malformed/],
    ['a link without brackets', { [FIRST]: page(tags('a'), '/v2/x?last=a; rel="next"') }, /malformed/],
    ['a link that is not closed', { [FIRST]: page(tags('a'), '</v2/x?last=a; rel=next') }, /malformed/],
  ])('%s is an error, not the end of the list', async (_name, replies, message) => {
    const { client } = await pages(replies);
    const error = await rejection(listTags(client, 'group/project'));
    expect(error).toMatchObject({ name: 'TransportError', code: 'PROTOCOL' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('read the tag list of group/project');
  });

  test('user and password in a link are not followed and not shown', async () => {
    const { client, server } = await scriptedRegistry();
    const link = next(`${server.url.replace('//', '//user:s3cret@')}/v2/`);
    server.expect({ method: 'GET', path: FIRST, reply: page(tags('a'), link) });
    const error = await rejection(listTags(client, 'group/project'));
    expect(error).toMatchObject({ code: 'PROTOCOL' });
    expect(error.message).not.toContain('s3cret');
  });
});

describe('what is no list', () => {
  test.each<[string, Reply, RegExp]>([
    ['HTML', { body: '<html>', headers: { 'content-type': 'text/html' } }, /not JSON/],
    ['nothing', {}, /not JSON/],
    ['half of it', { body: '{"tags":["a"' }, /not JSON/],
    ['a list', { body: '["a"]' }, /another shape/],
    ['null', { body: 'null' }, /another shape/],
    ['a number', { body: '7' }, /another shape/],
    ['no tags', { body: '{"name":"x"}' }, /another shape/],
    ['tags as a text', { body: '{"tags":"a"}' }, /another shape/],
    ['tags as an object', { body: '{"tags":{"a":1}}' }, /another shape/],
  ])('%s', async (_name, reply, message) => {
    const { client } = await pages({ [FIRST]: reply });
    const error = await rejection(listTags(client, 'group/project'));
    expect(error).toMatchObject({ name: 'TransportError', code: 'PROTOCOL' });
    expect(error.message).toMatch(message);
  });

  test('a body over the limit', async () => {
    const { client } = await pages({ [FIRST]: { body: Buffer.alloc(32 * 1024 * 1024 + 1, ' ') } });
    expect(await rejection(listTags(client, 'group/project'))).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  test('a body that breaks off for ever', async () => {
    const { client, server } = await scriptedRegistry({
      method: 'GET',
      path: FIRST,
      reply: { body: '{"tags":["a"]}', fault: 'truncate' },
      times: 3,
    });
    expect(await rejection(listTags(client, 'group/project'))).toMatchObject({ code: 'BODY_TRUNCATED' });
    expect(server.requests).toHaveLength(3);
  });
});

describe('refusals', () => {
  test.each<[string, Reply, object]>([
    ['404 NAME_UNKNOWN', { status: 404, body: errorBody('NAME_UNKNOWN') }, { kind: 'unknown-repository' }],
    [
      '404 with another code',
      { status: 404, body: errorBody('NAME_INVALID', 'bad') },
      { kind: 'refused', refusal: { status: 404, code: 'NAME_INVALID', message: 'bad' } },
    ],
    [
      '404 of a web server',
      { status: 404, body: '<html>', headers: { 'content-type': 'text/html; charset=utf-8' } },
      {
        kind: 'refused',
        refusal: {
          status: 404,
          code: null,
          message: 'HTTP 404 with a body of text/html instead of a registry error',
        },
      },
    ],
    [
      '404 without a body',
      { status: 404 },
      { kind: 'refused', refusal: { status: 404, code: null, message: 'HTTP 404 without a body' } },
    ],
    [
      '401 with NAME_UNKNOWN',
      { status: 401, body: errorBody('NAME_UNKNOWN') },
      { kind: 'refused', refusal: { status: 401, code: 'NAME_UNKNOWN', message: 'NAME_UNKNOWN' } },
    ],
    [
      '403',
      { status: 403, body: errorBody('DENIED') },
      { kind: 'refused', refusal: { status: 403, code: 'DENIED' } },
    ],
    [
      '500',
      { status: 500, body: errorBody('UNKNOWN') },
      { kind: 'refused', refusal: { status: 500, code: 'UNKNOWN' } },
    ],
    ['204', { status: 204 }, { kind: 'refused', refusal: { status: 204, code: null } }],
  ])('%s', async (_name, reply, expected) => {
    const { client } = await pages({ [FIRST]: reply });
    expect(await listTags(client, 'group/project')).toMatchObject(expected);
  });

  test('a repository that vanishes between two pages is not unknown', async () => {
    const { client } = await pages({
      [FIRST]: page(tags('a'), next('?last=a')),
      '/v2/group/project/tags/list?last=a': { status: 404, body: errorBody('NAME_UNKNOWN') },
    });
    expect(await listTags(client, 'group/project')).toMatchObject({
      kind: 'refused',
      refusal: { status: 404 },
    });
  });
});
