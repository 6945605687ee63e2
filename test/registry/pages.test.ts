import { expect, test } from 'vitest';
import { readPages, unexpectedShape } from '../../src/registry/pages.ts';
import { scriptedRegistry } from './support/connected.ts';

const about = { purpose: 'read a list', scopes: [] };

test('pages come one at a time: the next is asked for when it is wanted', async () => {
  const { client, server } = await scriptedRegistry({
    method: 'GET',
    path: '/v2/list?n=1',
    reply: { body: { items: [1] }, headers: { link: '</v2/list?n=1&last=1>; rel="next"' } },
  });
  for await (const page of readPages(client, 'v2/list?n=1', about)) {
    expect(page).toEqual({ body: { items: [1] } });
    break;
  }
  expect(server.requests).toHaveLength(1);
});

test('a refusal is the last page', async () => {
  const { client } = await scriptedRegistry(
    {
      method: 'GET',
      path: '/v2/list',
      reply: { body: [], headers: { link: '</v2/more>; rel="next"' } } as object,
    },
    {
      method: 'GET',
      path: '/v2/more',
      reply: { status: 403, body: '', headers: { link: '</v2/evermore>; rel="next"' } },
    },
  );
  const pages: unknown[] = [];
  const reading = (async () => {
    for await (const page of readPages(client, 'v2/list', about)) pages.push(page);
  })();
  // An empty body is not JSON: nothing is made of it.
  await expect(reading).rejects.toMatchObject({ code: 'PROTOCOL' });
  pages.length = 0;
  for await (const page of readPages(client, 'v2/more', about)) pages.push(page);
  expect(pages).toEqual([{ refused: { status: 403, code: null, message: 'HTTP 403 without a body' } }]);
});

test('another shape says what was expected', () => {
  expect(unexpectedShape('read a list', '[…]')).toMatchObject({
    code: 'PROTOCOL',
    message: 'could not read a list: the answer is JSON of another shape than […]',
  });
});
