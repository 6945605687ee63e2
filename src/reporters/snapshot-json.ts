import {
  type RepositorySnapshot,
  repositorySnapshot,
  type Snapshot,
  snapshotSchema,
} from '../report/snapshot.ts';
import { jsonArray, jsonObject } from './json-layout.ts';

const SNAPSHOT_KEYS = snapshotSchema().keyof().options;
const REPOSITORY_KEYS = repositorySnapshot().keyof().options;

/** `snapshot.json`: laid out as `report.json` is, a tag a line, in chunks. */
export function* snapshotJson(snapshot: Snapshot): Generator<string> {
  yield* jsonObject(snapshot, SNAPSHOT_KEYS, '  ', {
    repositories: (repositories) => jsonArray(repositories, '    ', repositoryChunks),
  });
  yield '\n';
}

function repositoryChunks(repository: RepositorySnapshot): Iterable<string> {
  return jsonObject(repository, REPOSITORY_KEYS, '      ', {
    tags: (tags) => jsonArray(tags, '        '),
    gitlabV1: (tuples) => (tuples === null ? ['null'] : jsonArray(tuples, '        ')),
    narrowOnly: (tuples) => jsonArray(tuples ?? [], '        '),
  });
}
