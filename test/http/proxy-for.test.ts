import { expect, test } from 'vitest';
import { proxyFor } from '../../src/http/proxy-for.ts';

test.each([
  ['http://a.example/', '', 'http://plain:1'],
  ['https://a.example/', '', 'http://secure:1'],
  ['https://a.example/', '*', null],
  ['https://a.example/', 'b.example, *', null],
  ['https://a.example/', 'a.example', null],
  ['https://A.EXAMPLE/', 'a.Example', null],
  ['https://a.example./', 'a.example', null],
  ['https://x.a.example/', 'a.example', null],
  ['https://x.a.example/', '.a.example', null],
  ['https://x.a.example/', '*.a.example', null],
  ['https://xa.example/', 'a.example', 'http://secure:1'],
  ['https://a.example/', 'x.a.example', 'http://secure:1'],
  ['https://a.example/', 'b.example c.example,,a.example', null],
  ['https://a.example/', 'a.example:443', null],
  ['http://a.example/', 'a.example:443', 'http://plain:1'],
  ['https://a.example:5050/', 'a.example:5050', null],
  ['https://a.example:5050/', 'a.example:5051', 'http://secure:1'],
  ['http://127.0.0.1:5000/', '127.0.0.1', null],
  ['http://127.0.0.1:5000/', '0.0.1', 'http://plain:1'],
  ['http://10.1.2.3/', '10.0.0.0/8', null],
  ['http://11.1.2.3/', '10.0.0.0/8', 'http://plain:1'],
  ['http://10.1.2.3/', '10.0.0.0/99', 'http://plain:1'],
  ['http://a.example/', '10.0.0.0/8', 'http://plain:1'],
  ['http://[::1]:5000/', '::1', null],
  ['http://[::1]:5000/', '[::1]', null],
  ['http://[::1]:5000/', '[::1]:5000', null],
  ['http://[::1]:5000/', '[::1]:5001', 'http://plain:1'],
  ['http://[fd00::5]/', 'fd00::/8', null],
  ['http://[fe00::5]/', 'fd00::/8', 'http://plain:1'],
  ['http://a.example/', '.', 'http://plain:1'],
])('%s with NO_PROXY=%j: %j', (url, noProxy, expected) => {
  const settings = { httpProxy: 'http://plain:1', httpsProxy: 'http://secure:1', noProxy };
  expect(proxyFor(new URL(url), settings)).toBe(expected);
});

test('a proxy without a scheme is http', () => {
  expect(proxyFor(new URL('http://h/'), { httpProxy: 'user:word@proxy:3128' })).toBe(
    'http://user:word@proxy:3128',
  );
});

test.each([
  ['http://a.example/', { httpsProxy: 'http://secure:1' }],
  ['https://a.example/', { httpProxy: 'http://plain:1' }],
  ['https://a.example/', { httpsProxy: '' }],
  ['https://a.example/', {}],
])('%s: the proxy of the other scheme is not for it', (url, settings) => {
  expect(proxyFor(new URL(url), settings)).toBeNull();
});
