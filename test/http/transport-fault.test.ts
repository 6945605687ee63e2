import { expect, test } from 'vitest';
import { TransportError } from '../../src/errors.ts';
import { transportFault } from '../../src/http/transport-fault.ts';

const coded = (code: string, message = 'what happened') => Object.assign(new Error(message), { code });

test.each<[unknown, string, RegExp, RegExp | null]>([
  [coded('ECONNREFUSED'), 'UNREACHABLE', /connection refused/, /--primary-url.*NO_PROXY/],
  [coded('EHOSTUNREACH'), 'UNREACHABLE', /no route/, /--primary-url/],
  [coded('ENETUNREACH'), 'UNREACHABLE', /network unreachable/, /--primary-url/],
  [coded('ENOTFOUND'), 'UNREACHABLE', /does not resolve/, /--primary-url/],
  [coded('EAI_AGAIN'), 'UNREACHABLE', /just now/, /--primary-url/],
  [
    new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]),
    'UNREACHABLE',
    /connection refused/,
    null,
  ],
  [new TypeError('failed', { cause: coded('ENOTFOUND') }), 'UNREACHABLE', /does not resolve/, null],
  [coded('ECONNRESET'), 'UNREACHABLE', /broke \(ECONNRESET\)/, /https:\/\//],
  [coded('EPIPE'), 'UNREACHABLE', /broke \(EPIPE\)/, null],
  [new Error('odd\nsecond line'), 'UNREACHABLE', /broke \(odd\)$/, null],
  ['odd', 'UNREACHABLE', /broke \(odd\)$/, null],
  [coded('ETIMEDOUT'), 'TIMEOUT', /no connection/, /firewall/],
  [coded('UND_ERR_HEADERS_TIMEOUT'), 'TIMEOUT', /no answer/, /--timeout/],
  [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'TLS', /private CA/, /--primary-ca-file/],
  [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'TLS', /issuing CA/, /--primary-ca-file/],
  [coded('CERT_HAS_EXPIRED'), 'TLS', /expired/, /--primary-insecure/],
  [coded('CERT_NOT_YET_VALID'), 'TLS', /not valid yet/, /clocks/],
  [coded('CERT_REVOKED'), 'TLS', /CERT_REVOKED/, null],
  [coded('UND_ERR_PRX_TLS'), 'TLS', /proxy's certificate/, /HTTPS_PROXY/],
  [
    coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'a\n'),
    'TLS',
    /refused the TLS handshake/,
    /--primary-cert-file/,
  ],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'TLS', /does not speak TLS/, /http:\/\/ in --primary-url/],
  [coded('HPE_INVALID_CONSTANT'), 'PROTOCOL', /not HTTP/, /https:\/\/ in --primary-url/],
  [Object.assign(new Error('x'), { name: 'HTTPParserError', code: undefined }), 'PROTOCOL', /not HTTP/, null],
  [
    coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'),
    'PROTOCOL',
    /answered 407/,
    /password/,
  ],
  [
    coded('UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling'),
    'UNREACHABLE',
    /answered 502/,
    /NO_PROXY/,
  ],
])('%s', (error, code, message, hint) => {
  const fault = transportFault(error, 'read a thing', (ending) => `--primary-${ending}`);
  expect(fault).toBeInstanceOf(TransportError);
  expect(fault).toMatchObject({ code });
  expect(fault.message).toMatch(/^could not read a thing: /);
  expect(fault.message).not.toContain('\n');
  expect(fault.message).toMatch(message);
  if (hint !== null) expect((fault as TransportError).hint).toMatch(hint);
});

test('an error of our own passes through', () => {
  const error = new TransportError('BODY_TOO_LARGE', 'x');
  expect(transportFault(error, 'read a thing', String)).toBe(error);
});
