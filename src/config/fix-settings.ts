import { UsageError } from '../errors.ts';
import { FIX_OPTIONS } from './options.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** What a fix may do. */
export interface FixSettings {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly noDelete: boolean;
  readonly noCopy: boolean;
  readonly maxDelete: number;
  readonly allowEmptyPrimary: boolean;
  /** The journal of a run to go on with. */
  readonly resume: string | null;
}

export function fixSettings(options: ResolvedOptions): FixSettings {
  return {
    dryRun: options.flag('dry-run'),
    yes: options.flag('yes'),
    noDelete: options.flag('no-delete'),
    noCopy: options.flag('no-copy'),
    maxDelete: options.number('max-delete') ?? 0,
    allowEmptyPrimary: options.flag('allow-empty-primary'),
    resume: options.text('resume'),
  };
}

/**
 * A scan without `--fix` takes none of its flags: `--dry-run` alone would promise something that was not meant.
 *
 * @throws UsageError naming the flag
 */
export function requireNoFixOptions(options: ResolvedOptions): void {
  // A scan is gone on with as well.
  const flags = Object.keys(FIX_OPTIONS).filter((name) => name !== 'resume');
  const given = flags.find((name) => options.source(name).startsWith('flag'));
  if (given !== undefined) throw new UsageError(`--${given} goes with --fix`);
}
