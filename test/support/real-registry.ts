import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describe } from 'vitest';
import { stringify } from 'yaml';
import { findExecutable, spawnServer, spawnUnheard, stopChild } from './child-process.ts';
import { htpasswdLine } from './htpasswd.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

/** A part of Distribution's configuration file. */
export type RegistryConfig = { readonly [key: string]: unknown };

export interface RealRegistryOptions {
  /** Distribution's `storage.delete.enabled`; default true. */
  readonly deleteEnabled?: boolean;
  /** Maintenance mode: writes are refused; default false. */
  readonly readOnly?: boolean;
  /** Basic authentication with this one user. */
  readonly htpasswd?: { readonly username: string; readonly password: string };
  /** Token authentication as a GitLab registry has it. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly rootcertbundle: string;
  };
  /** Serve https with these files. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCaFiles?: readonly string[];
  };
  /** A storage directory to serve (again), left alone by `stop`; default a new one. */
  readonly root?: string;
  /** A fixed port, to come back under the same URL; default a free one. */
  readonly port?: number;
  /** Merged over everything above. */
  readonly config?: RegistryConfig;
  /** The binary; default what `findRegistryBinary` finds. */
  readonly binary?: string;
  /**
   * Whether `logs` is of use; default true. Two lines a request are work for the process that keeps them, and a
   * benchmark must not have it: the registry writes them all the same, and the system throws them away.
   */
  readonly keepsLog?: boolean;
}

export interface RealRegistry {
  /** Without a slash at the end. */
  readonly url: string;
  /** The storage directory (`docker/registry/v2/…` below it). */
  readonly root: string;
  readonly process: ChildProcess;
  /** The end of what the registry wrote so far, access log included; empty when its log is not kept. */
  logs(): string;
  /** Ends the process and removes its storage, unless `root` was given. */
  stop(): Promise<void>;
}

/** `describe`, or `describe.skip` when the caller asked to leave the real registry out. */
export const describeReal = process.env.SKIP_REAL_REGISTRY === '1' ? describe.skip : describe;

/** Characters. Twice as many are held before the older half is cut off: cutting copies what is left. */
const KEPT_LOG = 1_000_000;
const PORT_ATTEMPTS = 5;

/**
 * The path of a Distribution binary: `REGISTRY_BIN`, else `docker-registry` or `registry`.
 * @throws Error that says how to get one
 */
export function findRegistryBinary(): string {
  const named = process.env.REGISTRY_BIN;
  const found = findExecutable(named ? [named] : ['docker-registry', 'registry']);
  if (found !== null) return found;
  throw new Error(
    `no registry binary${named ? ` at REGISTRY_BIN=${named}` : ''}: install docker-registry (apt-get install docker-registry) ` +
      'or set REGISTRY_BIN; SKIP_REAL_REGISTRY=1 leaves these tests out',
  );
}

/**
 * Starts a CNCF Distribution registry (2 or 3) and resolves when its `/v2/` answers, whatever the status.
 * @throws Error with the registry's log when it ends before that
 */
export async function startRealRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const binary = options.binary ?? findRegistryBinary();
  const directory = makeTempDir('registry');
  const root = options.root ?? join(directory, 'storage');
  mkdirSync(root, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return await startOn(port, { binary, directory, root, options });
    } catch (error) {
      // Another process may take the port between its choice and its use.
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || options.port !== undefined || attempt === PORT_ATTEMPTS) {
        removeTempDir(directory);
        throw error;
      }
    }
  }
}

interface Start {
  readonly binary: string;
  readonly directory: string;
  readonly root: string;
  readonly options: RealRegistryOptions;
}

async function startOn(port: number, { binary, directory, root, options }: Start): Promise<RealRegistry> {
  const configFile = join(directory, 'config.yml');
  writeFileSync(configFile, stringify(configOf(port, root, directory, options)));
  // A short environment: Distribution takes every REGISTRY_* variable as configuration.
  const env = { PATH: process.env.PATH, HOME: directory, OTEL_TRACES_EXPORTER: 'none' };
  const args = ['serve', configFile];
  let log = '';
  const keep = (chunk: string): void => {
    log += chunk;
    if (log.length > 2 * KEPT_LOG) log = log.slice(-KEPT_LOG);
  };
  const child =
    options.keepsLog === false ? spawnUnheard(binary, args, env) : spawnHeard(binary, args, env, keep);
  child.on('error', (error) => keep(String(error)));

  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  try {
    await untilAnswers(url, child, () => log, options.tls?.clientCaFiles !== undefined);
  } catch (error) {
    await stopChild(child);
    throw error;
  }
  return {
    url,
    root,
    process: child,
    logs: () => log,
    stop: async () => {
      await stopChild(child);
      removeTempDir(directory);
    },
  };
}

function spawnHeard(
  binary: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  keep: (chunk: string) => void,
): ChildProcess {
  const child = spawnServer(binary, args, env);
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return child;
}

function configOf(
  port: number,
  root: string,
  directory: string,
  options: RealRegistryOptions,
): RegistryConfig {
  const { htpasswd, token, tls } = options;
  const base: RegistryConfig = {
    version: '0.1',
    log: { level: 'info', formatter: 'text' },
    storage: {
      filesystem: { rootdirectory: root },
      delete: { enabled: options.deleteEnabled ?? true },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: options.readOnly ?? false } },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'one-for-all-test-registries',
      ...(tls && {
        tls: {
          certificate: tls.certFile,
          key: tls.keyFile,
          ...(tls.clientCaFiles && { clientcas: tls.clientCaFiles }),
        },
      }),
    },
  };
  const auth: Record<string, unknown> = {};
  if (htpasswd) {
    const path = join(directory, 'htpasswd');
    writeFileSync(path, htpasswdLine(htpasswd.username, htpasswd.password));
    auth.htpasswd = { realm: 'test', path };
  }
  if (token) auth.token = token;
  const withAuth = htpasswd || token ? { ...base, auth } : base;
  return merge(withAuth, options.config ?? {});
}

function merge(under: RegistryConfig, over: RegistryConfig): RegistryConfig {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isConfig(before) && isConfig(value) ? merge(before, value) : value;
  }
  return merged;
}

function isConfig(value: unknown): value is RegistryConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function untilAnswers(
  url: string,
  child: ChildProcess,
  log: () => string,
  wantsCertificate: boolean,
): Promise<void> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    for (let attempt = 0; attempt < 400; attempt++) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the registry ended before it answered:\n${log()}`);
      }
      try {
        const response = await request(`${url}/v2/`, { dispatcher });
        await response.body.dump();
        return;
      } catch (error) {
        // A server that wants a client certificate cuts this probe off: that is an answer too.
        if (wantsCertificate && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return;
        await sleep(50);
      }
    }
    throw new Error(`the registry did not answer on ${url}:\n${log()}`);
  } finally {
    await dispatcher.destroy();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port from the system')),
      );
    });
  });
}
