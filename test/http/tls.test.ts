import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { UndiciSendOptions } from '../../src/http/undici-send.ts';
import { type KeyPairFiles, makeAuthority, makeCertificate } from '../support/certificates.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { makeExpiredCertificate } from './support/expired-certificate.ts';
import { startRawServer } from './support/raw-server.ts';
import { ask, rejection, wire } from './support/wire.ts';

const read = ({ keyFile, certFile }: KeyPairFiles) => ({
  key: readFileSync(keyFile, 'utf8'),
  cert: readFileSync(certFile, 'utf8'),
});

let ca: string;
let server: { key: string; cert: string };
let expired: { key: string; cert: string };
let client: { key: string; cert: string };
let selfSigned: { key: string; cert: string };
beforeAll(() => {
  const directory = makeTempDir('tls');
  const authority = makeAuthority(directory);
  ca = read(authority).cert;
  server = read(makeCertificate(directory, authority));
  client = read(makeCertificate(directory, authority, 'client'));
  expired = read(makeExpiredCertificate(directory, authority));
  selfSigned = read(makeAuthority(directory, 'self'));
});

async function tlsServer(pair: { key: string; cert: string }, more: object = {}, host = '127.0.0.1') {
  const listening = createServer({ ...pair, ...more }, (_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => {
    listening.listen(0, host, resolve);
  });
  onTestFinished(() => {
    listening.close();
    listening.closeAllConnections();
  });
  const { port } = listening.address() as AddressInfo;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function failure(url: string, tls: NonNullable<UndiciSendOptions['tls']> = {}) {
  const error = await rejection(wire({ tls, timeoutMs: 2000 })(ask(url)));
  return { code: error.code, text: `${error.message} ${error.hint}` };
}

async function answered(url: string, tls: NonNullable<UndiciSendOptions['tls']>) {
  return (await wire({ tls })(ask(url, { bodyLimit: 10 }))).status;
}

describe('the server’s certificate', () => {
  test('by a known CA', async () => {
    expect(await answered(await tlsServer(server), { ca })).toBe(200);
  });

  test('by an unknown CA: the message names the flag, and --insecure reads on', async () => {
    const url = await tlsServer(server);
    const { code, text } = await failure(url);
    expect(code).toBe('TLS');
    expect(text).toMatch(/CA/);
    expect(text).toContain('--primary-ca-file');
    expect(await answered(url, { rejectUnauthorized: false })).toBe(200);
  });

  test('self-signed', async () => {
    const { code, text } = await failure(await tlsServer(selfSigned));
    expect(code).toBe('TLS');
    expect(text).toContain('self-signed');
    expect(text).toContain('--primary-ca-file');
  });

  test('for another name', async () => {
    const { code, text } = await failure(await tlsServer(server, {}, '::1'), { ca });
    expect(code).toBe('TLS');
    expect(text).toContain('another host name');
    expect(text).toContain('--primary-url');
  });

  test('expired', async () => {
    const url = await tlsServer(expired);
    const { code, text } = await failure(url, { ca });
    expect(code).toBe('TLS');
    expect(text).toContain('expired');
    expect(text).toContain('--primary-insecure');
    expect(await answered(url, { rejectUnauthorized: false })).toBe(200);
  });
});

describe('the client’s certificate', () => {
  test.each([['TLSv1.2'], ['TLSv1.3']] as const)(
    '%s: given, missing, and by an unknown CA',
    async (version) => {
      const url = await tlsServer(server, {
        ca,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: version,
        maxVersion: version,
      });
      expect(await answered(url, { ca, ...client })).toBe(200);
      const missing = await failure(url, { ca });
      // OpenSSL says so with an alert, Node's own server and TLS 1.3 often just close.
      expect(['TLS', 'UNREACHABLE']).toContain(missing.code);
      expect(missing.text).toContain('--primary-cert-file');
      expect(missing.text).not.toMatch(/does not speak TLS|\n/);
      const foreign = await failure(url, { ca, ...selfSigned });
      expect(['TLS', 'UNREACHABLE']).toContain(foreign.code);
      expect(foreign.text).toContain('--primary-cert-file');
    },
  );
});

describe('the wrong scheme', () => {
  test('https to a server of plain http', async () => {
    const plain = await startScriptedServer();
    onTestFinished(plain.close);
    const { code, text } = await failure(plain.url.replace('http:', 'https:'));
    expect(code).toBe('TLS');
    expect(text).toContain('does not speak TLS');
    expect(text).toContain('http:// in --primary-url');
  });

  test('plain http to a TLS server', async () => {
    const { code, text } = await failure((await tlsServer(server)).replace('https:', 'http:'));
    expect(text).toMatch(/https:\/\/ in (front|--primary-url)|--primary-url must say https:\/\//);
    expect(['PROTOCOL', 'UNREACHABLE']).toContain(code);
  });

  test('https to a server that closes at once', async () => {
    const raw = await startRawServer((socket) => socket.destroy());
    expect(await failure(raw.url.replace('http:', 'https:'))).toMatchObject({ code: 'UNREACHABLE' });
  });

  test('https to a server that says nothing ends at the connect time-out', async () => {
    const raw = await startRawServer(() => undefined);
    const error = await rejection(wire({ timeoutMs: 50 })(ask(raw.url.replace('http:', 'https:'))));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
  });
});

test('HEADs over TLS keep their connections', async () => {
  const scripted = await startScriptedServer([{ method: 'HEAD', path: '/', reply: {}, times: 200 }], server);
  onTestFinished(scripted.close);
  const send = wire({ tls: { ca }, connections: 4 });
  await Promise.all(Array.from({ length: 200 }, () => send(ask(scripted.url, { method: 'HEAD' }))));
  expect(scripted.connections()).toBeLessThanOrEqual(4);
});
