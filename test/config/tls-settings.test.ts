import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../src/config/resolve-options.ts';
import { siteOptions } from '../../src/config/site-options.ts';
import { tlsSettings } from '../../src/config/tls-settings.ts';
import { UsageError } from '../../src/errors.ts';
import { makeExpiredCertificate } from '../http/support/expired-certificate.ts';
import { makeAuthority, makeCertificate } from '../support/certificates.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const directory = makeTempDir('tls-settings');
const authority = makeAuthority(directory);
const client = makeCertificate(directory, authority, 'client');
const other = makeCertificate(directory, authority, 'other');
const expired = makeExpiredCertificate(directory, authority);
const NOW = Date.now();

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function settings(flags: Record<string, string>, now = NOW) {
  return tlsSettings(resolveOptions(siteOptions('primary-'), flags, {}), 'primary-', {}, now);
}

test('a client certificate with its key, and an authority beside those of the system', () => {
  const found = settings({
    'primary-cert-file': client.certFile,
    'primary-key-file': client.keyFile,
    'primary-ca-file': authority.certFile,
  });
  expect(found).toMatchObject({
    cert: expect.stringContaining('BEGIN CERTIFICATE'),
    key: expect.stringContaining('PRIVATE KEY'),
  });
  expect(found.ca?.length).toBeGreaterThan(100);
});

test.each([
  [
    'no certificate at all',
    { 'primary-ca-file': () => file('text', 'hello') },
    /--primary-ca-file: .*text holds no certificate in PEM/,
  ],
  [
    'a damaged one',
    {
      'primary-ca-file': () => file('bad', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
    },
    /--primary-ca-file: .*cannot be read/,
  ],
  [
    'an expired client certificate',
    { 'primary-cert-file': () => expired.certFile, 'primary-key-file': () => expired.keyFile },
    /--primary-cert-file: .*has expired/,
  ],
  [
    'the key of another',
    { 'primary-cert-file': () => client.certFile, 'primary-key-file': () => other.keyFile },
    /--primary-key-file: .*does not belong/,
  ],
  [
    'no key',
    { 'primary-cert-file': () => client.certFile, 'primary-key-file': () => authority.certFile },
    /--primary-key-file: .*no private key/,
  ],
  ['one without the other', { 'primary-cert-file': () => client.certFile }, /belong together/],
])('%s is one line that names the flag', (_name, flags, message) => {
  const given = Object.fromEntries(Object.entries(flags).map(([name, path]) => [name, path()]));
  expect(() => settings(given)).toThrow(UsageError);
  expect(() => settings(given)).toThrow(message);
});

test('an authority that has expired by the clock of the run', () => {
  const inTenYears = NOW + 10 * 365 * 24 * 3600 * 1000;
  expect(() => settings({ 'primary-ca-file': authority.certFile }, inTenYears)).toThrow(/has expired/);
});
