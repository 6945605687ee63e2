import { describe, expect, test } from 'vitest';
import { belongsToRegistry, isLoopback, versionCheckUrl } from '../../src/auth/registry-origin.ts';

describe('belongsToRegistry', () => {
  test.each([
    ['https://r.example.com', 'https://r.example.com/v2/', true],
    ['https://r.example.com', 'https://r.example.com:443/v2/', true],
    ['https://r.example.com:5050', 'https://r.example.com/v2/', false],
    ['https://r.example.com', 'http://r.example.com/v2/', false],
    ['https://r.example.com', 'https://r.example.com.evil.example/v2/', false],
    ['https://r.example.com', 'https://r.example.com@evil.example/v2/', false],
    ['https://r.example.com/reg/', 'https://r.example.com/reg/v2/', true],
    ['https://r.example.com/reg', 'https://r.example.com/reg', true],
    ['https://r.example.com/reg', 'https://r.example.com/registry/v2/', false],
    ['https://r.example.com/reg', 'https://r.example.com/v2/', false],
    ['https://r.example.com/reg', 'https://r.example.com/reg/../v2/', false],
    ['https://r.example.com/reg', 'https://r.example.com/reg/%2e%2e/v2/', false],
    ['https://r.example.com/reg', 'https://r.example.com/reg/..%2fv2/', false],
    ['http://[::1]:5000', 'http://[::1]:5000/v2/', true],
  ])('%s and %s: %s', (registry, url, expected) => {
    expect(belongsToRegistry(new URL(registry), new URL(url))).toBe(expected);
  });

  test('the version check stands below the path prefix', () => {
    expect(versionCheckUrl(new URL('https://r.example.com/reg/')).href).toBe('https://r.example.com/reg/v2/');
    expect(versionCheckUrl(new URL('https://r.example.com')).href).toBe('https://r.example.com/v2/');
  });

  test.each([
    ['localhost', true],
    ['a.localhost', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['[::1]', true],
    ['127.example.com', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
    ['10.0.0.1', false],
  ])('%s is this machine: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
