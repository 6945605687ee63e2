import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChallenge, parseChallenges } from '../../../src/auth/challenge.ts';
import { askCredentialHelper } from '../../../src/auth/credential-helper.ts';
import { findDockerCredential } from '../../../src/auth/docker-config.ts';
import { readServiceError, redact } from '../../../src/auth/token-error.ts';
import { ALL_OPTIONS } from '../../../src/cli/commands/index.ts';
import { resolveOptions } from '../../../src/config/resolve-options.ts';
import { parseManifest } from '../../../src/core/manifest.ts';
import { parseMediaType } from '../../../src/core/media-types.ts';
import { parseAddress, parseReference } from '../../../src/core/reference.ts';
import { parseRepositoryPath } from '../../../src/core/repository-path.ts';
import { parseGeoRegistry } from '../../../src/gitlab/geo-registry.ts';
import { createImportLog } from '../../../src/gitlab/import-log.ts';
import { importLogLines } from '../../../src/gitlab/import-log-lines.ts';
import { parseRetryAfter } from '../../../src/http/retry-policy.ts';
import { readJournal } from '../../../src/reconcile/journal.ts';
import { listCatalog } from '../../../src/registry/catalog.ts';
import { listGitlabTags } from '../../../src/registry/gitlab-tags.ts';
import { parseLink } from '../../../src/registry/link-header.ts';
import { refusalOf } from '../../../src/registry/registry-client.ts';
import { listTags } from '../../../src/registry/tags.ts';
import { canonicalDigest, reportDigest } from '../../../src/report/canonical.ts';
import { parsePlan, parseReport, parseSnapshot } from '../../../src/report/read-file.ts';
import { redactReport } from '../../../src/report/redact-report.ts';
import { createTextRedactor } from '../../../src/report/redact-text.ts';
import { createTokens } from '../../../src/report/redaction-tokens.ts';
import type { Report } from '../../../src/report/report.ts';
import { parseTuples } from '../../../src/report/tuples.ts';
import { repositoryChecksum } from '../../../src/verifier/repository-checksum.ts';
import { openRawServer } from './fuzz-server.ts';

/** Something that reads what strangers wrote. */
export interface FuzzTarget {
  /** Of the target and of its corpus directory. */
  readonly name: string;
  /** The longest input it is given, bytes. */
  readonly largest: number;
  /** Makes what the runs need; `directory` is its own. */
  open(directory: string): FuzzRun | Promise<FuzzRun>;
}

export interface FuzzRun {
  /** @throws an error of the tool's family when it refuses the input; any other is a find */
  run(input: Buffer): unknown;
  close?(): Promise<void>;
}

const KB = 1024;
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** A target that is one function of a text. */
function ofText(name: string, largest: number, read: (text: string) => unknown): FuzzTarget {
  return { name, largest, open: () => ({ run: (input) => read(input.toString('utf8')) }) };
}

/** A target that reads a file. */
function ofFile(name: string, largest: number, read: (path: string) => unknown): FuzzTarget {
  return {
    name,
    largest,
    open(directory) {
      const path = join(directory, name);
      return {
        run(input) {
          writeFileSync(path, input);
          return read(path);
        },
      };
    },
  };
}

/** A target that reads the raw answer of a server to each of its requests. */
function ofAnswer(
  name: string,
  read: (client: Parameters<typeof listTags>[0]) => Promise<unknown>,
): FuzzTarget {
  return {
    name,
    largest: 512 * KB,
    async open() {
      const server = await openRawServer();
      return {
        async run(input) {
          server.answer(input);
          return await read(server.client);
        },
        close: server.close,
      };
    },
  };
}

/** Everything that parses what comes from outside. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ofText('challenge', 256 * KB, (text) => {
    const challenges = parseChallenges(text);
    findChallenge(challenges, 'bearer');
    const again = parseChallenges(challenges.map(challengeText).join(', '));
    // What was understood is understood the same when it is written down plainly.
    if (challenges.every(({ token68 }) => token68 === undefined) && text.length < 4 * KB)
      same(challenges.map(plain), again.map(plain));
    return challenges;
  }),
  ofText('link', 64 * KB, (text) => parseLink(text, 'next')),
  ofText('reference', 256 * KB, (text) => {
    const reference = parseReference(text);
    if (reference !== null) {
      const { repository, kind, name } = reference;
      same(parseReference(`${repository}${kind === 'tag' ? ':' : '@'}${name}`), reference);
      same(parseRepositoryPath(repository), repository);
    }
    return parseAddress(text);
  }),
  {
    name: 'manifest',
    largest: 5 * 1024 * KB,
    open: () => ({ run: (input) => parseManifest(input) }),
  },
  ofAnswer('tag-list', (client) => listTags(client, 'group/project')),
  ofAnswer('gitlab-tag-list', (client) => listGitlabTags(client, 'group/project', () => {})),
  ofAnswer('catalog', (client) => listCatalog(client, 'the primary site')),
  ofAnswer('refusal', async (client) => {
    const url = new URL('v2/', client.base);
    const response = await client.send({
      method: 'GET',
      url,
      headers: {},
      purpose: 'ask',
      bodyLimit: 64 * KB,
    });
    parseMediaType(response.header('content-type'));
    return await refusalOf(response);
  }),
  ofFile('config', 256 * KB, (path) => resolveOptions(ALL_OPTIONS, { config: path }, {})),
  ofText('report', 2 * 1024 * KB, (text) => {
    try {
      return parseReport(text, 'report.json');
    } finally {
      afterSealing(text, 'reportDigest', reportDigest as (value: object) => string, (sealed) => {
        const report: Report = parseReport(sealed, 'report.json');
        return redactReport(report, 'key').mapping;
      });
    }
  }),
  ofText('snapshot', 2 * 1024 * KB, (text) => {
    try {
      return parseSnapshot(text, 'snapshot.json');
    } finally {
      afterSealing(text, 'snapshotDigest', canonicalDigest, (sealed) =>
        parseSnapshot(sealed, 'snapshot.json'),
      );
    }
  }),
  ofText('plan', 2 * 1024 * KB, (text) => parsePlan(text, 'plan.json')),
  ofFile('journal', 512 * KB, (path) => readJournal(path, DIGEST)),
  {
    name: 'import-log',
    largest: 1024 * KB,
    open: () => ({
      async run(input) {
        const log = createImportLog();
        for await (const { text, isCut } of importLogLines(chunksOf(input), 'the log')) log.add(text, isCut);
        const result = log.result();
        const known = result.known.reduce((sum, { count }) => sum + count, 0);
        same(result.failures, known + result.unknownFailures);
        return result;
      },
    }),
  },
  ofText('tuples', 1024 * KB, (text) => {
    const tuples = parseTuples(text, 'tuples');
    same(parseTuples(JSON.stringify(tuples), 'again'), tuples);
    return repositoryChecksum(tuples);
  }),
  ofText('geo-registry', 1024 * KB, (text) => parseGeoRegistry(text, 'export')),
  ofText('docker-config', 512 * KB, (text) =>
    findDockerCredential(
      new URL('https://registry.example.com:5000/prefix/'),
      { REGISTRY_AUTH_FILE: 'auth.json' },
      '',
      {
        readText: async () => text,
        askHelper: async () => null,
      },
    ),
  ),
  {
    name: 'credential-helper',
    largest: 128 * KB,
    open(directory) {
      const answer = join(directory, 'answer');
      const helper = join(directory, 'docker-credential-fuzz');
      writeFileSync(helper, `#!/bin/sh\ncat '${answer}'\n`, { mode: 0o755 });
      const env = { PATH: `${directory}:/usr/bin:/bin` };
      return {
        run(input) {
          writeFileSync(answer, input);
          return askCredentialHelper({
            name: 'fuzz',
            server: 'registry.example.com',
            timeoutMs: 10_000,
            env,
          });
        },
      };
    },
  },
  ofText('retry-after', 64 * KB, (text) => {
    const wait = parseRetryAfter(text, 1_700_000_000_000);
    if (wait !== null && !(wait >= 0)) throw new Error(`a wait of ${wait}`);
    return wait;
  }),
  ofText('redact-text', 256 * KB, (text) => {
    const known = {
      hosts: new Set(['registry.example.com']),
      paths: new Set(['group', 'group/project']),
      tags: new Set(['latest', 'v1.0', '-odd (tag)']),
    };
    return createTextRedactor(known, createTokens('key'))(text);
  }),
  ofText('service-error', 256 * KB, (text) => [
    readServiceError(Buffer.from(text), ['secret']),
    redact(text, ['secret']),
  ]),
];

/** A file that was altered is refused by its seal; with a new seal the mutation reaches what reads the content. */
function afterSealing(
  text: string,
  field: string,
  seal: (value: object) => string,
  read: (text: string) => unknown,
): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const { [field]: _, ...rest } = value as Record<string, unknown>;
  // The seal is the test's own work here: what cannot be sealed (nested deeper than the stack) is not read further.
  let sealed: string;
  try {
    sealed = JSON.stringify({ ...rest, [field]: seal(rest) });
  } catch {
    return;
  }
  read(sealed);
}

async function* chunksOf(input: Buffer): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.ceil(input.length / 3));
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

function challengeText({ scheme, params }: ReturnType<typeof parseChallenges>[number]): string {
  const words = Object.entries(params).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`);
  return `${scheme} ${words.join(', ')}`.trim();
}

function plain({ scheme, params }: ReturnType<typeof parseChallenges>[number]): unknown {
  return [scheme, Object.entries(params)];
}

function same(is: unknown, shouldBe: unknown): void {
  const [left, right] = [JSON.stringify(is), JSON.stringify(shouldBe)];
  if (left !== right) throw new Error(`is ${left?.slice(0, 500)}, should be ${right?.slice(0, 500)}`);
}
