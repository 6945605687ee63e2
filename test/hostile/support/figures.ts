import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IS_FULL } from './scale.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Keeps what a hostile test counted (faults tried, tags compared, kills survived, inputs fuzzed) for the summary
 * that `npm run test:hostile` prints: in `reports/hostile/<name>.json` for the full form, which is committed, and
 * out of sight for the short one.
 */
export function recordFigures(name: string, figures: Readonly<Record<string, unknown>>): void {
  const directory = IS_FULL ? join(root, 'reports', 'hostile') : join(root, '.test-output', 'hostile');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`);
}
