import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NARROW, WIDE } from '../../src/core/accept.ts';
import {
  artifact,
  dockerImage,
  dockerListOf,
  ociImage,
  ociIndexOf,
  schema1Image,
} from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import type { TagReport } from '../../src/report/tag-report.ts';
import { repositoryChecksum } from '../../src/verifier/repository-checksum.ts';
import { siteArgs } from '../support/fix-run.ts';
import { type PushableImage, pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { breakTagLink, removeRevision } from '../support/registry-storage.ts';
import { runCli } from '../support/run-cli.ts';

const PATH = 'group/project';
const run = promisify(execFile);

describeReal('scan of two Distribution registries holding every kind of manifest', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let result: Awaited<ReturnType<typeof runCli>>;
  let report: Report;

  const push = (registry: RealRegistry, image: PushableImage, ...tags: string[]) =>
    pushImage(registry, PATH, image, tags);
  const both = async (image: PushableImage, ...tags: string[]) => {
    await push(primary, image, ...tags);
    await push(secondary, image, ...tags);
  };
  const tag = (name: string): TagReport => {
    const found = report.repositories.at(0)?.tags.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no tag ${name} in the report`);
    return found;
  };

  beforeAll(async () => {
    // Distribution 2.8.2 takes schema 1 by PUT only when told to.
    const config = { compatibility: { schema1: { enabled: true } } };
    [primary, secondary] = await Promise.all([startRealRegistry({ config }), startRealRegistry({ config })]);
    await both(dockerImage('one'), 'docker-image');
    await both(ociImage('one'), 'oci-image');
    await both(artifact('one'), 'artifact');
    await both(ociIndexOf('one'), 'oci-index');
    await both(ociIndexOf('bare', undefined, { withMediaType: false }), 'index-without-type');
    await both(dockerListOf('one', ['linux/amd64', 'linux/arm64']), 'docker-list');
    await both(dockerListOf('arm', ['linux/arm64', 'linux/s390x']), 'list-without-amd64');
    await both(schema1Image('one', PATH, 'schema1'), 'schema1');

    await push(primary, dockerImage('new'), 'moved');
    await push(secondary, dockerImage('old'), 'moved');
    await push(primary, ociIndexOf('new'), 'moved-index');
    await push(secondary, ociIndexOf('old'), 'moved-index');
    await push(primary, ociImage('fresh'), 'only-primary');
    await push(primary, ociIndexOf('fresh'), 'only-primary-index');
    await push(secondary, ociImage('stale'), 'only-secondary');
    await both(ociImage('broken'), 'broken-on-secondary', 'broken-on-both');
    await push(secondary, ociImage('orphan'), 'broken-orphan');
    await both(ociImage('dangling'), 'dangling-on-secondary');
    for (const name of ['broken-on-secondary', 'broken-on-both', 'broken-orphan'])
      await breakTagLink(secondary.root, PATH, name);
    await breakTagLink(primary.root, PATH, 'broken-on-both');
    await removeRevision(secondary.root, PATH, ociImage('dangling').digest);

    result = await runCli([
      'scan',
      ...siteArgs({ primary, secondary }),
      '--settle',
      '0',
      '--out',
      'out',
      PATH,
    ]);
    report = reportSchema().parse(JSON.parse(await readFile(join(result.cwd, 'out', 'report.json'), 'utf8')));
  });

  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it('exits with 1 and keeps standard output and standard error apart', () => {
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('OUT-OF-SYNC  group/project');
    expect(result.stderr).toMatch(/^Wrote out\/report\.json, out\/repositories\.csv and out\/tags\.csv\n$/);
  });

  it.each([
    ['docker-image', 'MATCH', []],
    ['oci-image', 'MATCH', []],
    ['artifact', 'MATCH', []],
    ['oci-index', 'MATCH', []],
    ['index-without-type', 'MATCH', []],
    ['docker-list', 'MATCH', []],
    ['list-without-amd64', 'MATCH', []],
    ['schema1', 'MATCH', []],
    ['moved', 'MISMATCH', ['MOVED_TAG']],
    ['moved-index', 'MISMATCH', ['FALSE_MATCH_NIL', 'NARROW_HIDES_INDEX']],
    ['only-primary', 'PRIMARY-ONLY', ['NOT_REPLICATED']],
    ['only-primary-index', 'PRIMARY-ONLY', ['NARROW_HIDES_INDEX', 'NOT_REPLICATED']],
    ['only-secondary', 'SECONDARY-ONLY', ['ORPHAN']],
    ['broken-on-secondary', 'UNRESOLVABLE', ['BROKEN_TAG_LINK']],
    ['broken-on-both', 'UNRESOLVABLE', ['BROKEN_TAG_LINK']],
    ['broken-orphan', 'UNRESOLVABLE', ['BROKEN_TAG_LINK', 'ORPHAN_UNDELETABLE']],
    ['dangling-on-secondary', 'UNRESOLVABLE', ['MISSING_REVISION']],
  ])('calls %s %s', (name, status, causes) => {
    expect(tag(name)).toMatchObject({ status, causes });
  });

  it('sees with the narrow Accept what docs/facts.md §3 says of Distribution', () => {
    const narrow = (name: string) => {
      const { primary } = tag(name);
      return primary.state === 'resolved'
        ? { same: primary.narrow?.digest === primary.digest, ...primary.narrow }
        : null;
    };
    expect(narrow('docker-image')).toMatchObject({ same: true, probed: false });
    expect(narrow('oci-image')).toMatchObject({ same: true, probed: false });
    expect(narrow('oci-index')).toMatchObject({ digest: null, status: 404, probed: true });
    expect(narrow('index-without-type')).toMatchObject({ same: true, status: 200, probed: true });
    const amd64 = dockerListOf('one', ['linux/amd64', 'linux/arm64']).manifests[0]?.digest;
    expect(narrow('docker-list')).toMatchObject({ same: false, digest: amd64, status: 200, probed: true });
    expect(narrow('list-without-amd64')).toMatchObject({ digest: null, status: 404, probed: true });
    expect(narrow('schema1')).toMatchObject({ same: true, probed: true });
  });

  it("gives the registry's own words for what does not resolve", () => {
    expect(tag('broken-on-secondary').secondary).toMatchObject({
      state: 'unresolvable',
      status: 500,
      code: 'UNKNOWN',
    });
    const { secondary } = tag('dangling-on-secondary');
    expect(secondary).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    expect(secondary.state === 'unresolvable' && secondary.reason).toContain(ociImage('dangling').digest);
  });

  it('agrees with curl on every digest of every tag, wide and narrow', async () => {
    for (const [site, registry] of [
      ['primary', primary],
      ['secondary', secondary],
    ] as const) {
      for (const { name, [site]: reading } of report.repositories.at(0)?.tags ?? []) {
        if (reading.state === 'absent') continue;
        expect([site, name, await curlDigest(registry.url, name, WIDE.header)]).toEqual([
          site,
          name,
          reading.digest,
        ]);
        expect([site, name, await curlDigest(registry.url, name, NARROW.header)]).toEqual([
          site,
          name,
          reading.narrow?.digest,
        ]);
      }
    }
  });

  it('computes the checksums over all listed tags', () => {
    const tags = [...(report.repositories.at(0)?.tags ?? [])];
    const tuples = (site: 'primary' | 'secondary', narrow: boolean) =>
      tags.flatMap(({ name, [site]: reading }) =>
        reading.state === 'absent'
          ? []
          : [[name, (narrow ? reading.narrow?.digest : reading.digest) ?? null] as const],
      );
    expect(report.repositories.at(0)?.checksums).toEqual({
      wide: {
        primary: repositoryChecksum(tuples('primary', false)),
        secondary: repositoryChecksum(tuples('secondary', false)),
        equal: false,
      },
      narrow: {
        primary: repositoryChecksum(tuples('primary', true)),
        secondary: repositoryChecksum(tuples('secondary', true)),
        equal: false,
      },
      gitlabV1: { primary: null, secondary: null, equal: null },
    });
  });

  it('writes the same report twice but for times and the digest', async () => {
    const again = await runCli([
      'scan',
      ...siteArgs({ primary, secondary }),
      '--settle',
      '0',
      '--format',
      'json',
      '--out',
      '-',
      PATH,
    ]);
    const second = reportSchema().parse(JSON.parse(again.stdout));
    const timeless = ({ run, reportDigest: _, ...rest }: Report) => ({
      ...rest,
      run: { ...run, startedAt: '', finishedAt: '' },
    });
    expect(timeless(second)).toEqual(timeless(report));
  });
});

async function curlDigest(url: string, tag: string, accept: string): Promise<string | null> {
  const { stdout } = await run('curl', [
    '-sI',
    '-H',
    `Accept: ${accept}`,
    `${url}/v2/${PATH}/manifests/${tag}`,
  ]);
  const status = Number(/^HTTP\/\S+ (\d+)/.exec(stdout)?.[1]);
  return status === 200 ? (/^docker-content-digest: (\S+)/im.exec(stdout)?.[1] ?? null) : null;
}
