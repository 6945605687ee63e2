import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { makeAuthority, makeCertificate } from '../../support/certificates.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../../support/real-registry.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { checkOf, examine, shiftedClock, siteAt } from './support.ts';

const directory = makeTempDir('doctor-tls');
const authority = makeAuthority(directory);
const server = makeCertificate(directory, authority);
const ca = readFileSync(authority.certFile, 'utf8');
const DAY = 24 * 3600 * 1000;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('name', () => {
  test.each([
    ['ENOTFOUND', /does not resolve \(ENOTFOUND\)/],
    ['EAI_AGAIN', /just now: the name server did not answer \(EAI_AGAIN\)/],
  ])('that does not resolve: %s', async (code, detail) => {
    const lookUp = () => Promise.reject(Object.assign(new Error('lookup'), { code }));
    const result = await examine([siteAt('https://registry.invalid')], {}, { lookUp });
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'name')).toMatchObject({ result: 'fail', detail: expect.stringMatching(detail) });
    const later = result.sites[0]?.checks.slice(1).filter(({ id }) => id !== 'credential');
    expect(new Set(later?.map((one) => one.result))).toEqual(new Set(['skipped']));
  });

  test('that resolves', async () => {
    const registry = await startEmbeddedRegistry();
    closers.push(registry.close);
    const url = registry.url.replace('127.0.0.1', 'localhost');
    const result = await examine([siteAt(url)], {}, { lookUp: async () => ['127.0.0.1'] });
    expect(checkOf(result, 'name')).toMatchObject({ result: 'ok', detail: '127.0.0.1' });
  });
});

test('connection refused', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const result = await examine([siteAt(`https://127.0.0.1:${port}`)]);
  expect(result.verdict).toBe('FAILED');
  expect(checkOf(result, 'tcp')).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('connection refused'),
    nextStep: expect.stringContaining('--url'),
  });
});

test('through a proxy the sockets are not looked at', async () => {
  const registry = await startEmbeddedRegistry();
  closers.push(registry.close);
  const proxy = { httpProxy: 'user:secret@127.0.0.1:9' };
  const through = await examine([siteAt(registry.url, { proxy })]);
  for (const id of ['name', 'tcp', 'tls']) expect(checkOf(through, id).result).toBe('skipped');
  expect(JSON.stringify(through)).not.toContain('secret');
  const around = await examine([siteAt(registry.url, { proxy: { ...proxy, noProxy: '127.0.0.1' } })]);
  expect(checkOf(around, 'tcp').result).toBe('ok');
});

describeReal('TLS of a real registry with a private CA', () => {
  let registry: RealRegistry;
  beforeAll(async () => {
    registry = await startRealRegistry({ tls: server });
  });
  afterAll(() => registry?.stop());

  test('without the CA: the reason and the flag that mends it', async () => {
    const result = await examine([siteAt(registry.url)]);
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'tls')).toMatchObject({
      result: 'fail',
      detail: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE.*test ca/),
      nextStep: expect.stringContaining('--ca-file'),
    });
    expect(checkOf(result, 'api').result).toBe('skipped');
  });

  test('with the CA', async () => {
    // The test's certificates are valid for 30 days, which is "soon".
    const result = await examine(
      [siteAt(registry.url, { tls: { ca } })],
      {},
      { clock: shiftedClock(-2 * DAY) },
    );
    expect(checkOf(result, 'tls').result).toBe('fail');
    const now = await examine([siteAt(registry.url, { tls: { ca } })]);
    expect(now.verdict).toBe('OK');
    expect(checkOf(now, 'tls')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('expires on'),
    });
    expect(checkOf(now, 'api').result).toBe('ok');
  });

  test('not verified: a warning with what verifying would find', async () => {
    const result = await examine([siteAt(registry.url, { tls: { rejectUnauthorized: false } })]);
    expect(result.verdict).toBe('OK');
    expect(checkOf(result, 'tls')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('--insecure'),
    });
  });

  test('spoken to in plain http', async () => {
    const result = await examine([siteAt(registry.url.replace('https:', 'http:'))]);
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'api')).toMatchObject({
      result: 'fail',
      detail: 'the server speaks TLS and got plain http',
      nextStep: 'Say https:// in --url.',
    });
  });
});

describe('TLS', () => {
  test('asked of a server that speaks plain http', async () => {
    const registry = await startEmbeddedRegistry();
    closers.push(registry.close);
    const result = await examine([siteAt(registry.url.replace('http:', 'https:'))]);
    expect(result.verdict).toBe('FAILED');
    expect(checkOf(result, 'tls')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining('does not speak TLS'),
      nextStep: expect.stringContaining('http://'),
    });
  });

  test.each([
    ['for a year', ['-days', '400'], 'DNS:localhost,IP:127.0.0.1', 0, 'ok', /TLSv1\.3, certificate of/],
    ['for another name', ['-days', '400'], 'DNS:registry.example.com', 0, 'fail', /IP: 127\.0\.0\.1/],
    ['expired', ['-days', '400'], 'IP:127.0.0.1', 401 * DAY, 'fail', /expired on 20/],
  ] as const)('certificate %s', async (name, days, san, offset, verdict, detail) => {
    const files = { key: join(directory, 'own.key'), cert: join(directory, 'own.crt') };
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        ...days,
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=${san}`,
        '-keyout',
        files.key,
        '-out',
        files.cert,
      ],
      { stdio: 'ignore' },
    );
    const cert = readFileSync(files.cert, 'utf8');
    const registry = await startEmbeddedRegistry({ tls: { key: readFileSync(files.key), cert } });
    closers.push(registry.close);
    const result = await examine(
      [siteAt(registry.url, { tls: { ca: cert } })],
      {},
      { clock: shiftedClock(offset) },
    );
    const { result: found, detail: words } = checkOf(result, 'tls');
    expect([found, words]).toEqual([verdict, expect.stringMatching(detail)]);
  });
});
