import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeExpiredCertificate } from '../http/support/expired-certificate.ts';
import { type KeyPairFiles, makeAuthority, makeCertificate } from '../support/certificates.ts';
import { describeReal } from '../support/real-registry.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { faultBench } from './support/fault-bench.ts';
import type { Fault, FaultProxy } from './support/fault-proxy.ts';
import { PLACES } from './support/fault-rows.ts';
import { page, resetBeforeHeaders, status } from './support/faults.ts';
import {
  expectCalm,
  expectNothingSaid,
  expectSurvived,
  expectUnread,
  expectUntouched,
} from './support/judge.ts';
import { APP, APP_TAGS } from './support/known-drift.ts';

const PASSWORD = 'planted-password-4711';
const ALL = { isFaulted: () => true };
const SCOPE = `repository:${APP}:pull`;
const MANIFEST = `/v2/${APP}/manifests/`;

function credential(): string[] {
  const file = join(makeTempDir('credential'), 'password');
  writeFileSync(file, PASSWORD);
  return ['--secondary-username', 'auditor', '--secondary-password-file', file];
}

/** A token service and the registry behind it, which takes no token any more that was given before so many manifests. */
function behindTokens(manifests: number): Fault {
  let issued = 0;
  let read = 0;
  let expired = 0;
  return (exchange) => {
    const { path, url, headers, answer } = exchange;
    if (path.startsWith('/token')) {
      const body = JSON.stringify({ token: `token-${++issued}`, expires_in: 3600 });
      answer({ status: 200, headers: { 'content-type': 'application/json' }, body });
      return;
    }
    const used = Number(/^Bearer token-(\d+)$/.exec(headers.authorization ?? '')?.[1] ?? '0');
    if (path.startsWith(MANIFEST) && ++read === manifests) expired = issued;
    if (used > expired) return exchange.pass();
    const error = used > 0 ? ',error="invalid_token"' : '';
    const challenge = `Bearer realm="${url}/token",service="registry",scope="${SCOPE}"${error}`;
    answer({ status: 401, headers: { 'www-authenticate': challenge } });
  };
}

describeReal('a site that lets nobody in, or no longer', () => {
  const bench = faultBench('faults-access');

  describe.concurrent('connections', () => {
    it('refused from the start', async () => {
      const { scan } = await bench.attempt({
        name: 'connection refused',
        where: 'the whole site',
        isFaulted: () => true,
        fault: () => undefined,
        // Nothing listens on port 1 of this machine.
        remoteUrl: 'http://127.0.0.1:1',
        isDirect: true,
      });
      expectCalm(scan);
      for (const one of [scan.app, scan.calm]) expectNothingSaid(one, 'secondary', /^UNREACHABLE$/);
      expect(scan.code).toBe(2);
    });

    it('refused in the middle of a run', async () => {
      const down: { proxy?: FaultProxy } = {};
      const { scan } = await bench.attempt({
        name: 'connection refused in the middle of the run',
        where: PLACES.tags.words,
        isFaulted: PLACES.tags.isFaulted,
        fault: () => void down.proxy?.close(),
        onStart: (proxy) => {
          down.proxy = proxy;
        },
      });
      expectCalm(scan);
      const listed = APP_TAGS.filter(({ secondary }) => secondary !== null);
      expectUnread(scan, 'secondary', listed, /^UNREACHABLE$/);
      expectNothingSaid(scan.calm, 'secondary', /^UNREACHABLE$/);
    });
  });

  describe.concurrent('tokens', () => {
    it('that expire in the middle of a run are renewed', async () => {
      const { scan } = await bench.attempt({
        name: 'token refused in the middle of the run, a new one is taken',
        where: 'every request',
        ...ALL,
        fault: behindTokens(3),
        args: credential(),
        mostAlike: 40,
      });
      expectSurvived(scan);
    });

    it('that are refused for good in the middle of a run leave the rest unread', async () => {
      let read = 0;
      const refusing: Fault = (exchange) => {
        const { path, url, headers, answer } = exchange;
        if (path.startsWith('/token')) {
          const body = JSON.stringify({ token: 'token', expires_in: 3600 });
          answer({ status: 200, headers: { 'content-type': 'application/json' }, body });
          return;
        }
        if (path.startsWith(MANIFEST)) read++;
        if (headers.authorization !== undefined && read === 0) return exchange.pass();
        const why = headers.authorization === undefined ? '' : ',error="invalid_token"';
        const challenge = `Bearer realm="${url}/token",service="registry",scope="${SCOPE}"${why}`;
        answer({ status: 401, headers: { 'www-authenticate': challenge } });
      };
      const { scan } = await bench.attempt({
        name: 'every token refused from the middle of the run on',
        where: PLACES.tags.words,
        ...ALL,
        fault: refusing,
        args: credential(),
        mostAlike: 60,
      });
      expectCalm(scan);
      const listed = APP_TAGS.filter(({ secondary }) => secondary !== null);
      expectUnread(scan, 'secondary', listed, /^(?:UNAUTHORIZED|AUTH_REFUSED)$/);
      expectNothingSaid(scan.calm, 'secondary', /^(?:UNAUTHORIZED|AUTH_REFUSED)$/);
    });

    const services: readonly (readonly [string, Fault, number])[] = [
      ['answers 500', status(500), 2],
      ['is reset', resetBeforeHeaders, 2],
      ['answers a page', status(200, page('Sign in')), 4],
      ['refuses the credential', status(401), 4],
    ];
    it.each(services)('whose service %s are no verdict', async (name, service, exit) => {
      const { scan } = await bench.attempt({
        name: `token service ${name}`,
        where: 'token service',
        ...ALL,
        fault: (exchange) => {
          if (exchange.path.startsWith('/token')) return service(exchange);
          const challenge = `Bearer realm="${exchange.url}/token",service="registry"`;
          exchange.answer({ status: 401, headers: { 'www-authenticate': challenge } });
        },
        args: credential(),
        mostAlike: 12,
      });
      expectCalm(scan);
      for (const one of [scan.app, scan.calm])
        expectNothingSaid(one, 'secondary', /^(?:HTTP_500|PROTOCOL|UNREACHABLE|AUTH_REFUSED|UNAUTHORIZED)$/);
      expect(scan.code).toBe(exit);
      expect(scan.stdout + scan.stderr + JSON.stringify(scan.report)).not.toContain(PASSWORD);
    });

    it.each([
      ['401 for a wrong password', 401],
      ['403 for the whole site', 403],
    ])('%s: exit 4', async (name, code) => {
      const { scan } = await bench.attempt({
        name,
        where: 'every request',
        ...ALL,
        fault: ({ answer }) =>
          answer({ status: code, headers: { 'www-authenticate': 'Basic realm="registry"' } }),
        args: credential(),
        mostAlike: 12,
      });
      expectCalm(scan);
      for (const one of [scan.app, scan.calm])
        expectNothingSaid(one, 'secondary', /^(?:DENIED|AUTH_REFUSED|UNAUTHORIZED)$/);
      expect(scan.code).toBe(4);
    });
  });

  describe.concurrent('certificates', () => {
    let authority: KeyPairFiles;
    const pairs: { good?: Pem; expired?: Pem; foreign?: Pem } = {};
    beforeAll(() => {
      const directory = makeTempDir('tls');
      authority = makeAuthority(directory);
      pairs.good = pem(makeCertificate(directory, authority));
      pairs.expired = pem(makeExpiredCertificate(directory, authority));
      pairs.foreign = pem(makeCertificate(directory, makeAuthority(directory, 'other'), 'foreign'));
    });

    it.each([
      ['expired', 'certificate has expired'],
      ['foreign', 'certificate of an unknown CA'],
    ] as const)('%s from the start', async (which, name) => {
      const { scan } = await bench.attempt({
        name,
        where: 'the whole site',
        isFaulted: () => true,
        fault: (exchange) => exchange.pass(),
        tls: pairs[which] ?? {},
        args: ['--secondary-ca-file', authority.certFile],
        isUnasked: true,
      });
      expectCalm(scan);
      for (const one of [scan.app, scan.calm]) expectNothingSaid(one, 'secondary', /^TLS$/);
      expect(scan.code).toBe(2);
    });

    it.each([
      ['expired', 'certificate expires in the middle of the run'],
      ['foreign', 'certificate changes to that of another CA in the middle of the run'],
    ] as const)('%s in the middle of a run', async (which, name) => {
      const serving: { proxy?: FaultProxy } = {};
      const { scan } = await bench.attempt({
        name,
        where: PLACES.tags.words,
        isFaulted: PLACES.tags.isFaulted,
        fault: () => serving.proxy?.changeCertificate(pairs[which] ?? {}),
        onStart: (proxy) => {
          serving.proxy = proxy;
        },
        tls: pairs.good ?? {},
        args: ['--secondary-ca-file', authority.certFile],
      });
      expectCalm(scan);
      const listed = APP_TAGS.filter(({ secondary }) => secondary !== null);
      expectUnread(scan, 'secondary', listed, /^TLS$/);
      expectNothingSaid(scan.calm, 'secondary', /^TLS$/);
    });

    it('renewed in the middle of a run', async () => {
      const serving: { proxy?: FaultProxy } = {};
      let isRenewed = false;
      const { scan } = await bench.attempt({
        name: 'certificate renewed in the middle of the run',
        where: PLACES.tags.words,
        isFaulted: PLACES.tags.isFaulted,
        fault: (exchange) => {
          if (isRenewed) return exchange.pass();
          isRenewed = true;
          serving.proxy?.changeCertificate(pairs.good ?? {});
        },
        onStart: (proxy) => {
          serving.proxy = proxy;
        },
        tls: pairs.good ?? {},
        args: ['--secondary-ca-file', authority.certFile],
      });
      expectUntouched(scan);
      expectSurvived(scan);
    });
  });
});

type Pem = { readonly key: string; readonly cert: string };

function pem({ keyFile, certFile }: KeyPairFiles): Pem {
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}
