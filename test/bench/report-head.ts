import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { type Report, reportSchema } from '../../src/report/report.ts';

const HEAD_BYTES = 1024 * 1024;
const head = z.object({ run: reportSchema().shape.run, summary: reportSchema().shape.summary });

/** What stands before the repositories in a `report.json`. */
export interface ReportHead extends Pick<Report, 'run' | 'summary'> {
  /** Of the whole file. */
  readonly bytes: number;
}

/** Reads the beginning of a `report.json`: that of a million tags does not fit in one string. @throws Error or ZodError */
export function readReportHead(path: string): ReportHead {
  const buffer = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  const length = readSync(file, buffer, 0, HEAD_BYTES, 0);
  closeSync(file);
  const text = buffer.toString('utf8', 0, length);
  const end = text.indexOf(',\n  "repositories": [');
  if (end < 0) throw new Error(`${path} has no repositories in its first ${HEAD_BYTES} bytes`);
  return { ...head.parse(JSON.parse(`${text.slice(0, end)}\n}`)), bytes: statSync(path).size };
}
