import { classifyRepository } from '../../src/audit/classify.ts';
import { summarize } from '../../src/audit/summarize.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { TagReading } from '../../src/core/tag-reading.ts';
import { buildReport } from '../../src/report/build-report.ts';
import type { Report, RepositoryReport } from '../../src/report/report.ts';
import type { ReadError, RepositorySnapshot } from '../../src/report/snapshot.ts';
import { CREATED_AT } from './support.ts';

/** A digest for a name. */
export const digest = (name: string): string => digestOf(Buffer.from(name));

const OCI = 'application/vnd.oci.image.manifest.v1+json';

export function resolved(name: string, mediaType = OCI): TagReading {
  return { state: 'resolved', digest: digest(name), mediaType, narrow: null };
}

export const BROKEN: TagReading = {
  state: 'unresolvable',
  digest: null,
  mediaType: null,
  status: 500,
  reason: 'unknown error',
  code: 'UNKNOWN',
  narrow: null,
};

/** One site's tags by name; a tag that is absent is simply not there. */
export type Tags = Readonly<Record<string, TagReading>>;

function snapshot(path: string, tags: Tags, errors: readonly ReadError[] = []): RepositorySnapshot {
  const entries = Object.entries(tags).flatMap(([name, reading]) =>
    reading.state === 'absent' ? [] : [{ name, reading }],
  );
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const wide = errors.length === 0;
  return {
    path,
    present: true,
    tags: entries,
    errors,
    complete: { wide, narrow: false },
    firstPage: null,
    gitlabV1: null,
  };
}

export function repositoryOf(
  path: string,
  primary: Tags,
  secondary: Tags,
  errors: readonly ReadError[] = [],
): RepositoryReport {
  return classifyRepository(snapshot(path, primary), snapshot(path, secondary, errors));
}

/** A report of these repositories between two made-up sites. */
export function reportOf(...repositories: RepositoryReport[]): Report {
  const registry = {
    vendor: 'other' as const,
    version: null,
    features: [],
    database: null,
    gitlabV1: false,
    tagDelete: 'unknown' as const,
  };
  return buildReport({
    version: '1.0.0',
    run: {
      command: 'scan',
      startedAt: CREATED_AT,
      finishedAt: CREATED_AT,
      clientPath: 'docker-v2',
      interrupted: false,
      options: {},
    },
    sites: {
      primary: { url: 'https://primary.example.com/', registry },
      secondary: { url: 'https://secondary.example.com/', registry },
    },
    summary: summarize(repositories),
    repositories,
    fix: null,
  });
}
