import { describe, expect, test } from 'vitest';
import { parseAddress, parseReference } from '../../src/core/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a reference', () => {
  test.each([
    ['group/project:latest', { repository: 'group/project', kind: 'tag', name: 'latest' }],
    ['Group/Project:V1.0_x-y', { repository: 'group/project', kind: 'tag', name: 'V1.0_x-y' }],
    [` group/project@${DIGEST}\n`, { repository: 'group/project', kind: 'digest', name: DIGEST }],
    [`group/project:v1@${DIGEST}`, { repository: 'group/project', kind: 'digest', name: DIGEST }],
    ['project:sha256-abc.sig', { repository: 'project', kind: 'tag', name: 'sha256-abc.sig' }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  test.each([
    '',
    ':latest',
    'group/project',
    'group/project:',
    'group/project:a/b',
    'group/project:-x',
    `group/project:${'x'.repeat(129)}`,
    'group/project@sha256:abc',
    'group/project@',
    `group/project@${DIGEST}@${DIGEST}`,
    'group//project:latest',
    '../project:latest',
    'group/project:latest?x=1',
    'group/proj ect:latest',
  ])('is not %j', (text) => {
    expect(parseReference(text)).toBeNull();
  });
});

describe('an address', () => {
  test.each([
    [
      'gitlab.com/g/dependency_proxy/containers/grafana/mimir:1',
      'https://gitlab.com/',
      'g/dependency_proxy/containers/grafana/mimir',
      '1',
    ],
    ['https://gitlab.example.com:8443/g/p:1', 'https://gitlab.example.com:8443/', 'g/p', '1'],
    ['127.0.0.1:5000/g/p', 'http://127.0.0.1:5000/', 'g/p', 'latest'],
    ['localhost/p:1', 'http://localhost/', 'p', '1'],
    ['http://registry:5000/p:1', 'http://registry:5000/', 'p', '1'],
    ['docker.io/alpine', 'https://registry-1.docker.io/', 'library/alpine', 'latest'],
    ['docker.io/grafana/mimir:latest', 'https://registry-1.docker.io/', 'grafana/mimir', 'latest'],
    [`quay.io/a/b@${DIGEST}`, 'https://quay.io/', 'a/b', DIGEST],
  ])('%s', (text, registry, repository, name) => {
    const address = parseAddress(text);
    expect(address?.registry.href).toBe(registry);
    expect(address).toMatchObject({ repository, name });
  });

  test.each([
    '',
    'alpine',
    'grafana/mimir:latest',
    'https://',
    'ftp://x.y/z:1',
    'user:pw@x.example/z:1',
    'x.example/:1',
  ])('is not %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});
