import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeReal } from '../support/real-registry.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { faultBench } from './support/fault-bench.ts';
import type { Exchange, Fault } from './support/fault-proxy.ts';
import { ONE_TAG, PLACES } from './support/fault-rows.ts';
import { body, headers, redirectTo } from './support/faults.ts';
import {
  expectCalm,
  expectNothingSaid,
  expectSurvived,
  expectUnread,
  expectUnresolvable,
  expectUntouched,
  expectVerdicts,
} from './support/judge.ts';
import { APP, APP_TAGS } from './support/known-drift.ts';
import { IS_FULL } from './support/scale.ts';

const PASSWORD = 'planted-password-4711';
const LIST = { where: PLACES.list.words, isFaulted: PLACES.list.isFaulted };
const TAG = { where: PLACES.tag.words, isFaulted: PLACES.tag.isFaulted };
const NOTHING = Buffer.from(JSON.stringify({ name: APP, tags: [] }));

/** The registry's tags, in the first page, and what a page after it holds. */
async function answerPage(
  exchange: Exchange,
  {
    tags,
    link,
  }: { tags: (real: string[], page: number) => unknown[]; link: (page: number) => string | null },
): Promise<void> {
  const real = (JSON.parse((await exchange.real()).body.toString()) as { tags: string[] }).tags;
  const page = Number(new URL(exchange.path, exchange.url).searchParams.get('page') ?? '1');
  const next = link(page);
  exchange.answer({
    status: 200,
    headers: { 'content-type': 'application/json', ...(next !== null && { link: next }) },
    body: JSON.stringify({ name: APP, tags: tags(real, page) }),
  });
}

const nextPage = (page: number) => `</v2/${APP}/tags/list?page=${page + 1}>; rel="next"`;
const always = (real: string[]) => real;
const linking =
  (link: string): Fault =>
  (exchange) =>
    answerPage(exchange, { tags: always, link: () => link });

/** A server that is not the registry, and what it is asked with. */
async function elsewhere(
  answer: Buffer,
): Promise<{ url: string; seen: IncomingHttpHeaders[]; close(): void }> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, close: () => server.close() };
}

/** Basic authentication in front of the registry; what is let in meets the fault. */
function behindPassword(fault: Fault, isFaulted: (path: string) => boolean): Fault {
  return (exchange) => {
    if (exchange.headers.authorization === undefined) {
      exchange.answer({ status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } });
      return;
    }
    return isFaulted(exchange.path) ? fault(exchange) : exchange.pass();
  };
}

function credential(): string[] {
  const file = join(makeTempDir('credential'), 'password');
  writeFileSync(file, PASSWORD);
  return ['--secondary-username', 'auditor', '--secondary-password-file', file];
}

/** All in the full form, the first one in the short. */
function some<Row>(rows: readonly Row[]): readonly Row[] {
  return IS_FULL ? rows : rows.slice(0, 1);
}

describeReal('a registry that lists, names or sends elsewhere what it should not', () => {
  const bench = faultBench('faults-lists');

  describe.concurrent('tag lists', () => {
    it('that name their tags twice are read once', async () => {
      const fault = body((real) => {
        const list = JSON.parse(real.toString()) as { tags: string[] };
        return JSON.stringify({ ...list, tags: [...list.tags, ...list.tags] });
      });
      const { scan } = await bench.attempt({ name: 'tag list that names every tag twice', ...LIST, fault });
      expectSurvived(scan);
    });

    it('that hold names which no tag can have are incomplete, and what can be asked for is read', async () => {
      const fault = body((real) => {
        const list = JSON.parse(real.toString()) as { tags: string[] };
        return JSON.stringify({ ...list, tags: ['../../../etc/passwd', ...list.tags, 'a\r\nX-Evil: 1'] });
      });
      const { scan, proxy } = await bench.attempt({
        name: 'tag list with names that no tag can have',
        ...LIST,
        fault,
      });
      expectCalm(scan);
      expectVerdicts(scan.app, APP_TAGS);
      expectUntouched(scan);
      expect(scan.app).toMatchObject({ verdict: 'INCOMPLETE', errors: [{ code: 'TAG_NAME_INVALID' }] });
      expect(scan.app.checksums.wide.secondary).toBeNull();
      expect(proxy.requests.filter(({ path }) => /passwd|Evil/.test(path))).toEqual([]);
      expect(scan.code).toBe(2);
    });

    it('that repeat a page for ever end in an error', async () => {
      const fault: Fault = (exchange) => answerPage(exchange, { tags: always, link: nextPage });
      const { scan } = await bench.attempt({ name: 'tag list whose pages repeat', ...LIST, fault });
      expectCalm(scan);
      expectNothingSaid(scan.app, 'secondary', /^PROTOCOL$/);
      expectUntouched(scan);
      expect(scan.code).toBe(2);
    });

    it('that grow while they are read give every tag, and the new ones for what they are', async () => {
      const fault: Fault = (exchange) =>
        answerPage(exchange, {
          tags: (real, page) => [...real, `zz-grown-${page}`],
          link: (page) => (page < 5 ? nextPage(page) : null),
        });
      const { scan } = await bench.attempt({ name: 'tag list that grows while it is read', ...LIST, fault });
      const grown = scan.app.tags.filter(({ name }) => name.startsWith('zz-grown'));
      expectVerdicts({ ...scan.app, tags: scan.app.tags.filter((tag) => !grown.includes(tag)) }, APP_TAGS);
      expect(grown.map(({ name, status }) => [name, status])).toEqual(
        [1, 2, 3, 4, 5].map((page) => [`zz-grown-${page}`, 'UNRESOLVABLE']),
      );
      expectUntouched(scan);
      expect(scan.code).toBe(1);
    });

    it.each(
      some([
        ['tag list that links to itself', `</v2/${APP}/tags/list?n=10000>; rel="next"`],
        ['tag list with a Link that does not parse', `v2/${APP}/tags/list?page=2; rel="next"`],
        [
          'tag list that links to an address of the cloud',
          `<http://169.254.169.254/latest/meta-data>; rel="next"`,
        ],
        ['tag list that links to a file', `<file:///etc/passwd>; rel="next"`],
        ['tag list that links with credentials', `<//user:password@127.0.0.1/v2/>; rel="next"`],
      ]),
    )('%s', async (name, link) => {
      const { scan } = await bench.attempt({ name, ...LIST, fault: linking(link) });
      expectCalm(scan);
      expectNothingSaid(scan.app, 'secondary', /^PROTOCOL$/);
      expectUntouched(scan);
      expect(scan.code).toBe(2);
    });

    it('that link to another host are not followed there', async () => {
      const other = await elsewhere(NOTHING);
      const fault = behindPassword(linking(`<${other.url}/v2/${APP}/tags/list>; rel="next"`), (path) =>
        path.startsWith(`/v2/${APP}/tags`),
      );
      const { scan } = await bench.attempt({
        name: 'tag list that links to another host',
        where: LIST.where,
        isFaulted: () => true,
        fault,
        args: credential(),
      });
      other.close();
      expectCalm(scan);
      expectNothingSaid(scan.app, 'secondary', /^PROTOCOL$/);
      expect(other.seen).toEqual([]);
      expect(scan.code).toBe(2);
    });
  });

  describe.concurrent('redirects', () => {
    it('to another host are followed without the credential, and what stands there is judged', async () => {
      const other = await elsewhere(Buffer.from('<html>no registry</html>'));
      const fault = behindPassword(redirectTo(`${other.url}/list`), (path) =>
        path.startsWith(`/v2/${APP}/tags`),
      );
      const { scan } = await bench.attempt({
        name: 'redirect to another host, which is no registry',
        where: LIST.where,
        isFaulted: () => true,
        fault,
        args: [...credential(), '--log-level', 'trace'],
      });
      other.close();
      expectCalm(scan);
      expectNothingSaid(scan.app, 'secondary', /^PROTOCOL$/);
      expect(other.seen.length).toBeGreaterThan(0);
      for (const sent of other.seen) expect(sent).not.toHaveProperty('authorization');
      const secret = Buffer.from(`auditor:${PASSWORD}`).toString('base64');
      for (const text of [scan.stdout, scan.stderr, JSON.stringify(scan.report)]) {
        expect(text).not.toContain(PASSWORD);
        expect(text).not.toContain(secret);
      }
      expect(scan.code).toBe(2);
    });

    it.each(
      some(['169.254.169.254', 'localhost', '[::1]', '127.1', '0x7f000001', '[::ffff:169.254.169.254]']),
    )('from a remote registry to %s are refused, unasked', async (host) => {
      const hosts: (string | undefined)[] = [];
      const { scan } = await bench.attempt({
        name: 'redirect from a remote registry to an address of this machine or of the cloud',
        where: `${LIST.where}, to ${host}`,
        // All requests come here, as to a forward proxy: the path is a whole URL then.
        isFaulted: ({ headers: sent }) => {
          hosts.push(sent.host);
          return true;
        },
        fault: async (exchange) => {
          if (exchange.path.includes(`/v2/${APP}/tags/list`))
            await redirectTo(`http://${host}/latest`)(exchange);
          else await exchange.pass();
        },
        remoteUrl: 'http://registry.example.test',
      });
      expectCalm(scan);
      expectNothingSaid(scan.app, 'secondary', /^REDIRECT_REFUSED$/);
      expectUntouched(scan);
      expect(new Set(hosts)).toEqual(new Set(['registry.example.test']));
      expect(scan.code).toBe(2);
    });
  });

  describe.concurrent('digests', () => {
    it.each([
      ['HEAD without Docker-Content-Digest', undefined],
      ['HEAD with a malformed Docker-Content-Digest', 'sha256:nonsense'],
      ['HEAD with an empty Docker-Content-Digest', ''],
    ])('%s: the digest comes from the bytes', async (name, digest) => {
      const { scan } = await bench.attempt({
        name,
        ...TAG,
        fault: headers({ 'docker-content-digest': digest }),
      });
      expectSurvived(scan);
    });

    it('GET whose Docker-Content-Digest does not fit the bytes: the bytes count', async () => {
      const lie = headers({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
      const nameless = headers({ 'docker-content-digest': undefined });
      const { scan } = await bench.attempt({
        name: 'GET whose Docker-Content-Digest does not fit the bytes',
        where: PLACES.get.words,
        isFaulted: PLACES.get.isFaulted,
        fault: (exchange) => (exchange.method === 'HEAD' ? nameless(exchange) : lie(exchange)),
      });
      expectSurvived(scan);
    });

    it.each([404, 500])(
      'HEAD that answers %i although GET gives the manifest: unresolvable, and said so',
      async (status) => {
        const { scan } = await bench.attempt({
          name: `HEAD answers ${status}, GET gives the manifest`,
          ...TAG,
          fault: (exchange) => (exchange.method === 'HEAD' ? exchange.answer({ status }) : exchange.pass()),
        });
        expectCalm(scan);
        expectUnresolvable(scan, 'secondary', ONE_TAG);
        expect(JSON.stringify(scan.app.tags)).toContain(
          `HEAD answers HTTP ${status}, although GET gives sha256:`,
        );
      },
    );

    it('HEAD that is forbidden although GET is not: unread', async () => {
      const { scan } = await bench.attempt({
        name: 'HEAD answers 405, GET gives the manifest',
        ...TAG,
        fault: (exchange) =>
          exchange.method === 'HEAD' ? exchange.answer({ status: 405 }) : exchange.pass(),
      });
      expectCalm(scan);
      expectUnread(
        scan,
        'secondary',
        APP_TAGS.filter(({ name }) => name === ONE_TAG),
        /^HTTP_405$/,
      );
    });

    it('manifest whose bytes are not those of its digest: --deep sees it', async () => {
      const made = APP_TAGS.find(({ name }) => name === ONE_TAG)?.secondary;
      if (typeof made !== 'object' || made === null) throw new Error('no image');
      const { scan } = await bench.attempt({
        name: 'manifest whose bytes are not those of its digest, --deep',
        where: PLACES.tag.words,
        isFaulted: ({ method, path }) => method === 'GET' && path === `/v2/${APP}/manifests/${made.digest}`,
        fault: body((real) => `${real} `),
        args: ['--deep'],
        says: ({ app }) => `cause ${app.causes.filter((cause) => cause === 'INVALID_DIGEST').join()}`,
      });
      expectCalm(scan);
      expectVerdicts(scan.app, APP_TAGS);
      const tag = scan.app.tags.find(({ name }) => name === ONE_TAG);
      expect(tag?.secondary).toMatchObject({ deep: { corrupt: [{ digest: made.digest }] } });
      expect(tag?.causes).toContain('INVALID_DIGEST');
      expectUntouched(scan);
      expect(scan.code).toBe(1);
    });
  });
});
