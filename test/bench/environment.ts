import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { findExecutable } from '../support/child-process.ts';
import { findRegistryBinary } from '../support/real-registry.ts';

const VERSION_ARGS = {
  skopeo: ['--version'],
  regctl: ['version', '--format', '{{.VCSTag}}'],
  crane: ['version'],
  ab: ['-V'],
  curl: ['--version'],
} as const satisfies Record<string, readonly string[]>;

/** A command that the benchmark compares with. */
export type Tool = keyof typeof VERSION_ARGS;

/** The peers that are on PATH, by name. */
export const TOOLS: Readonly<Record<Tool, string | null>> = {
  skopeo: findExecutable(['skopeo']),
  regctl: findExecutable(['regctl']),
  crane: findExecutable(['crane']),
  ab: findExecutable(['ab']),
  curl: findExecutable(['curl']),
};

/** Where figures come from, without what would name the machine. */
export interface Conditions {
  readonly measuredAt: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  /** Of the last minute, at the start of the section. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** The machine and the versions, as they are now. */
export function conditions(): Conditions {
  const tools = (Object.keys(VERSION_ARGS) as Tool[]).map((tool) => [
    tool,
    versionOf(TOOLS[tool], VERSION_ARGS[tool]),
  ]);
  const root = join(import.meta.dirname, '..', '..');
  const packageVersion = (file: string): string => JSON.parse(readFileSync(join(root, file), 'utf8')).version;
  return {
    measuredAt: new Date().toISOString(),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    versions: {
      'geo-registry-audit': packageVersion('package.json'),
      node: process.version.slice(1),
      undici: packageVersion('node_modules/undici/package.json'),
      'docker-registry': versionOf(findRegistryBinary(), ['--version']),
      ...Object.fromEntries(tools),
    },
  };
}

function versionOf(path: string | null, args: readonly string[]): string {
  if (path === null) return 'not on PATH';
  const { stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}
