import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { environmentName } from '../../src/config/option.ts';
import { FORMATS } from '../../src/reporters/formats.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');
const COMMAND = join(ROOT, 'bin', 'geo-registry-audit.js');

/** Every document of a YAML file. @throws Error for text that is no YAML, or has a key twice */
function documentsOf(...path: string[]): unknown[] {
  return parseAllDocuments(readFileSync(join(EXAMPLES, ...path), 'utf8'), { strict: true }).map(
    (document) => {
      if ('errors' in document && document.errors.length > 0) throw document.errors[0];
      return (document as { toJS(): unknown }).toJS();
    },
  );
}

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  /** Where it ran. */
  readonly cwd: string;
  /** The arguments of each call of the command, in order. */
  readonly calls: readonly (readonly string[])[];
}

/** What a scan leaves in its directory. */
const REPORT = 'report.json';

/**
 * Runs a script of an example as its engine does, with a command in PATH that only notes how it is called and ends with
 * a code, as a scan that could read something does: with a report. Or with the command itself.
 */
function runScript(
  shell: readonly [command: string, ...args: string[]],
  script: string,
  env: Readonly<Record<string, string>>,
  {
    code = 0,
    files = [],
    reports = code <= 2,
    real = false,
  }: {
    readonly code?: number;
    readonly files?: readonly string[];
    readonly reports?: boolean;
    readonly real?: boolean;
  } = {},
): Outcome {
  const cwd = makeTempDir('example');
  const bin = makeTempDir('bin');
  const log = join(bin, 'calls');
  const stub = `
for argument in "$@"; do
  printf '%s\\0' "$argument"
  [ "$before" != --out ] || out="$argument"
  before="$argument"
done >> '${log}'
printf '\\n' >> '${log}'
${reports ? `mkdir -p "$out" && echo new > "$out/${REPORT}"` : ''}
exit ${code}
`;
  const body = real ? `\nexec '${process.execPath}' '${COMMAND}' "$@"\n` : stub;
  writeFileSync(join(bin, 'geo-registry-audit'), `#!/bin/sh${body}`, { mode: 0o755 });
  for (const file of files) {
    mkdirSync(join(cwd, file, '..'), { recursive: true });
    writeFileSync(join(cwd, file), '{}');
  }
  const [command, ...args] = shell;
  const { status, stderr } = spawnSync(command, [...args, script], {
    cwd,
    env: { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, ...env },
    encoding: 'utf8',
  });
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  const calls = text.split('\n').filter((line) => line !== '');
  return { status, stderr, cwd, calls: calls.map((line) => line.split('\0').slice(0, -1)) };
}

/** Checks that a command line names a command and only options that it has. */
function expectKnown([name = '', ...args]: readonly string[]): void {
  expect(Object.keys(COMMANDS)).toContain(name);
  const { options } = COMMANDS[name as keyof typeof COMMANDS];
  const flags = args.filter((argument) => argument.startsWith('--')).map((flag) => flag.slice(2));
  expect(flags.filter((flag) => !Object.hasOwn(options, flag))).toEqual([]);
  const formats = args[args.indexOf('--format') + 1];
  if (args.includes('--format')) {
    expect((formats ?? '').split(',').filter((format) => !FORMATS.some((one) => one === format))).toEqual([]);
  }
}

/** Site variables by name, as the command reads them. */
const SITE_VARIABLES = ['primary', 'secondary'].flatMap((site) =>
  ['url', 'username', 'password'].map((ending) => environmentName(`${site}-${ending}`)),
);

/** Two sites that are not there, without the patience for one that may come back. */
const NO_SITES = {
  GEO_REGISTRY_AUDIT_PRIMARY_URL: 'http://127.0.0.1:1',
  GEO_REGISTRY_AUDIT_SECONDARY_URL: 'http://127.0.0.1:1',
  GEO_REGISTRY_AUDIT_RETRIES: '0',
};

function valueAfter(flag: string, call: readonly string[] | undefined): string | undefined {
  return call?.[call.indexOf(flag) + 1];
}

describe('examples/gitlab-ci-parallel', () => {
  const text = readFileSync(join(EXAMPLES, 'gitlab-ci-parallel', '.gitlab-ci.yml'), 'utf8');
  const job = z.object({
    stage: z.string(),
    script: z.array(z.string()),
    allow_failure: z.object({ exit_codes: z.array(z.number()) }),
    artifacts: z.object({
      when: z.literal('always'),
      paths: z.array(z.string()),
      reports: z.object({ junit: z.string() }).optional(),
    }),
  });
  const pipeline = z
    .object({
      stages: z.array(z.string()),
      default: z.object({ before_script: z.array(z.string()) }),
      shard: job.extend({ parallel: z.number().int().min(2).max(200) }),
      merge: job.extend({ needs: z.array(z.string()) }),
    })
    .parse(documentsOf('gitlab-ci-parallel', '.gitlab-ci.yml')[0]);
  const { shard, merge, stages } = pipeline;
  // As GitLab's runner puts lines together for bash.
  const bash = ['bash', '-eo', 'pipefail', '-c'] as const;
  const runShard = (
    index: number,
    more: Parameters<typeof runScript>[3] = {},
    env: Readonly<Record<string, string>> = {},
  ): Outcome =>
    runScript(
      bash,
      shard.script.join('\n'),
      { CI_NODE_INDEX: String(index), CI_NODE_TOTAL: String(shard.parallel), ...env },
      more,
    );

  test('every job takes its own shard, into its own directory, by options that there are', () => {
    const outcomes = Array.from({ length: shard.parallel }, (_, at) => runShard(at + 1));
    for (const [at, { status, calls }] of outcomes.entries()) {
      expect(status).toBe(0);
      expect(calls).toHaveLength(1);
      expectKnown(calls[0] ?? []);
      expect(calls[0]?.[0]).toBe('scan');
      expect(valueAfter('--shard', calls[0])).toBe(`${at + 1}/${shard.parallel}`);
      expect(valueAfter('--out', calls[0])).toBe(`shard-${at + 1}`);
    }
  });

  test('a shard with differences, or not wholly read, lets merge run; wrong configuration does not', () => {
    for (const code of [1, 2]) {
      expect(runShard(1, { code }).status).toBe(code);
      expect(shard.allow_failure.exit_codes).toContain(code);
    }
    for (const code of [3, 4, 5, 130]) {
      expect(runShard(1, { code }).status).toBe(code);
      expect(shard.allow_failure.exit_codes).not.toContain(code);
    }
  });

  test('a shard without a report, of sites that are not there, lets nothing run; a stale report is none', () => {
    const outcomes = [
      runShard(1, { code: 2, reports: false }),
      runShard(1, { code: 2, reports: false, files: [`shard-1/${REPORT}`] }),
      runShard(1, { real: true }, NO_SITES),
    ];
    for (const { status, cwd } of outcomes) {
      expect(status).toBeGreaterThan(2);
      expect(shard.allow_failure.exit_codes).not.toContain(status);
      expect(existsSync(join(cwd, 'shard-1', REPORT))).toBe(false);
    }
    expect(outcomes[2]?.stderr).toMatch(/^geo-registry-audit: [^\n]*127\.0\.0\.1/m);
  });

  test('merge waits for the shards, is given all of their reports and writes what is kept', () => {
    expect(stages.indexOf(merge.stage)).toBeGreaterThan(stages.indexOf(shard.stage));
    expect(merge.needs).toEqual(['shard']);
    expect(shard.artifacts.paths).toEqual(['shard-*/report.json']);
    const files = [1, 2, 3].map((number) => `shard-${number}/report.json`);
    const { status, calls } = runScript(bash, merge.script.join('\n'), {}, { files });
    expect(status).toBe(0);
    expectKnown(calls[0] ?? []);
    expect(calls[0]?.slice(0, 4)).toEqual(['merge', ...files]);
    const out = valueAfter('--out', calls[0]);
    expect(merge.artifacts.paths).toEqual([`${out}/`]);
    expect(merge.artifacts.reports?.junit).toBe(`${out}/junit.xml`);
    expect(valueAfter('--format', calls[0])?.split(',')).toContain('junit');
  });

  test('differences are a warning and what was not read is none', () => {
    expect(merge.allow_failure.exit_codes).toEqual([1]);
  });

  test('credentials come from variables that the command reads, and are nowhere in the file', () => {
    for (const variable of SITE_VARIABLES) expect(text).toContain(variable);
    expect(text.match(/GEO_REGISTRY_AUDIT_\w+/g)?.filter((name) => !SITE_VARIABLES.includes(name))).toEqual(
      [],
    );
    expect(text).not.toMatch(/_PASSWORD\s*:/);
    expect(shard.script.concat(merge.script).join('\n')).not.toMatch(/password|username|token/i);
  });
});

describe('examples/kubernetes-indexed-job', () => {
  const container = z.object({
    name: z.string(),
    workingDir: z.string(),
    command: z.array(z.string()),
    args: z.array(z.string()).length(1),
    env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    envFrom: z.array(z.record(z.string(), z.object({ name: z.string() }))).default([]),
    volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
  });
  const podTemplate = z.object({
    spec: z.object({
      restartPolicy: z.literal('Never'),
      containers: z.array(container).length(1),
      volumes: z.array(
        z.object({ name: z.string(), persistentVolumeClaim: z.object({ claimName: z.string() }) }),
      ),
    }),
  });
  const object = z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.object({ name: z.string() }),
  });
  const objects = documentsOf('kubernetes-indexed-job', 'job.yaml').map((document) => object.parse(document));
  const specOf = (kind: string, name: string): unknown =>
    objects.find((one) => one.kind === kind && one.metadata.name === name)?.spec;
  const scan = z
    .object({
      completionMode: z.literal('Indexed'),
      completions: z.number().int(),
      parallelism: z.number().int(),
      podFailurePolicy: z.object({
        rules: z.array(
          z.object({
            action: z.string(),
            onExitCodes: z.object({ containerName: z.string(), values: z.array(z.number()) }).optional(),
          }),
        ),
      }),
      template: podTemplate,
    })
    .parse(specOf('Job', 'registry-audit'));
  const merge = z
    .object({ suspend: z.literal(true), backoffLimit: z.literal(0), template: podTemplate })
    .parse(specOf('Job', 'registry-audit-merge'));

  const containerOf = ({ template }: { template: z.infer<typeof podTemplate> }) => {
    const [only] = template.spec.containers;
    if (only === undefined) throw new Error('no container');
    return only;
  };
  const run = (
    job: { template: z.infer<typeof podTemplate> },
    env: Readonly<Record<string, string>>,
    more: Parameters<typeof runScript>[3] = {},
  ): Outcome => {
    const { command, args, env: own } = containerOf(job);
    const [shell = '', ...rest] = command;
    const given = Object.fromEntries(own.map(({ name, value }) => [name, value]));
    return runScript([shell, ...rest], args[0] ?? '', { ...given, ...env }, more);
  };
  const runShard = (
    index: number,
    more: Parameters<typeof runScript>[3] = {},
    env: Readonly<Record<string, string>> = {},
  ): Outcome => run(scan, { JOB_COMPLETION_INDEX: String(index), ...env }, more);

  test('every pod takes its own shard, counted from 1, by options that there are', () => {
    for (let index = 0; index < scan.completions; index++) {
      const { status, calls } = runShard(index);
      expect(status).toBe(0);
      expect(calls).toHaveLength(1);
      expectKnown(calls[0] ?? []);
      expect(calls[0]?.[0]).toBe('scan');
      expect(valueAfter('--shard', calls[0])).toBe(`${index + 1}/${scan.completions}`);
      expect(valueAfter('--out', calls[0])).toBe(`shard-${index}`);
      expect(calls[0]).not.toContain('--resume');
    }
  });

  test('a pod that is started again goes on from the journal of the one before, until there is a report', () => {
    const journal = 'shard-2/scan-journal.ndjson';
    const again = runShard(2, { files: [journal] });
    expect(valueAfter('--resume', again.calls[0])).toBe('shard-2');
    expectKnown(again.calls[0] ?? []);
    expect(runShard(1, { files: [journal] }).calls[0]).not.toContain('--resume');
    const files = [journal, `shard-2/${REPORT}`];
    expect(runShard(2, { files }).calls[0]).not.toContain('--resume');
    // Neither is of this audit, and a pod after this one must not take them for it.
    const { cwd } = runShard(2, { files, code: 2, reports: false });
    for (const file of files) expect(existsSync(join(cwd, file))).toBe(false);
  });

  test('a shard without a report, of sites that are not there, is not done and tried again', () => {
    const outcomes = [
      runShard(0, { code: 2, reports: false }),
      runShard(0, { code: 2, reports: false, files: [`shard-0/${REPORT}`] }),
      runShard(0, { real: true }, NO_SITES),
    ];
    for (const { status } of outcomes) expect(status).toBe(2);
    expect(outcomes[2]?.stderr).toMatch(/^geo-registry-audit: [^\n]*127\.0\.0\.1/m);
  });

  test('a shard that has a report is done; wrong configuration ends the whole job', () => {
    for (const code of [0, 1, 2]) expect(runShard(0, { code }).status).toBe(0);
    for (const code of [3, 4, 5, 130]) expect(runShard(0, { code }).status).toBe(code);
    const rule = scan.podFailurePolicy.rules.find(({ action }) => action === 'FailJob')?.onExitCodes;
    expect(rule).toEqual({ containerName: containerOf(scan).name, values: [3, 4] });
  });

  test('merge is given the reports of all shards, and its exit code is that of the audit', () => {
    const files = [0, 1, 2].map((number) => `shard-${number}/report.json`);
    const { status, calls } = run(merge, {}, { files, code: 1 });
    expect(status).toBe(1);
    expectKnown(calls[0] ?? []);
    expect(calls[0]?.slice(0, 4)).toEqual(['merge', ...files]);
  });

  test('both jobs work on the claim of the file', () => {
    const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claims).toHaveLength(1);
    for (const job of [scan, merge]) {
      const { workingDir, volumeMounts } = containerOf(job);
      expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(workingDir);
      expect(job.template.spec.volumes).toEqual([
        {
          name: volumeMounts[0]?.name,
          persistentVolumeClaim: { claimName: claims[0]?.metadata.name },
        },
      ]);
    }
  });

  test('URLs come from the ConfigMap, credentials from a Secret that README.md makes', () => {
    const sites = objects.find(({ kind }) => kind === 'ConfigMap');
    expect(Object.keys(sites?.data ?? {})).toEqual(SITE_VARIABLES.filter((name) => name.endsWith('_URL')));
    expect(containerOf(scan).envFrom).toEqual([
      { configMapRef: { name: sites?.metadata.name } },
      { secretRef: { name: 'registry-audit-credentials' } },
    ]);
    const readme = readFileSync(join(EXAMPLES, 'kubernetes-indexed-job', 'README.md'), 'utf8');
    expect(readme).toContain('create secret generic registry-audit-credentials');
    for (const name of SITE_VARIABLES.filter((one) => !one.endsWith('_URL')))
      expect(readme).toContain(`=${name}=`);
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});
