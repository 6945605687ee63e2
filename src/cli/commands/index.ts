import type { Option } from '../../config/option.ts';
import type { Command } from '../command.ts';
import { applyCommand } from './apply.ts';
import { checksumCommand } from './checksum.ts';
import { compareCommand } from './compare.ts';
import { demoCommand } from './demo.ts';
import { diffCommand } from './diff.ts';
import { doctorCommand } from './doctor.ts';
import { inspectCommand } from './inspect.ts';
import { mergeCommand } from './merge.ts';
import { planCommand } from './plan.ts';
import { renderCommand } from './render.ts';
import { scanCommand } from './scan.ts';
import { snapshotCommand } from './snapshot.ts';
import { triageCommand } from './triage.ts';

/** Every command by its name; a new one is one file and one line here. */
export const COMMANDS = {
  scan: scanCommand,
  snapshot: snapshotCommand,
  compare: compareCommand,
  plan: planCommand,
  apply: applyCommand,
  diff: diffCommand,
  render: renderCommand,
  merge: mergeCommand,
  checksum: checksumCommand,
  inspect: inspectCommand,
  doctor: doctorCommand,
  triage: triageCommand,
  demo: demoCommand,
} as const satisfies Record<string, Command>;

/** Every option of every command: what a configuration file may hold. */
export const ALL_OPTIONS: Readonly<Record<string, Option>> = Object.assign(
  {},
  ...Object.values(COMMANDS).map((command) => command.options),
);
