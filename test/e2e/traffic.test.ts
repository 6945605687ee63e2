import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { type Report, reportSchema, SITES } from '../../src/report/report.ts';
import { type Pair, startPair } from '../audit/support/scan-embedded.ts';
import { PATH } from '../audit/support/snapshots.ts';
import { runCli } from '../support/run-cli.ts';

let pair: Pair;
beforeEach(async () => {
  pair = await startPair();
});
afterEach(() => pair.close());

async function scan(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Report> {
  const urls = ['--primary-url', pair.primary.url, '--secondary-url', pair.secondary.url];
  const output = ['--out', '-', '--format', 'json', '--quiet'];
  const { stdout } = await runCli(['scan', PATH, ...urls, '--settle', '0', ...output, ...args], { env });
  return reportSchema().parse(JSON.parse(stdout));
}

/** What the registry itself saw, sorted by what a request looks like on the wire. */
function seenBy({ requests }: EmbeddedRegistry): Record<string, number> {
  const seen: Record<string, number> = {};
  for (const request of requests) {
    const kind = kindOf(request);
    seen[kind] = (seen[kind] ?? 0) + 1;
  }
  return seen;
}

function kindOf({ method, path, accept, headers }: EmbeddedRegistry['requests'][number]): string {
  if (path.startsWith('/jwt/auth')) return 'token';
  if (path === '/v2/' || path === '/gitlab/v1/') return 'ping';
  if (path.includes('/tags/list')) return 'list';
  if (path.includes('/blobs/uploads/')) return 'write';
  if (path.includes('/blobs/')) return 'blob';
  if (!path.includes('/manifests/')) return `unexpected ${method} ${path}`;
  if (method === 'PUT') return 'write';
  if (method === 'DELETE') return 'delete';
  if (method === 'GET') return 'get';
  if (headers['if-none-match'] !== undefined) return 'headKnown';
  return accept?.includes('image.index') ? 'headWide' : 'headNarrow';
}

describe('the report states what each registry saw', () => {
  it('images and indexes, with a token and one 503', async () => {
    for (const { options } of [pair.primary, pair.secondary]) {
      Object.assign(options, { auth: 'token', users: { geo: { password: 'password' } } });
    }
    for (let i = 0; i < 30; i++) pair.put('both', `image-${i}`, ociImage(`image ${i}`));
    for (let i = 0; i < 10; i++) pair.put('both', `index-${i}`, ociIndexOf(`index ${i}`));
    pair.put('primary', 'moved', ociIndexOf('new'));
    pair.put('secondary', 'moved', ociIndexOf('old'));
    let refusals = 0;
    pair.secondary.options.fault = ({ method, path }) =>
      method === 'HEAD' && path.endsWith('/image-7') && refusals++ === 0
        ? { status: 503, headers: { 'Retry-After': '0' } }
        : undefined;
    const env = Object.fromEntries(
      ['PRIMARY', 'SECONDARY'].flatMap((site) => [
        [`GEO_REGISTRY_AUDIT_${site}_USERNAME`, 'geo'],
        [`GEO_REGISTRY_AUDIT_${site}_PASSWORD`, 'password'],
      ]),
    );

    const { run, summary } = await scan(['--concurrency', '4'], env);

    expect(summary.tags).toMatchObject({ total: 41, MATCH: 40, MISMATCH: 1 });
    for (const site of SITES) {
      const seen = seenBy(pair[site]);
      expect(seen).toMatchObject({
        token: expect.any(Number),
        headWide: expect.any(Number),
        headNarrow: expect.any(Number),
      });
      const { highest = 0 } = run.traffic?.[site].inFlight ?? {};
      expect(run.traffic?.[site]).toEqual({
        requests: seen,
        total: pair[site].requests.length,
        retries: site === 'secondary' ? 1 : 0,
        connections: pair[site].connectionsOpened,
        inFlight: { mode: 'fixed', settled: 4, highest },
      });
      expect(highest).toBeGreaterThanOrEqual(1);
      expect(highest).toBeLessThanOrEqual(4);
    }
    expect(refusals).toBeGreaterThan(1);
  });

  it('tags that share a manifest, with what was asked on condition', async () => {
    for (let i = 0; i < 400; i++) pair.put('both', `v${i}`, ociImage(`image ${i % 4}`));

    const { run, summary } = await scan();

    expect(summary.tags).toMatchObject({ total: 400, MATCH: 400 });
    for (const site of SITES) expect(run.traffic?.[site].requests).toEqual(seenBy(pair[site]));
    const conditional = SITES.map((site) => run.traffic?.[site].requests.headKnown ?? 0);
    expect((conditional[0] ?? 0) + (conditional[1] ?? 0)).toBeGreaterThan(200);
  });

  it('a fix, with its writes and what is read again', async () => {
    pair.put('both', 'same', ociImage('same'));
    pair.put('primary', 'new', ociImage('new'));
    pair.put('secondary', 'orphan', ociImage('orphan'));

    const { run, fix } = await scan(['--fix', '--yes']);

    expect(fix?.verified).toBe(true);
    for (const site of SITES) {
      expect(run.traffic?.[site].requests).toEqual(seenBy(pair[site]));
      expect(run.traffic?.[site].total).toBe(pair[site].requests.length);
    }
    expect(run.traffic?.secondary.requests).toMatchObject({
      write: expect.any(Number),
      delete: expect.any(Number),
    });
    expect(run.traffic?.primary.requests).not.toHaveProperty('write');
  });
});

describe('no request whose answer is known', () => {
  const TAGS = 300;

  it.each([
    ['without indexes', ociImage, 1.02],
    ['with indexes only', ociIndexOf, 2.02],
  ] as const)('of a healthy repository %s', async (_, imageOf, most) => {
    for (let i = 0; i < TAGS; i++) pair.put('both', `v${i}`, imageOf(`image ${i}`));
    const { run, summary } = await scan();
    expect(summary.tags).toMatchObject({ total: TAGS, MATCH: TAGS });
    for (const site of SITES) {
      expect(pair[site].requests.length / TAGS).toBeGreaterThanOrEqual(1);
      expect(pair[site].requests.length / TAGS).toBeLessThanOrEqual(most);
      expect(run.traffic?.[site].total).toBe(pair[site].requests.length);
    }
  });
});
