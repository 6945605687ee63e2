import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpResponse } from '../../src/http/message.ts';
import { refusalOf, repositoryScope, sendAndDiscard, urlOf } from '../../src/registry/registry-client.ts';
import { type Step, scriptedSend } from '../http/support/scripted-send.ts';
import { ask } from '../http/support/wire.ts';

const answer = (step: Exclude<Step, Error>): Promise<HttpResponse> =>
  scriptedSend(step).send(ask('http://h/'));
const wordsOf = async (body: string) => {
  const { code, message } = await refusalOf(await answer({ status: 400, body }));
  return { code, message };
};

describe('the words of a refusal', () => {
  test.each<[string, unknown, { code: string | null; message: string }]>([
    ['code and message', { errors: [{ code: 'A', message: 'b' }] }, { code: 'A', message: 'b' }],
    [
      'the first of several',
      { errors: [{ code: 'A', message: 'b' }, { code: 'C' }] },
      { code: 'A', message: 'b' },
    ],
    ['a code alone', { errors: [{ code: 'A' }] }, { code: 'A', message: 'A' }],
    ['a message alone', { errors: [{ message: 'b' }] }, { code: null, message: 'b' }],
    ['neither', { errors: [{}] }, { code: null, message: 'no message' }],
    ['of other types', { errors: [{ code: 5, message: ['x'] }] }, { code: null, message: 'no message' }],
    ['detail as a text', { errors: [{ code: 'A', detail: 'd' }] }, { code: 'A', message: 'A (d)' }],
    [
      'detail as an object',
      { errors: [{ code: 'A', detail: { a: 1 } }] },
      { code: 'A', message: 'A ({"a":1})' },
    ],
    ['detail 0', { errors: [{ code: 'A', detail: 0 }] }, { code: 'A', message: 'A (0)' }],
    ...[null, '', {}, []].map((detail): [string, unknown, { code: string; message: string }] => [
      `empty detail ${JSON.stringify(detail)}`,
      { errors: [{ code: 'A', detail }] },
      { code: 'A', message: 'A' },
    ]),
  ])('%s', async (_name, body, expected) => {
    expect(await wordsOf(JSON.stringify(body))).toEqual(expected);
  });

  test.each<[string]>([
    ['null'],
    ['[]'],
    ['7'],
    ['"x"'],
    ['{}'],
    ['{"errors":null}'],
    ['{"errors":[]}'],
    ['{"errors":[null]}'],
    ['{"errors":["x"]}'],
    ['{"errors":{"0":{}}}'],
    ['<html>'],
    ['{"errors":[{"code":"A"}'],
  ])('another shape, %s: the status has to do', async (body) => {
    expect(await wordsOf(body)).toEqual({
      code: null,
      message: 'HTTP 400 with a body of no content type instead of a registry error',
    });
  });

  test('a long message and a long code are cut', async () => {
    const { code, message } = await wordsOf(
      JSON.stringify({ errors: [{ code: 'C'.repeat(5000), message: 'm'.repeat(5000), detail: 'd' }] }),
    );
    expect([code?.length, message.length]).toEqual([100, 301]);
  });

  test('detail nested deeper than the stack', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    expect(await wordsOf(`{"errors":[{"code":"A","detail":${deep}}]}`)).toMatchObject({ code: 'A' });
  });

  test('a body that cannot be read leaves the status', async () => {
    const response = await answer({ status: 502 });
    const broken = { ...response, bytes: () => Promise.reject(new Error('broke off')) };
    expect(await refusalOf(broken)).toEqual({ status: 502, code: null, message: 'HTTP 502 without a body' });
  });

  test('never throws, whatever JSON comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.json().map((json) => `{"errors":[${json}]}`),
        ),
        async (body) => {
          const { message } = await wordsOf(body);
          expect(message.length).toBeLessThanOrEqual(500);
        },
      ),
    );
  });
});

test.each([
  ['http://h:5000/', 'v2/', 'http://h:5000/v2/'],
  ['http://h/registry/', 'v2/a/b/manifests/sha256:ab', 'http://h/registry/v2/a/b/manifests/sha256:ab'],
  ['http://[::1]:5000/', 'v2/?n=1', 'http://[::1]:5000/v2/?n=1'],
])('%s and %s: %s', (base, relative, expected) => {
  expect(urlOf({ base: new URL(base), send: scriptedSend({}).send }, relative).href).toBe(expected);
});

test('scopes are the token specification’s', () => {
  expect(repositoryScope('group/project', 'pull,push')).toBe('repository:group/project:pull,push');
});

test('sendAndDiscard lets go of the body', async () => {
  const { send, open } = scriptedSend({ status: 202 });
  const client = { base: new URL('http://h/'), send };
  expect((await sendAndDiscard(client, ask('http://h/'))).status).toBe(202);
  expect(open()).toBe(0);
});
