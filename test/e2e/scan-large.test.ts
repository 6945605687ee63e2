import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerImage, ociImage, ociIndexOf } from '../../src/demo/images.ts';
import { type Report, reportSchema } from '../../src/report/report.ts';
import { pushImage } from '../support/push.ts';
import { describeReal, type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { addTagLinks } from '../support/registry-storage.ts';
import { runCli } from '../support/run-cli.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const PATH = 'group/large';
const TAGS = 10_000;
const LARGEST_RSS_MB = 250;

/** What differs, by the number in the tag's name; every other tag is one image on both sites. */
const MOVED = range(0, 150);
const MOVED_INDEX = range(150, 160);
const ONLY_PRIMARY = range(160, 200);
const ONLY_SECONDARY = range(200, 230);

describeReal('scan of 10,000 tags on two real registries', () => {
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let result: Awaited<ReturnType<typeof runCli>>;
  let report: Report;
  let memoryFile: string;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    await fill(primary, 'new', new Set(ONLY_SECONDARY));
    await fill(secondary, 'old', new Set(ONLY_PRIMARY));
    const directory = makeTempDir('memory');
    memoryFile = join(directory, 'max-rss');
    const preload = join(directory, 'preload.mjs');
    // maxRSS is in KiB.
    writeFileSync(
      preload,
      `import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(memoryFile)}, String(process.resourceUsage().maxRSS)));`,
    );
    const sites = ['--primary-url', primary.url, '--secondary-url', secondary.url];
    result = await runCli(['scan', ...sites, '--settle', '0', '--out', 'out', PATH], {
      nodeArgs: ['--import', pathToFileURL(preload).href],
      guard: 280_000,
    });
    const file = join(result.cwd, 'out', 'report.json');
    report = reportSchema().parse(JSON.parse(readFileSync(file, 'utf8')));
  }, 300_000);

  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it('reads all of them and counts every verdict', () => {
    expect(result.code).toBe(1);
    expect(report.repositories.at(0)).toMatchObject({ path: PATH, verdict: 'OUT-OF-SYNC', errors: [] });
    expect(report.repositories.at(0)?.counts).toEqual({
      total: TAGS,
      MATCH: TAGS - MOVED.length - MOVED_INDEX.length - ONLY_PRIMARY.length - ONLY_SECONDARY.length,
      MISMATCH: MOVED.length + MOVED_INDEX.length,
      'PRIMARY-ONLY': ONLY_PRIMARY.length,
      'SECONDARY-ONLY': ONLY_SECONDARY.length,
      UNRESOLVABLE: 0,
      silentlySkipped: MOVED_INDEX.length,
    });
  });

  it('stays under 250 MB', () => {
    expect(Number(readFileSync(memoryFile, 'utf8')) / 1024).toBeLessThan(LARGEST_RSS_MB);
  });

  it('prints a table that a person can read', () => {
    expect(result.stdout).toContain(`OUT-OF-SYNC  ${PATH}`);
    expect(result.stdout.split('\n').length).toBeLessThan(500);
  });
});

/** Pushes one image of each kind for real, and links the tags to them in the storage. */
async function fill(registry: RealRegistry, age: string, without: ReadonlySet<number>): Promise<void> {
  const same = dockerImage('same');
  const moved = ociImage(`moved, ${age}`);
  const index = ociIndexOf(`index, ${age}`);
  for (const image of [same, moved, index]) await pushImage(registry, PATH, image, ['seed']);
  const special = new Set([...MOVED, ...MOVED_INDEX, ...without]);
  const link = (digest: string, numbers: readonly number[]) =>
    addTagLinks(registry.root, PATH, digest, numbers.map(tagName));
  link(
    same.digest,
    range(1, TAGS).filter((number) => !special.has(number)),
  );
  link(
    moved.digest,
    MOVED.filter((number) => number > 0),
  );
  link(index.digest, MOVED_INDEX);
  // `seed`, the tag that the pushes needed, stands for number 0, so that there are exactly 10,000.
  await pushImage(registry, PATH, moved, ['seed']);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function tagName(number: number): string {
  return `build-${String(number).padStart(5, '0')}`;
}
