import type { RepositorySnapshot, Snapshot } from '../../src/report/snapshot.ts';
import { snapshotDigest } from '../../src/report/snapshot.ts';
import { image, snapshot } from '../audit/support/snapshots.ts';

/** A snapshot file around repositories, sealed. */
export function sealed(repositories: readonly RepositorySnapshot[], given: Partial<Snapshot> = {}): Snapshot {
  const content: Omit<Snapshot, 'snapshotDigest'> = {
    schemaVersion: 1,
    kind: 'snapshot',
    tool: { name: 'geo-registry-audit', version: '1.0.0' },
    side: null,
    run: {
      startedAt: '2026-11-21T23:58:44.120Z',
      finishedAt: '2026-11-21T23:59:02.007Z',
      clientPath: 'docker-v2',
      interrupted: false,
      options: {},
    },
    site: {
      url: 'https://registry.example.com:5050',
      registry: {
        vendor: 'distribution',
        version: null,
        features: [],
        database: null,
        gitlabV1: false,
        tagDelete: 'unknown',
      },
    },
    repositories: [...repositories],
    ...given,
  };
  return { ...content, snapshotDigest: snapshotDigest(content) };
}

/** A snapshot file of one repository whose tags are images of the given content. */
export function snapshotFile(
  tags: Readonly<Record<string, string>>,
  given: Partial<Snapshot> = {},
): Snapshot {
  const readings = Object.fromEntries(Object.entries(tags).map(([name, content]) => [name, image(content)]));
  return sealed([snapshot(readings)], given);
}
