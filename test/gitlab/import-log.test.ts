import { describe, expect, it } from 'vitest';
import { createImportLog } from '../../src/gitlab/import-log.ts';
import { KNOWN_FAILURES } from '../../src/gitlab/import-log-failures.ts';
import { importLogLines } from '../../src/gitlab/import-log-lines.ts';

const D = `sha256:${'ab'.repeat(32)}`;
const STEP = 'pre importing tagged manifests: pre importing manifest: ';

/** The messages of the rollout's own list, each with the failure that it is. */
const ERRORS: readonly (readonly [id: string, error: string])[] = [
  [
    'broken-index',
    `${STEP}pre importing manifest list: retrieving referenced manifest "${D}" from filesystem: unknown manifest name=group/app revision=${D}`,
  ],
  [
    'missing-revision',
    `${STEP}retrieving manifest "${D}" from filesystem: unknown manifest name=group/app revision=${D}`,
  ],
  [
    'storage-hiccup',
    `${STEP}pre importing manifest: transferring blob with digest ${D}: failed to transfer blob digest="${D}" cleanup=true cleanupError="gcs: context canceled": "partial transfer from a/b to c/d: copying data from source to destination: context canceled"`,
  ],
  [
    'invalid-config-link',
    `${STEP}pre importing manifest: obtaining configuration payload: invalid checksum digest format`,
  ],
  [
    'empty-layer-link',
    `${STEP}pre importing manifest: importing layers: checking for access to blob with digest ${D} on repository group/app invalid checksum digest format`,
  ],
  [
    'nil-pointer',
    `${STEP}pre importing manifest: importing layers: transferring blob with digest ${D}: %!v(PANIC=Error method: runtime error: invalid memory address or nil pointer dereference)`,
  ],
];

function triage(...lines: string[]) {
  const log = createImportLog();
  for (const line of lines) log.add(line);
  return log.result();
}

const found = (line: string) => {
  const { known, unknownFailures } = triage(line);
  return [
    ...known.filter(({ count }) => count > 0).map(({ id }) => id),
    ...(unknownFailures ? ['unknown'] : []),
  ];
};

describe.each(ERRORS)('%s', (id, error) => {
  it.each<[string, string]>([
    ['JSON with error', JSON.stringify({ level: 'error', error, msg: 'pre-import failed' })],
    ['JSON with json.error', JSON.stringify({ 'json.error': error })],
    ['JSON with a nested json', JSON.stringify({ json: { error } })],
    ['a record of a log store', JSON.stringify({ _source: { json: { error } } })],
    ['logfmt', `time="2026-01-01T00:00:00Z" level=error msg="import" error=${JSON.stringify(error)}`],
    ['a plain line', `2026-01-01T00:00:00Z ${error}`],
    [
      'a line of a container engine',
      JSON.stringify({ log: `${JSON.stringify({ error })}\n`, stream: 'stderr' }),
    ],
    ['an answer of a log store', JSON.stringify({ hits: { hits: [{ _source: { json: { error } } }] } })],
    ['JSON that was cut off', JSON.stringify({ error, more: 'x' }).slice(0, -3)],
  ])('is known as %s', (_, line) => {
    expect(found(line)).toEqual([id]);
  });
});

it('knows six failures, each with what repairs it', () => {
  expect(KNOWN_FAILURES.map(({ id }) => id).sort()).toEqual(ERRORS.map(([id]) => id).sort());
  expect(KNOWN_FAILURES.every(({ says, repair }) => says !== '' && repair !== '')).toBe(true);
});

it.each([
  [
    'another storage error',
    `${STEP}pre importing manifest: transferring blob with digest ${D}: failed to transfer blob digest="${D}": 503`,
  ],
  ['another error of a manifest', `${STEP}retrieving manifest "${D}" from filesystem: disk on fire`],
  [
    'a known end below another step',
    `importing repository: retrieving manifest "${D}" from filesystem: unknown manifest name=a/b revision=${D}`,
  ],
  ['another nil pointer', 'importing tags: runtime error: invalid memory address or nil pointer dereference'],
])('%s is unknown', (_, error) => {
  expect(found(JSON.stringify({ error }))).toEqual(['unknown']);
  expect(found(`level=error error=${JSON.stringify(error)}`)).toEqual(['unknown']);
});

it('is a failure by its words, below the level of an error too, as JSON and as logfmt', () => {
  const msg = 'pre-import failed: something never seen';
  expect(found(JSON.stringify({ level: 'warning', msg }))).toEqual(['unknown']);
  expect(found(`level=warning msg=${JSON.stringify(msg)}`)).toEqual(['unknown']);
});

it.each([
  ['an import that went well', '{"level":"info","msg":"import completed","error":""}'],
  ['the same in logfmt', 'level=info msg="import completed" error=""'],
  ['the same, plain', 'import of group/app completed'],
  ['an error about something else', '{"error":"manifest unknown"}'],
  ['an error in a repository called import', '{"error":"unknown manifest name=tools/import revision=x"}'],
  ['the same, plain', 'error: GET /v2/tools/import/manifests/latest: not found'],
  ['something important', '{"error":"an important error"}'],
  ['nothing', ''],
])('%s is no failure of an import', (_, line) => {
  expect(found(line)).toEqual([]);
});

it('names repositories and digests once, and where an unknown failure came first', () => {
  const [, error = ''] = ERRORS[1] ?? [];
  const result = triage(
    'nothing',
    JSON.stringify({ error }),
    JSON.stringify({ error, repository: 'other/app' }),
    JSON.stringify({ error: `import failed for ${D}`, repository: 'group/new' }),
    JSON.stringify({ error: `import failed for sha256:${'cd'.repeat(32)}`, repository: 'group/new' }),
  );
  expect(result.known.find(({ id }) => id === 'missing-revision')).toMatchObject({
    count: 2,
    repositories: { names: ['group/app'], more: false },
    digests: { names: [D], more: false },
  });
  expect(result.unknown).toMatchObject([
    { count: 2, firstLine: 4, message: 'import failed for <digest>', repositories: { names: ['group/new'] } },
  ]);
  expect(result).toMatchObject({ lines: 5, failures: 4, unknownFailures: 2 });
});

it('keeps a bounded number of names and unknown failures, and counts all', () => {
  const log = createImportLog();
  for (let i = 0; i < 3000; i++) {
    log.add(JSON.stringify({ error: `import broke in way ${i}`, repository: `group/app-${i}` }));
    log.add(JSON.stringify({ error: `${ERRORS[3]?.[1]}`, repository: `group/app-${i}` }));
  }
  const result = log.result();
  expect(result.unknownFailures).toBe(3000);
  expect(result.unknown).toHaveLength(50);
  const known = result.known.find(({ id }) => id === 'invalid-config-link');
  expect(known?.count).toBe(3000);
  expect(known?.repositories.names).toHaveLength(1000);
  expect(known?.repositories.more).toBe(true);
});

describe('importLogLines', () => {
  const read = async (...chunks: (string | Uint8Array)[]) => {
    async function* stream() {
      for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    }
    const lines = [];
    for await (const line of importLogLines(stream(), 'a.log')) lines.push(line);
    return lines;
  };

  it('joins lines over chunks, also within a character', async () => {
    const bytes = Buffer.from('eins\r\nzwé\ndrei');
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await read(...chunks)).toEqual(['eins', 'zwé', 'drei'].map((text) => ({ text, isCut: false })));
  });

  it('gives empty lines and none for an empty file', async () => {
    expect((await read('a\n\nb\n')).map(({ text }) => text)).toEqual(['a', '', 'b']);
    expect(await read()).toEqual([]);
  });

  it('keeps the beginning of a line that has no end', async () => {
    const lines = await read('x'.repeat(50_000), 'y'.repeat(50_000), 'z'.repeat(500_000), '\nnext');
    expect(lines.map(({ text, isCut }) => [text.length, isCut])).toEqual([
      [65_536, true],
      [4, false],
    ]);
  });

  it('refuses what is no text', async () => {
    await expect(read('a\u0000b')).rejects.toThrow('a.log is binary and no log: it holds NUL bytes');
    await expect(read(Uint8Array.of(0x1f, 0x8b, 8, 1))).rejects.toThrow('compressed with gzip');
  });
});
