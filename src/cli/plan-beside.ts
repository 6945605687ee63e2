import { basename, dirname, join } from 'node:path';

/** The plan that a journal is of: `journal.ndjson` is of `plan.json`, `journal-1.ndjson` of `plan-1.json`. */
export function planBeside(journal: string): string {
  const name = basename(journal)
    .replace(/^journal/, 'plan')
    .replace(/\.ndjson$/, '.json');
  return join(dirname(journal), name.startsWith('plan') ? name : 'plan.json');
}
