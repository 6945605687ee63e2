import { shardOf } from '../core/shard.ts';
import { UsageError } from '../errors.ts';
import type { Options } from './option.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** More machines than any engine runs at once for one job. */
const MOST_SHARDS = 10_000;

/** A share of the work, for several runs at once whose reports `merge` joins. */
export const SHARD_OPTIONS = {
  shard: {
    kind: 'text',
    group: 'Sharing the work',
    describe: 'do the Ith of N parts, from 1; merge joins the reports',
    value: 'I/N',
  },
  'shard-by': {
    kind: 'choice',
    choices: ['auto', 'repository', 'tag'],
    group: 'Sharing the work',
    describe:
      'split by repository, or each repository by its tags; auto splits by tag where there are fewer repositories than parts',
    default: 'auto',
  },
} as const satisfies Options;

/** One part of an audit that several runs share. */
export interface ShardSettings {
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly by: 'auto' | 'repository' | 'tag';
}

/**
 * @returns null when the run is not shared
 * @throws UsageError for what is not `I/N`, and for filters, which `merge` could not undo
 */
export function shardSettings(options: ResolvedOptions): ShardSettings | null {
  const text = options.text('shard');
  const by = options.text('shard-by') as ShardSettings['by'];
  if (text === null) {
    if (options.source('shard-by').startsWith('flag')) throw new UsageError('--shard-by needs --shard');
    return null;
  }
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count || count > MOST_SHARDS) {
    throw new UsageError(`--shard ${text}: expected I/N with I from 1 to N, as 2/5`, {
      hint: 'GitLab CI: --shard $CI_NODE_INDEX/$CI_NODE_TOTAL. An Indexed Job counts from 0: add 1.',
    });
  }
  return { index, count, by };
}

/** What of a selection a shard reads: some repositories whole, or a part of the tags of each. */
export interface ShardWork {
  readonly repositories: readonly string[];
  readonly tags: {
    readonly index: number;
    readonly count: number;
    readonly includes: (tag: string) => boolean;
  } | null;
}

/** The share of one part; every part of the same selection comes to the same split. */
export function shardWork(repositories: readonly string[], { index, count, by }: ShardSettings): ShardWork {
  const byTag = by === 'tag' || (by === 'auto' && new Set(repositories).size < count);
  if (byTag)
    return { repositories, tags: { index, count, includes: (tag) => shardOf(tag, count) === index } };
  return { repositories: repositories.filter((path) => shardOf(path, count) === index), tags: null };
}
