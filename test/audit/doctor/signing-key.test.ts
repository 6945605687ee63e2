import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitlabKeyCredential } from '../../../src/auth/credential.ts';
import { loadGitlabKey } from '../../../src/auth/gitlab-token.ts';
import { startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { ociImage } from '../../../src/demo/images.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { pushImage } from '../../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../../support/real-registry.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { checkOf, examine, shiftedClock, siteAt } from './support.ts';

const directory = makeTempDir('doctor-key');
const right = makeAuthority(directory, 'right');
const wrong = makeAuthority(directory, 'wrong');

function keySite(url: string, change: { keyFile?: string; issuer?: string; service?: string } = {}) {
  const {
    keyFile = right.keyFile,
    issuer = 'omnibus-gitlab-issuer',
    service = 'container_registry',
  } = change;
  const key = loadGitlabKey(readFileSync(keyFile, 'utf8'));
  return siteAt(url, {
    credential: gitlabKeyCredential({ key, issuer, service, source: 'flag --gitlab-key' }),
  });
}

describeReal('the signing key at a registry with auth.token (Distribution)', () => {
  let registry: RealRegistry;

  beforeAll(async () => {
    const storage = await startRealRegistry();
    await pushImage(storage, 'group/project', ociImage('one'), ['v1']);
    registry = await startRealRegistry({
      root: storage.root,
      token: {
        realm: 'http://127.0.0.1:9/jwt/auth',
        service: 'container_registry',
        issuer: 'omnibus-gitlab-issuer',
        rootcertbundle: right.certFile,
      },
    });
  });
  afterAll(() => registry?.stop());

  test('passes with everything right', async () => {
    const result = await examine([keySite(registry.url)], { repositories: ['group/project'] });
    expect(result.verdict).toBe('OK');
    const results = result.sites[0]?.checks.map(({ id, result }) => `${id} ${result}`);
    expect(results).toEqual([
      'name ok',
      'tcp ok',
      'tls warn',
      'api ok',
      'challenge ok',
      'clock ok',
      'credential ok',
      'token-obtained ok',
      'token-accepted ok',
      'issuer-or-key ok',
      'scope ok',
      'registry ok',
      'gitlab-v1 ok',
      'tag-delete unknown',
      'catalog ok',
    ]);
    expect(checkOf(result, 'challenge').detail).toContain('service container_registry');
  });

  test.each([
    [
      'another issuer',
      { issuer: 'gitlab-issuer' },
      0,
      /^the issuer: .* omnibus-gitlab-issuer, not gitlab-issuer$/,
      /registry_issuer/,
    ],
    [
      'an unheard-of issuer',
      { issuer: 'mine' },
      0,
      /^the issuer: .* omnibus-gitlab-issuer, not mine$/,
      /registry_issuer/,
    ],
    [
      'another service',
      { service: 'dependency_proxy' },
      0,
      /^the service: .* container_registry, not dependency_proxy$/,
      /--gitlab-service container_registry/,
    ],
    [
      'another issuer and service',
      { issuer: 'gitlab-issuer', service: 'x' },
      0,
      /^the issuer: .*; and the service: /,
      /--gitlab-issuer/,
    ],
    ['another key', { keyFile: wrong.keyFile }, 0, /^likely the key/, /gitlab-registry\.key/],
    ['a clock 10 minutes ahead', {}, 600_000, /^the clock: the site is 10 minutes behind this host/, /NTP/],
    [
      'a clock 10 minutes behind',
      {},
      -600_000,
      /^the clock: the site is 10 minutes ahead of this host/,
      /NTP/,
    ],
    [
      'another issuer and a clock that is off',
      { issuer: 'gitlab-issuer' },
      600_000,
      /^the clock: .*; and the issuer: /,
      /NTP/,
    ],
  ])('names %s', async (_name, change, offset, detail, nextStep) => {
    const result = await examine([keySite(registry.url, change)], {}, { clock: shiftedClock(offset) });
    expect(result.verdict).toBe('REFUSED');
    expect(checkOf(result, 'token-accepted')).toMatchObject({
      result: 'fail',
      cause: 'TOKEN_REFUSED',
      detail: expect.stringContaining('invalid_token'),
    });
    const suspect = checkOf(result, 'issuer-or-key');
    expect(suspect).toMatchObject({ result: 'fail', cause: 'TOKEN_REFUSED' });
    expect(suspect.detail).toMatch(detail);
    expect(suspect.nextStep).toMatch(nextStep);
    expect(checkOf(result, 'registry').result).toBe('skipped');
  });

  test('says of a repository nobody pushed to that it is unknown, not refused', async () => {
    const result = await examine([keySite(registry.url)], { repositories: ['group/nothing'] });
    expect(checkOf(result, 'scope')).toMatchObject({ result: 'warn', cause: null });
    expect(result.verdict).toBe('OK');
  });

  test('different keys for the sites are worth a word', async () => {
    const primary = { ...keySite(registry.url), name: 'primary' as const };
    const secondary = { ...keySite(registry.url, { keyFile: wrong.keyFile }), name: 'secondary' as const };
    const result = await examine([primary, secondary]);
    expect(checkOf(result, 'signing-key')).toMatchObject({ result: 'warn' });
    expect(checkOf(await examine([primary, { ...primary, name: 'secondary' }]), 'signing-key').result).toBe(
      'ok',
    );
  });
});

test('an open registry does not prove the key', async () => {
  const registry = await startEmbeddedRegistry();
  const result = await examine([keySite(registry.url)]);
  await registry.close();
  expect(result.verdict).toBe('OK');
  expect(checkOf(result, 'issuer-or-key')).toMatchObject({ result: 'unknown' });
});

describe('a registry whose clock is off and that takes no token even by its own time', () => {
  test('the clock is the first suspect', async () => {
    const registry = await startEmbeddedRegistry({
      auth: 'token',
      refuseTokens: true,
      now: () => Date.now() - 600_000,
    });
    const result = await examine([keySite(registry.url)]);
    await registry.close();
    expect(result.verdict).toBe('REFUSED');
    expect(checkOf(result, 'clock')).toMatchObject({ result: 'warn' });
    expect(checkOf(result, 'issuer-or-key').detail).toMatch(
      /^likely the clock: the site is 10 minutes behind/,
    );
  });
});
