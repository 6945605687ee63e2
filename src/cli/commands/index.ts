import type { Option } from '../../config/option.ts';
import type { Command } from '../command.ts';
import { demoCommand } from './demo.ts';
import { scanCommand } from './scan.ts';

/** Every command by its name; a new one is one file and one line here. */
export const COMMANDS = {
  scan: scanCommand,
  demo: demoCommand,
} as const satisfies Record<string, Command>;

/** Every option of every command: what a configuration file may hold. */
export const ALL_OPTIONS: Readonly<Record<string, Option>> = Object.assign(
  {},
  ...Object.values(COMMANDS).map((command) => command.options),
);
