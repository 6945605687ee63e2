import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '../support/temp-dir.ts';
import { TOOLS } from './environment.ts';
import { type Cost, runTool, type ToolLine } from './run-tool.ts';
import { PLAIN, type ScanSites, WIDE_ACCEPT } from './scan-sites.ts';

/** Tags that the peers with a process a tag are asked for. */
const SAMPLED = 100;
const PER_TAG_AT_ONCE = 2;
const CURL_AT_ONCE = 16;
const AB_AT_ONCE = 8;

/** A way to read the digests of tags on both sites. */
export interface Reader {
  readonly name: string;
  /** Tags read on each site by one run. */
  readonly tags: number;
  /** Sends HEADs and nothing else, as fast as it can, to both sites at once. */
  readonly isLoadGenerator: boolean;
  run(): Promise<Cost>;
}

/** Every peer on PATH. */
export function readers(sites: ScanSites): Reader[] {
  const { curl, ab, skopeo, regctl, crane } = TOOLS;
  const urls = [sites.primary.url, sites.secondary.url];
  const found: Reader[] = [];
  const perTag = (name: string, line: (host: string, tag: string) => ToolLine): void => {
    const tags = sites.tags.slice(0, SAMPLED);
    const lines = tags.flatMap((tag) => urls.map((url) => line(new URL(url).host, tag)));
    found.push({
      name: `${name}, a process per tag, -P${PER_TAG_AT_ONCE}`,
      tags: tags.length,
      isLoadGenerator: false,
      run: () => runTool(lines, PER_TAG_AT_ONCE),
    });
  };
  if (curl !== null) {
    const lines = urls.map((url) => curlLine(curl, url, sites.tags));
    found.push({
      name: `curl --parallel ${CURL_AT_ONCE}, a process per site`,
      tags: sites.tags.length,
      isLoadGenerator: true,
      run: () => runTool(lines, lines.length),
    });
  }
  if (ab !== null) {
    const path = `/v2/${PLAIN}/manifests/${sites.tags[0]}`;
    const count = sites.tags.length;
    const args = [
      '-q',
      '-k',
      '-i',
      '-n',
      String(count),
      '-c',
      String(AB_AT_ONCE),
      '-H',
      `Accept: ${WIDE_ACCEPT}`,
    ];
    const lines = urls.map((url) => ({ command: ab, args: [...args, `${url}${path}`] }));
    found.push({
      name: `ab -k -i -c ${AB_AT_ONCE}, a process per site, one tag`,
      tags: count,
      isLoadGenerator: true,
      run: async () => {
        const cost = await runTool(lines, lines.length);
        for (const output of cost.outputs) {
          if (/Non-2xx responses/.test(output)) throw new Error(`ab was refused:\n${output}`);
        }
        return cost;
      },
    });
  }
  if (skopeo !== null) {
    perTag('skopeo inspect --raw', (host, tag) => ({
      command: skopeo,
      args: [
        '--insecure-policy',
        'inspect',
        '--raw',
        '--tls-verify=false',
        `docker://${host}/${PLAIN}:${tag}`,
      ],
    }));
  }
  if (regctl !== null) {
    perTag('regctl manifest head', (host, tag) => ({
      command: regctl,
      args: ['--host', `reg=${host},tls=disabled`, 'manifest', 'head', `${host}/${PLAIN}:${tag}`],
    }));
  }
  if (crane !== null) {
    perTag('crane digest', (host, tag) => ({
      command: crane,
      args: ['digest', '--insecure', `${host}/${PLAIN}:${tag}`],
    }));
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
  const args = ['--head', '--silent', '--show-error', '--fail', '--header', `Accept: ${WIDE_ACCEPT}`];
  return {
    command: curl,
    args: [
      ...args,
      '--parallel',
      '--parallel-max',
      String(CURL_AT_ONCE),
      '--write-out',
      '%header{docker-content-digest}\\n',
      '--config',
      config,
    ],
  };
}
