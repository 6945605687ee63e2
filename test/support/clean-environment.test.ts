import { expect, test } from 'vitest';
import { cleanEnvironment } from './clean-environment.ts';

test('proxies, credentials and colour go, the rest stays', () => {
  expect(
    cleanEnvironment({
      PATH: '/bin',
      HTTP_PROXY: 'x',
      https_proxy: 'x',
      NO_PROXY: 'x',
      REGISTRY_AUTH_FILE: 'x',
      DOCKER_CONFIG: 'x',
      XDG_RUNTIME_DIR: 'x',
      GEO_REGISTRY_AUDIT_PRIMARY_URL: 'x',
      NO_COLOR: '1',
      FORCE_COLOR: '1',
      REGISTRY_BIN: 'registry',
      SKIP_REAL_REGISTRY: '1',
    }),
  ).toEqual({ PATH: '/bin', REGISTRY_BIN: 'registry', SKIP_REAL_REGISTRY: '1' });
});

test('the tests themselves run in such an environment', () => {
  expect(process.env.NO_COLOR).toBeUndefined();
  expect(process.env.HTTP_PROXY ?? process.env.https_proxy).toBeUndefined();
  expect(process.env.HOME).toContain('home-');
  expect(process.env.HOME).toContain(process.env.TMPDIR);
});
