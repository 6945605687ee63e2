import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from '../support/child-process.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { TOOLS } from './environment.ts';
import { type Cost, runTool, type ToolLine } from './run-tool.ts';
import { PLAIN, type ScanSites, WIDE_ACCEPT } from './scan-sites.ts';

/** Tags that the peers with a process a tag are asked for. */
const SAMPLED = 200;
const PER_TAG_AT_ONCE = 8;
const CURL_AT_ONCE = 16;
/** A registry that is busy from 4 on is at its best with few; one that waits for its disk, with many. */
const AB_AT_ONCE = [4, 8, 16, 32];

/** A way to read the digests of tags on both sites. */
export interface Reader {
  readonly name: string;
  /** Tags read on each site by one run. */
  readonly tags: number;
  /** `load`: sends HEADs and nothing else, as fast as it can, to both sites at once. */
  readonly kind: 'load' | 'skopeo' | 'regctl or crane';
  run(): Promise<Cost>;
}

/** Every peer on PATH. */
export function readers(sites: ScanSites): Reader[] {
  const { curl, ab } = TOOLS;
  const urls = [sites.primary.url, sites.secondary.url];
  return [
    ...(curl === null ? [] : [curlReader(curl, urls, sites.tags)]),
    ...(ab === null ? [] : AB_AT_ONCE.map((atOnce) => abReader(ab, atOnce, urls, sites.tags))),
    ...processPerTag(urls, sites.tags.slice(0, SAMPLED)),
  ];
}

function curlReader(curl: string, urls: readonly string[], tags: readonly string[]): Reader {
  const lines = urls.map((url) => curlLine(curl, url, tags));
  return {
    name: `curl --parallel --head, ${CURL_AT_ONCE} at once, a process per site`,
    tags: tags.length,
    kind: 'load',
    run: async () => {
      const cost = await runTool(lines, lines.length);
      for (const output of cost.outputs) {
        const digests = output.split('\n').filter((line) => line.startsWith('sha256:')).length;
        if (digests !== tags.length) throw new Error(`curl read ${digests} of ${tags.length} digests`);
      }
      return cost;
    },
  };
}

function abReader(ab: string, atOnce: number, urls: readonly string[], tags: readonly string[]): Reader {
  const path = `/v2/${PLAIN}/manifests/${tags[0]}`;
  // As long a run as the others: the median of short ones is higher by chance, and the best of them is looked for.
  const args = ['-q', '-k', '-i', '-n', String(tags.length), '-c', String(atOnce)];
  const lines = urls.map((url) => ({
    command: ab,
    args: [...args, '-H', `Accept: ${WIDE_ACCEPT}`, `${url}${path}`],
  }));
  return {
    name: `ab -k -i -c ${atOnce}, a process per site, one tag`,
    tags: tags.length,
    kind: 'load',
    run: async () => {
      const cost = await runTool(lines, lines.length);
      for (const output of cost.outputs) {
        if (/Non-2xx responses/.test(output)) throw new Error(`ab was refused:\n${output}`);
      }
      return cost;
    },
  };
}

/** Peers that read one tag a process, as many processes at once as their users start with `xargs -P8`. */
function processPerTag(urls: readonly string[], tags: readonly string[]): Reader[] {
  const { skopeo, regctl, crane } = TOOLS;
  const xargs = findExecutable(['xargs']);
  if (xargs === null) return [];
  const hosts = urls.map((url) => new URL(url).host);
  const reader = (
    name: string,
    kind: Reader['kind'],
    scheme: string,
    command: string,
    args: readonly string[],
  ): Reader => {
    const file = join(makeTempDir('references'), 'list');
    const references = tags.flatMap((tag) => hosts.map((host) => `${scheme}${host}/${PLAIN}:${tag}\n`));
    writeFileSync(file, references.join(''));
    const line = {
      command: xargs,
      args: ['-a', file, '-P', String(PER_TAG_AT_ONCE), '-n', '1', command, ...args],
    };
    return {
      name: `${name}, a process per tag, xargs -P${PER_TAG_AT_ONCE}`,
      tags: tags.length,
      kind,
      run: () => runTool([line]),
    };
  };
  const found: Reader[] = [];
  if (skopeo !== null) {
    const args = ['--insecure-policy', 'inspect', '--raw', '--tls-verify=false'];
    found.push(reader('skopeo inspect --raw', 'skopeo', 'docker://', skopeo, args));
  }
  if (regctl !== null) {
    const plain = hosts.flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
    const args = [...plain, 'manifest', 'head'];
    found.push(reader('regctl manifest head', 'regctl or crane', '', regctl, args));
  }
  if (crane !== null) {
    found.push(reader('crane digest', 'regctl or crane', '', crane, ['digest', '--insecure']));
  }
  return found;
}

/** One process that asks for every tag, with the digest of each in its output. */
function curlLine(curl: string, url: string, tags: readonly string[]): ToolLine {
  const config = join(makeTempDir('curl'), 'config');
  const lines = tags.flatMap((tag) => [
    `url = "${url}/v2/${PLAIN}/manifests/${tag}"`,
    'output = "/dev/null"',
  ]);
  writeFileSync(config, `${lines.join('\n')}\n`);
  return {
    command: curl,
    args: [
      ...['--head', '--silent', '--show-error', '--fail', '--header', `Accept: ${WIDE_ACCEPT}`],
      ...['--parallel', '--parallel-max', String(CURL_AT_ONCE)],
      ...['--write-out', '%header{docker-content-digest}\\n', '--config', config],
    ],
  };
}
