import { expect, test } from 'vitest';
import { DEMO_REPOSITORIES, fillDemo } from '../../src/demo/drift.ts';
import { schema1Image } from '../../src/demo/images.ts';
import { RegistryStorage } from '../../src/demo/storage.ts';

const primary = new RegistryStorage(() => 0);
const secondary = new RegistryStorage(() => 0);
fillDemo(primary, secondary);

/** Sorts the tags of a repository by what the two sites' links and manifests say. */
function kinds(path: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const names = new Set(
    [primary, secondary].flatMap((site) => [...(site.repositories.get(path)?.tags.keys() ?? [])]),
  );
  for (const name of [...names].sort()) {
    const [a, b] = [primary, secondary].map((site) => {
      const link = site.tagLink(path, name);
      const isThere = link === undefined || site.repositories.get(path)?.manifests.has(link);
      return isThere ? link : 'unresolvable';
    });
    const kind =
      b === undefined
        ? 'primary'
        : a === undefined
          ? `secondary ${b === 'unresolvable'}`
          : b === 'unresolvable'
            ? b
            : String(a === b);
    found[kind] = [...(found[kind] ?? []), name];
  }
  return found;
}

test('group/project is the 52 of 62 case', () => {
  const { true: equal, false: unequal, ...rest } = kinds('group/project');
  expect([equal?.length, unequal?.length, rest]).toEqual([10, 52, {}]);
  for (const site of [primary, secondary]) {
    const repository = site.repositories.get('group/project');
    const types = unequal?.map(
      (tag) => repository?.manifests.get(site.tagLink('group/project', tag) ?? '')?.mediaType,
    );
    expect(new Set(types)).toEqual(new Set(['application/vnd.oci.image.index.v1+json']));
  }
});

test('group/drift has every other kind', () => {
  expect(kinds('group/drift')).toEqual({
    true: ['v0.1.0', 'v1.0.0', 'v1.1.0'],
    false: ['main', 'v1.2.0'],
    primary: ['v1.3.0', 'v1.3.0-multiarch'],
    'secondary false': ['feature-login'],
    'secondary true': ['feature-search'],
    unresolvable: ['v0.8.0', 'v0.9.0'],
  });
});

test('group/healthy is in sync, and those are all repositories', () => {
  expect(Object.keys(kinds('group/healthy'))).toEqual(['true']);
  expect([...primary.repositories.keys()].sort()).toEqual([...DEMO_REPOSITORIES]);
});

test('the digest of a signed schema 1 manifest does not depend on its signature', () => {
  const [one, two] = [schema1Image('same'), schema1Image('same')];
  expect(one.digest).toBe(two.digest);
  expect(one.manifests[0]?.bytes).not.toEqual(two.manifests[0]?.bytes);
});
