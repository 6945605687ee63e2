// Writes the output in the pages of docs/cases: each case is set up on the embedded registries, and the built command
// is run on it as a reader would run it. Times, ports and temporary names are those of the run.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CAUSES,
  fillDemo as fillBoth,
  GEO_REGISTRY_FIELDS,
  IGNORED_COLUMNS,
  images,
  startEmbeddedDependencyProxy,
  startEmbeddedRegistry,
} from './built/sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'bin', 'geo-registry-audit.js');

/** Runs the command while this process serves the registries; gives the command line, what it printed and its exit code. */
function run(args, cwd) {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const said = [stdout.trimEnd(), stderr.trimEnd()].filter((text) => text !== '').join('\n');
        resolve({ said, code: error === null ? 0 : error.code });
      },
    );
  });
}

/** Of rows that are alike three. */
function abridged(text) {
  const lines = text.split('\n');
  const isRow = (line) =>
    line.startsWith('  * MISMATCH') && line.includes('FALSE_MATCH_NIL, NARROW_HIDES_INDEX');
  const hidden = lines.flatMap((line, index) => (isRow(line) ? [index] : [])).slice(3);
  return lines
    .flatMap((line, index) =>
      index === hidden[0]
        ? [`  … ${hidden.length} more rows of the same kind`]
        : hidden.includes(index)
          ? []
          : [line],
    )
    .join('\n');
}

/** A shell session: the command as it is typed, what it printed, and the exit code. */
async function session(cwd, args, shown = args) {
  const { said, code } = await run([...args, ...(args[0] === 'scan' ? ['--quiet'] : [])], cwd);
  return `$ geo-registry-audit ${shown.join(' ')}\n${abridged(said)}\n$ echo $?\n${code}`;
}

/** Puts sessions between the markers of a page. */
function fill(page, blocks) {
  const path = join(root, 'docs', 'cases', page);
  let text = readFileSync(path, 'utf8');
  for (const [name, block] of Object.entries(blocks)) {
    const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!pattern.test(text)) throw new Error(`docs/cases/${page} has no block ${name}`);
    text = text.replace(pattern, (_all, open, close) => `${open}\`\`\`text\n${block}\n\`\`\`\n${close}`);
  }
  writeFileSync(path, text);
}

async function withSites(setUp, work) {
  const [primary, secondary] = [await startEmbeddedRegistry(), await startEmbeddedRegistry()];
  const cwd = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  try {
    await setUp({ primary, secondary });
    writeFileSync(
      join(cwd, 'geo-registry-audit.yml'),
      `primary-url: ${primary.url}\nsecondary-url: ${secondary.url}\n`,
    );
    await work(cwd, { primary, secondary });
  } finally {
    await Promise.all([primary.close(), secondary.close()]);
    rmSync(cwd, { recursive: true });
  }
}

async function fillDemo({ primary, secondary }) {
  fillBoth(primary.storage, secondary.storage);
}

/** The case of 52 of 62 tags are indexes that a narrow reader skips. */
async function silentlySkipped() {
  await withSites(fillDemo, async (cwd) => {
    fill('silently-skipped-indexes.md', {
      scan: await session(cwd, ['scan', 'group/project', '--settle', '0', '--out', 'before']),
      inspect: await session(cwd, ['inspect', 'group/project:latest']),
      fix: await session(cwd, ['scan', 'group/project', '--settle', '0', '--fix', '--yes', '--out', 'after']),
    });
  });
}

/** The case of an extra tag, and a tag that points elsewhere. */
async function syncAndCheck() {
  const { dockerImage, storeImage } = images;
  const setUp = ({ primary, secondary }) => {
    const path = 'group/app';
    for (const tag of ['v1.0', 'stable']) {
      storeImage(primary.storage, path, dockerImage('v1.0'), tag);
      storeImage(secondary.storage, path, dockerImage('v1.0'), tag);
    }
    storeImage(primary.storage, path, dockerImage('v1.1'), 'latest');
    storeImage(secondary.storage, path, dockerImage('v1.0'), 'latest');
    storeImage(secondary.storage, path, dockerImage('hotfix'), 'hotfix');
  };
  await withSites(setUp, async (cwd) => {
    fill('sync-and-check-disagree.md', {
      scan: await session(cwd, ['scan', 'group/app', '--settle', '0', '--out', 'audit']),
      plan: await session(cwd, ['plan', 'audit/report.json', '--format', 'table']),
    });
  });
}

/** The case of the dependency proxy answers an index with a page. */
async function dependencyProxy() {
  const upstream = await startEmbeddedRegistry();
  const proxy = await startEmbeddedDependencyProxy({ upstream: upstream.storage });
  images.storeImage(upstream.storage, 'grafana/mimir', images.ociIndexOf('mimir'), 'latest');
  const cwd = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  try {
    writeFileSync(join(cwd, 'token'), 'password\n');
    const args = [
      'inspect',
      '--dependency-proxy',
      `${proxy.url}/group/dependency_proxy/containers/grafana/mimir:latest`,
      '--upstream',
      `${upstream.url}/grafana/mimir:latest`,
      '--username',
      'user',
      '--password-file',
      'token',
    ];
    const before = await session(cwd, args);
    proxy.options.fixed = true;
    fill('dependency-proxy.md', { before, after: await session(cwd, args) });
  } finally {
    await Promise.all([proxy.close(), upstream.close()]);
    rmSync(cwd, { recursive: true });
  }
}

/** The case of Geo's own page says synced. */
async function geoSaysSynced() {
  const { dockerImage, storeImage } = images;
  const setUp = async ({ primary, secondary }) => {
    storeImage(primary.storage, 'group/app', dockerImage('v2'), 'latest');
    storeImage(secondary.storage, 'group/app', dockerImage('v2-rc'), 'latest');
    for (const { storage } of [primary, secondary]) storeImage(storage, 'group/app', dockerImage('v1'), 'v1');
  };
  await withSites(setUp, async (cwd, { secondary }) => {
    const stale = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const rows = `path,state,retry_count,last_sync_failure,last_synced_at,primary_checksum\ngroup/app,2,0,,2026-11-20 10:00:00 UTC,${stale}\n`;
    writeFileSync(join(cwd, 'geo.csv'), rows);
    const scan = await session(cwd, [
      'scan',
      'group/app',
      '--settle',
      '0',
      '--geo-registry',
      'geo.csv',
      '--out',
      'audit',
    ]);
    Object.assign(secondary.options, {
      auth: 'token',
      users: { geo: { password: 'password' } },
      refuseTokens: true,
    });
    writeFileSync(join(cwd, 'password'), 'password\n');
    const doctor = ['doctor', '--secondary-username', 'geo', '--secondary-password-file', 'password'];
    fill('geo-says-synced.md', { export: rows.trimEnd(), scan, doctor: await session(cwd, doctor) });
  });
}

/** The case of a log of imports, first with known failures, then with one that is not. */
async function importLog() {
  const cwd = mkdtempSync(join(tmpdir(), 'geo-registry-audit-'));
  const step = 'pre importing tagged manifests: pre importing manifest: ';
  const digest = (pair) => `sha256:${pair.repeat(32)}`;
  const known = [
    `${step}retrieving manifest "${digest('1a')}" from filesystem: unknown manifest name=group/app revision=${digest('1a')}`,
    `${step}pre importing manifest list: retrieving referenced manifest "${digest('2b')}" from filesystem: unknown manifest name=group/multi revision=${digest('2b')}`,
    `${step}pre importing manifest: obtaining configuration payload: invalid checksum digest format`,
  ];
  const unknown = 'pre importing tagged manifests: reading tags: the database is gone';
  const lines = (errors) =>
    errors
      .map((error) => `${JSON.stringify({ level: 'error', msg: 'pre-import failed', error })}\n`)
      .join('');
  try {
    writeFileSync(join(cwd, 'monday.log'), lines(known));
    writeFileSync(join(cwd, 'tuesday.log'), lines([...known, unknown]));
    fill('import-failures.md', {
      known: await session(cwd, ['triage', 'monday.log']),
      unknown: await session(cwd, ['triage', 'tuesday.log']),
    });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** The catalogue of causes as a page. */
async function causes() {
  const rows = Object.entries(CAUSES).map(
    ([code, { seenBy, says, nextStep }]) => `| \`${code}\` | ${seenBy} | ${says} | ${nextStep} |`,
  );
  const page = [
    '# Causes',
    '',
    'Every cause that a report can name, written from the catalogue in the code by `npm run docs`. A cause is claimed only on',
    'evidence that the report shows: `evidence` of the repository in `report.json`, "why, and what next" in the table.',
    '',
    '| code | seen by | says | next step |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
  writeFileSync(join(root, 'docs', 'causes.md'), `${page.join('\n')}\n`);
}

/** The columns of `--geo-registry` as the code knows them. */
async function columns() {
  const list = (names) => names.map((name) => `\`${name}\``).join(', ');
  const rows = Object.values(GEO_REGISTRY_FIELDS).map(
    ([name, ...others]) => `| \`${name}\` | ${list(others)} |`,
  );
  const table = [
    '| column | other names |',
    '| --- | --- |',
    ...rows,
    `| passed over | ${list(IGNORED_COLUMNS)} |`,
  ].join('\n');
  const path = join(root, 'docs', 'rails-console.md');
  const page = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    page.replace(
      /(<!-- columns -->\n)[\s\S]*?(<!-- \/columns -->)/,
      (_all, open, close) => `${open}${table}\n${close}`,
    ),
  );
}

/** Everything this file writes. */
export async function generateCases() {
  await causes();
  await columns();
  await silentlySkipped();
  await syncAndCheck();
  await dependencyProxy();
  await geoSaysSynced();
  await importLog();
}
