import type { BuiltImage } from './images.ts';
import {
  dockerImage,
  dockerList,
  dockerListOf,
  ociImage,
  ociIndexOf,
  schema1Image,
  storeImage,
} from './images.ts';
import type { RegistryStorage } from './storage.ts';

/** The repositories `fillDemo` makes, in byte order. */
export const DEMO_REPOSITORIES = ['group/drift', 'group/healthy', 'group/project'] as const;

const ABSENT_REVISION = `sha256:${'dead'.repeat(16)}`;

/**
 * Fills two registries with the drift a Geo pair shows in the field:
 *
 * - `group/project`: 62 tags on both sites, 10 images that are equal and 52 OCI indexes that are not, which a site
 *   reading narrowly cannot see (gitlab-org/gitlab#600486).
 * - `group/drift`: a tag of every other kind; its table below names them.
 * - `group/healthy`: in sync.
 */
export function fillDemo(primary: RegistryStorage, secondary: RegistryStorage): void {
  const sites: Sites = { primary, secondary };
  fillProject(sites);
  fillDrift(sites);
  fillHealthy(sites);
}

interface Sites {
  readonly primary: RegistryStorage;
  readonly secondary: RegistryStorage;
}

/** The 52 of 62 tags of #600486: 42 releases and 10 branches were pushed again on the primary as indexes. */
function fillProject(sites: Sites): void {
  const path = 'group/project';
  for (let patch = 0; patch < 10; patch++)
    both(sites, path, `1.0.${patch}`, ociImage(`project 1.0.${patch}`));
  const releases = Array.from({ length: 42 }, (_, i) => `2.${Math.floor(i / 6)}.${i % 6}`);
  const branches = [
    'latest',
    'main',
    'staging',
    'production',
    'nightly',
    'edge',
    'stable-2',
    'release-2.6',
    'canary',
    'qa',
  ];
  for (const tag of [...releases, ...branches]) {
    storeImage(sites.primary, path, ociIndexOf(`project ${tag} rebuilt`), tag);
    storeImage(sites.secondary, path, ociIndexOf(`project ${tag}`), tag);
  }
}

function fillDrift(sites: Sites): void {
  const path = 'group/drift';
  const { primary, secondary } = sites;

  both(sites, path, 'v1.0.0', dockerImage('drift v1.0.0'));
  both(sites, path, 'v1.1.0', ociIndexOf('drift v1.1.0'));

  // MOVED_TAG: pushed again on the primary since the last sync.
  storeImage(primary, path, dockerImage('drift main, new'), 'main');
  storeImage(secondary, path, dockerImage('drift main, old'), 'main');

  // FALSE_MATCH_CHILD: only arm64 was rebuilt; narrowly both sides show the same linux/amd64 child.
  const amd64 = dockerImage('drift v1.2.0', 'linux/amd64');
  storeImage(primary, path, listWith(amd64, 'drift v1.2.0, new'), 'v1.2.0');
  storeImage(secondary, path, listWith(amd64, 'drift v1.2.0, old'), 'v1.2.0');

  // NOT_REPLICATED.
  storeImage(primary, path, ociImage('drift v1.3.0'), 'v1.3.0');
  storeImage(primary, path, ociIndexOf('drift v1.3.0-multiarch'), 'v1.3.0-multiarch');

  // ORPHAN: deleted on the primary.
  storeImage(secondary, path, dockerImage('drift feature-login'), 'feature-login');

  // ORPHAN_UNDELETABLE: the same, and its manifest is gone, so no digest can be deleted.
  secondary.setTag(path, 'feature-search', ABSENT_REVISION);

  // BROKEN_TAG_LINK and MISSING_REVISION, on the secondary alone.
  storeImage(primary, path, dockerImage('drift v0.8.0'), 'v0.8.0');
  storeImage(secondary, path, dockerImage('drift v0.8.0'));
  secondary.breakTagLink(path, 'v0.8.0');
  const lost = ociImage('drift v0.9.0');
  both(sites, path, 'v0.9.0', lost);
  secondary.removeManifest(path, lost.digest);

  // SCHEMA1_REFUSED: the same old image on both, which neither will serve.
  both(sites, path, 'v0.1.0', schema1Image('drift v0.1.0', path, 'v0.1.0'));
}

function fillHealthy(sites: Sites): void {
  const path = 'group/healthy';
  for (const tag of ['3.0.0', '3.0.1', '3.1.0']) both(sites, path, tag, ociImage(`healthy ${tag}`));
  both(sites, path, '2.9.9', dockerImage('healthy 2.9.9'));
  both(sites, path, '3.2.0', ociIndexOf('healthy 3.2.0'));
  both(sites, path, '3.2.0-rc.1', dockerListOf('healthy 3.2.0-rc.1'));
  both(sites, path, 'latest', ociIndexOf('healthy 3.2.0'));
  both(sites, path, 'main', ociIndexOf('healthy main', ['linux/amd64', 'linux/arm64', 'linux/arm/v7']));
}

function both({ primary, secondary }: Sites, path: string, tag: string, image: BuiltImage): void {
  storeImage(primary, path, image, tag);
  storeImage(secondary, path, image, tag);
}

function listWith(amd64: BuiltImage, arm64: string): BuiltImage {
  return dockerList([
    { image: amd64, platform: 'linux/amd64' },
    { image: dockerImage(arm64, 'linux/arm64'), platform: 'linux/arm64' },
  ]);
}
