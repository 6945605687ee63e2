import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schema, type Valid } from '../core/schema.ts';
import { UsageError } from '../errors.ts';
import { basicCredential, type Credential, identityTokenCredential } from './credential.ts';
import { askCredentialHelper, type HelperAnswer } from './credential-helper.ts';
import { credentialOfEntry } from './docker-config-entry.ts';
import { keysMatching, serverName } from './docker-config-host.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the look-up touches outside; replaceable for tests. */
export type DockerConfigDependencies = {
  /** The text of a file; rejects with `code: 'ENOENT'` when there is none. */
  readText(path: string): Promise<string>;
  /** Asks a credential helper, see `askCredentialHelper`. */
  askHelper(name: string, server: string): Promise<HelperAnswer | null>;
};

const HELPER_TIMEOUT_MS = 10_000;
// Files of this kind hold some hundred bytes a registry.
const LARGEST_FILE = 4 * 1024 * 1024;

/** Real files, and real helpers with ten seconds each (a locked keychain may ask its user). */
export function dockerConfigDependencies(
  env: Environment,
  options: { helperTimeoutMs?: number; signal?: AbortSignal } = {},
): DockerConfigDependencies {
  const { helperTimeoutMs: timeoutMs = HELPER_TIMEOUT_MS, signal } = options;
  return {
    readText: (path) => readFile(path, 'utf8'),
    askHelper: (name, server) =>
      askCredentialHelper({ name, server, timeoutMs, env, ...(signal === undefined ? {} : { signal }) }),
  };
}

const configFile = schema((z) =>
  z.object({
    auths: z.record(z.string(), z.unknown()).nullish(),
    credHelpers: z.record(z.string(), z.string()).nullish(),
    credsStore: z.string().nullish(),
  }),
);
type ConfigFile = Valid<typeof configFile>;

/**
 * The credential the user's docker or podman configuration holds for a registry. Looked for in
 * `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json`, `~/.docker/config.json` and
 * `$XDG_RUNTIME_DIR/containers/auth.json`; the first that has an entry wins, missing files are passed over.
 * Within a file `credHelpers` come before `credsStore` before `auths`, as with docker.
 *
 * @param home the user's home directory
 * @returns null when no file has an entry
 * @throws UsageError naming the file and what is wrong with it, never its content; or from a helper
 */
export async function findDockerCredential(
  registry: URL,
  env: Environment,
  home: string,
  deps: DockerConfigDependencies = dockerConfigDependencies(env),
): Promise<Credential | null> {
  for (const path of configPaths(env, home)) {
    const shown = home !== '' && path.startsWith(join(home, '/')) ? `~${path.slice(home.length)}` : path;
    const config = await readConfig(path, shown, deps);
    const credential = config && (await credentialIn(config, registry, shown, deps));
    if (credential) return credential;
  }
  return null;
}

function configPaths(env: Environment, home: string): string[] {
  const paths = [
    env.REGISTRY_AUTH_FILE,
    env.DOCKER_CONFIG && join(env.DOCKER_CONFIG, 'config.json'),
    home && join(home, '.docker', 'config.json'),
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
  ];
  return [...new Set(paths.filter((path): path is string => path !== undefined && path !== ''))];
}

async function readConfig(
  path: string,
  shown: string,
  deps: DockerConfigDependencies,
): Promise<ConfigFile | null> {
  let text: string;
  try {
    text = await deps.readText(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new UsageError(`the docker configuration ${shown} cannot be read (${code})`);
  }
  if (text.length > LARGEST_FILE) throw new UsageError(`the docker configuration ${shown} is over 4 MiB`);
  // An empty file is what `touch` and some installers leave; podman takes it as having no entries.
  if (text.trim() === '') return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // The message of JSON.parse quotes the file, so only the place is taken from it.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const line =
      position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`;
    throw new UsageError(`the docker configuration ${shown} is not valid JSON${line}`);
  }
  const config = configFile().safeParse(json);
  if (config.success) return config.data;
  const issue = config.error.issues[0];
  const where = issue?.path.join('.') || 'the whole';
  throw new UsageError(`the docker configuration ${shown} is malformed at ${where}: ${issue?.message ?? ''}`);
}

async function credentialIn(
  config: ConfigFile,
  registry: URL,
  shown: string,
  deps: DockerConfigDependencies,
): Promise<Credential | null> {
  const helpers = config.credHelpers ?? {};
  for (const key of keysMatching(Object.keys(helpers), registry)) {
    const name = helpers[key] ?? '';
    const answer = name === '' ? null : await deps.askHelper(name, key);
    if (answer) return credentialOfHelper(answer, `${shown} credHelpers (docker-credential-${name})`);
  }
  if (config.credsStore) {
    const name = config.credsStore;
    const answer = await deps.askHelper(name, serverName(registry));
    if (answer) return credentialOfHelper(answer, `${shown} credsStore (docker-credential-${name})`);
  }
  const auths = config.auths ?? {};
  for (const key of keysMatching(Object.keys(auths), registry)) {
    const credential = credentialOfEntry(auths[key], key, shown);
    if (credential) return credential;
  }
  return null;
}

function credentialOfHelper(answer: HelperAnswer, source: string): Credential {
  return answer.username === '<token>'
    ? identityTokenCredential({ token: answer.secret, source })
    : basicCredential({ username: answer.username, password: answer.secret, source });
}
