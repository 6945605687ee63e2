import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { reportDigest } from './canonical.ts';
import { PLAN_KIND, type Plan, planSchema } from './plan.ts';
import { type Report, reportSchema, SCHEMA_VERSION } from './report.ts';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, snapshotDigest, snapshotSchema } from './snapshot.ts';

/** Levels of objects and lists; what this tool writes has a dozen. */
const DEEPEST = 200;

/**
 * A saved report, checked: this version's schema, and unaltered since it was written.
 *
 * @param name the file, as errors call it
 * @throws UsageError in one line with the file's name
 */
export function parseReport(text: string, name: string): Report {
  const value = parseVersioned(text, name, 'a report', SCHEMA_VERSION);
  if ('kind' in value) throw new UsageError(`${name} is not a report but a ${String(value.kind)}`);
  const { reportDigest: seal } = conform(reportSchema(), value, name, 'a report');
  // As it was written, and not as the schema puts it: in the order of its keys, and with those of later releases,
  // so that what is rendered of it has the same bytes and the same seal.
  const report = value as Report;
  if (reportDigest(report) !== seal) throw altered(name, 'reportDigest');
  return report;
}

/** A saved snapshot, checked as a report is. */
export function parseSnapshot(text: string, name: string): Snapshot {
  const value = parseVersioned(text, name, 'a snapshot', SNAPSHOT_SCHEMA_VERSION);
  if (value.kind !== 'snapshot')
    throw new UsageError(`${name} is not a snapshot${'repositories' in value ? ' but a report' : ''}`);
  const { snapshotDigest: seal } = conform(snapshotSchema(), value, name, 'a snapshot');
  const snapshot = value as Snapshot;
  if (snapshotDigest(snapshot) !== seal) throw altered(name, 'snapshotDigest');
  return snapshot;
}

/**
 * A saved plan of this version. Whether it was altered is for the guards to say, who refuse it.
 *
 * @throws UsageError in one line with the file's name
 */
export function parsePlan(text: string, name: string): Plan {
  const value = parseVersioned(text, name, 'a plan', SCHEMA_VERSION);
  if (value.kind !== PLAN_KIND)
    throw new UsageError(`${name} is not a plan`, {
      hint: 'Make one with: plan report.json --out plan.json.',
    });
  return conform(planSchema(), value, name, 'a plan');
}

/** JSON with a `schemaVersion` that this release knows; shared by every file the tool reads back. */
function parseVersioned(text: string, name: string, what: string, version: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = text.trim() === '' ? 'it is empty' : isCutOff(text) ? 'it is cut off' : 'it is not JSON';
    throw new UsageError(`${name} is not ${what}: ${why}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${name} is not ${what}`);
  // What the stack cannot hold can be parsed, but neither sealed nor written again.
  if (nestingOf(text).deepest > DEEPEST)
    throw new UsageError(`${name} is not ${what}: it is nested deeper than ${DEEPEST} levels`);
  const { schemaVersion } = value as Record<string, unknown>;
  if (typeof schemaVersion === 'number' && schemaVersion > version) {
    throw new UsageError(`${name} has schemaVersion ${schemaVersion}; this release reads up to ${version}`, {
      hint: 'Use the release of geo-registry-audit that wrote it, or a newer one.',
    });
  }
  if (schemaVersion !== version)
    throw new UsageError(`${name} is not ${what}: it has no schemaVersion ${version}`);
  return value as Record<string, unknown>;
}

/** Whether a text that begins as an object ends before something in it is closed. */
function isCutOff(text: string): boolean {
  const { isQuoted, open } = nestingOf(text);
  return text.trimStart().startsWith('{') && (isQuoted || open > 0);
}

/**
 * What is open at the end of a text, and how deep it gets. A walk, since an expression for a string of some
 * megabytes exhausts the stack.
 */
function nestingOf(text: string): { isQuoted: boolean; open: number; deepest: number } {
  let isQuoted = false;
  let open = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted) {
      if (character === '\\') at++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++open);
    else if (character === '}' || character === ']') open--;
  }
  return { isQuoted, open, deepest };
}

/** The value as its schema has it, or one line that says where it differs. */
function conform<T>(schema: z.ZodType<T>, value: unknown, name: string, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new UsageError(
    `${name} is not ${what} of this schema${place}: ${issue?.message.split('\n', 1)[0] ?? 'unknown difference'}`,
  );
}

/** The error for a file that was changed after it was written. */
function altered(name: string, field: string): UsageError {
  return new UsageError(`${name} was altered after it was written: its ${field} does not fit`, {
    hint: 'Use the file as the tool wrote it.',
  });
}
