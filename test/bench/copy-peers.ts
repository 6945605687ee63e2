import { TOOLS } from './environment.ts';
import { ourLine } from './our-command.ts';
import type { ToolLine } from './run-tool.ts';

/** A way to bring a registry's images to another. */
export interface Copier {
  readonly name: string;
  /** The command lines, run one after the other. */
  lines(
    source: string,
    destination: string,
    tags: readonly (readonly [repository: string, tag: string])[],
  ): ToolLine[];
}

/** Scan, fix and verification included, in one process. Exit code 0: verified in sync. */
const ours: Copier = {
  name: 'scan --fix',
  lines(source, destination, tags) {
    const sites = ['--primary-url', source, '--secondary-url', destination];
    return [
      ourLine(['scan', ...repositoriesOf(tags), ...sites, '--settle', '0', '--fix', '--yes', '--out', 'out']),
    ];
  },
};

/** Our command and every peer on PATH; each peer as its documentation has it for a tag, and for a repository. */
export function copiers(): Copier[] {
  const { skopeo, regctl, crane } = TOOLS;
  const peers: Copier[] = [ours];
  if (skopeo !== null) {
    peers.push({
      name: 'skopeo copy --all, per tag',
      lines: (source, destination, tags) =>
        tags.map(([repository, tag]) => ({
          command: skopeo,
          args: [
            ...[
              '--insecure-policy',
              'copy',
              '--all',
              '--preserve-digests',
              '--quiet',
              '--src-tls-verify=false',
              '--dest-tls-verify=false',
            ],
            `docker://${host(source)}/${repository}:${tag}`,
            `docker://${host(destination)}/${repository}:${tag}`,
          ],
        })),
    });
  }
  if (regctl !== null) {
    peers.push({
      name: 'regctl image copy, per tag',
      lines: (source, destination, tags) =>
        tags.map(([repository, tag]) => ({
          command: regctl,
          args: [
            ...[source, destination].flatMap((url) => ['--host', `reg=${host(url)},tls=disabled`]),
            ...[
              'image',
              'copy',
              `${host(source)}/${repository}:${tag}`,
              `${host(destination)}/${repository}:${tag}`,
            ],
          ],
        })),
    });
  }
  if (crane !== null) {
    peers.push({
      name: 'crane copy, per tag',
      lines: (source, destination, tags) =>
        tags.map(([repository, tag]) => ({
          command: crane,
          args: [
            'copy',
            '--insecure',
            `${host(source)}/${repository}:${tag}`,
            `${host(destination)}/${repository}:${tag}`,
          ],
        })),
    });
    peers.push({
      name: 'crane copy --all-tags, per repository',
      lines: (source, destination, tags) =>
        repositoriesOf(tags).map((repository) => ({
          command: crane,
          args: [
            'copy',
            '--all-tags',
            '--insecure',
            `${host(source)}/${repository}`,
            `${host(destination)}/${repository}`,
          ],
        })),
    });
  }
  return peers;
}

function repositoriesOf(tags: readonly (readonly [repository: string, tag: string])[]): string[] {
  return [...new Set(tags.map(([repository]) => repository))];
}

function host(url: string): string {
  return new URL(url).host;
}
