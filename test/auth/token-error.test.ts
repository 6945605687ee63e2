import { describe, expect, test } from 'vitest';
import { readServiceError, redact } from '../../src/auth/token-error.ts';

const SECRET = 'planted-secret-4711';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl';

describe('redact', () => {
  test.each([
    ['a given secret', `denied for ${SECRET}`, 'denied for [redacted]'],
    ['a token', `bad ${JWT}!`, 'bad [redacted]!'],
    ['an Authorization value', 'got Basic dXNlcjpwYXNz', 'got Basic [redacted]'],
    ['user info of a URL', 'see https://u:p@h.example/x', 'see https://h.example/x'],
    ['the query of a URL', 'see https://h.example/x?sig=abc', 'see https://h.example/x?[redacted]'],
    ['line breaks and escapes', 'a\r\n\u001b[31mb', 'a [31mb'],
    ['ordinary text', 'access forbidden', 'access forbidden'],
  ])('%s', (_name, text, expected) => {
    expect(redact(text, [SECRET])).toBe(expected);
  });

  test('long text is cut', () => {
    expect(redact('x '.repeat(10_000), []).length).toBeLessThanOrEqual(301);
  });
});

describe('readServiceError', () => {
  const none = { code: null, message: null };
  test.each([
    ['the registry form', '{"errors":[{"code":"DENIED","message":"no"}]}', { code: 'DENIED', message: 'no' }],
    [
      'the OAuth form',
      '{"error":"invalid_grant","error_description":"old"}',
      { code: 'invalid_grant', message: 'old' },
    ],
    ['a message alone', '{"message":"no"}', { code: null, message: 'no' }],
    ['details alone', '{"details":"no"}', { code: null, message: 'no' }],
    ['an empty list of errors', '{"errors":[]}', none],
    ['errors of another shape', '{"errors":[5],"error":{"a":1}}', none],
    ['HTML', '<html>', none],
    ['null', 'null', none],
    ['nothing', '', none],
  ])('%s', (_name, body, expected) => {
    expect(readServiceError(Buffer.from(body), [])).toEqual(expected);
  });
});
