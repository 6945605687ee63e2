import { spawn } from 'node:child_process';
import { schema, type Valid } from '../core/schema.ts';
import { UsageError } from '../errors.ts';

/** What a helper gave: user and secret as they stand in its answer. `<token>` as user marks an identity token. */
export type HelperAnswer = { readonly username: string; readonly secret: string };

const HELPER_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const LARGEST_ANSWER = 64 * 1024;
const NOT_FOUND = 'credentials not found in native keychain';

const helperAnswer = schema((z) => z.object({ Username: z.string(), Secret: z.string() }));

/**
 * Asks `docker-credential-<name> get` for a server: the server on stdin, JSON on stdout (the protocol of
 * docker-credential-helpers). No shell; what it prints is shown nowhere.
 *
 * @param options.server as the docker configuration names it: `registry.example.com:5000`
 * @param options.timeoutMs after which the helper is killed
 * @param options.env the environment the helper runs in; its `PATH` is where it is looked for
 * @returns null when the helper has no credential for the server
 * @throws UsageError, in one line, when it is missing, fails, hangs, prints too much or no credential
 */
export async function askCredentialHelper(options: {
  name: string;
  server: string;
  timeoutMs: number;
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}): Promise<HelperAnswer | null> {
  if (!HELPER_NAME.test(options.name)) {
    throw new UsageError('a credential helper in the docker configuration has a name that is not allowed', {
      hint: 'A name consists of letters, digits, dot, underscore and hyphen: `osxkeychain`, `ecr-login`.',
    });
  }
  const program = `docker-credential-${options.name}`;
  const { status, output } = await run(program, options);
  const text = output.toString('utf8').trim();
  if (status !== 0) {
    if (text.startsWith(NOT_FOUND)) return null;
    throw failed(program, `ended with status ${status ?? 'none (killed)'}`, options.server);
  }
  let parsed: Valid<typeof helperAnswer>;
  try {
    parsed = helperAnswer().parse(JSON.parse(text));
  } catch {
    throw failed(program, 'printed something that is no credential', options.server);
  }
  if (parsed.Username === '' && parsed.Secret === '') return null;
  return { username: parsed.Username, secret: parsed.Secret };
}

function failed(program: string, what: string, server: string): UsageError {
  return new UsageError(`the credential helper ${program} ${what}`, {
    hint: `Try it by hand: \`echo ${server} | ${program} get\`.`,
  });
}

function run(
  program: string,
  options: Parameters<typeof askCredentialHelper>[0],
): Promise<{ status: number | null; output: Buffer }> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      shell: false,
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open after the helper is gone.
      child.stdout.destroy();
      child.stdin.destroy();
      outcome();
    };
    const fail = (what: string) => settle(() => reject(failed(program, what, options.server)));
    const onAbort = () => settle(() => reject(options.signal?.reason));
    const timer = setTimeout(
      () => fail(`did not answer within ${options.timeoutMs / 1000} s`),
      options.timeoutMs,
    );
    options.signal?.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') fail('is not in PATH');
      else fail(`cannot be started (${error.code ?? 'unknown reason'})`);
    });
    // A helper that does not read its input closes the pipe; its answer decides, not that.
    child.stdin.on('error', () => undefined);
    child.stdout.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_ANSWER) fail(`printed more than ${LARGEST_ANSWER / 1024} KiB`);
      else chunks.push(chunk);
    });
    child.on('close', (status) => settle(() => resolve({ status, output: Buffer.concat(chunks) })));
    child.stdin.end(options.server);
  });
}
