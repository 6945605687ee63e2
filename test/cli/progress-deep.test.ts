import { expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import { skippingClock } from '../audit/support/scan-embedded.ts';

it('shows what a look below the tags costs, both sites together', async () => {
  const clock = skippingClock();
  const written: string[] = [];
  const stream = { isTTY: true, columns: 200, write: (text: string) => written.push(text) > 0 };
  const progress = createProgress(stream as unknown as NodeJS.WriteStream, clock);
  const path = 'group/project';
  progress.onEvent({ type: 'repository', path, index: 0, total: 1 });
  for (const site of ['primary', 'secondary'] as const) {
    await clock.sleep(1000);
    progress.onEvent({ type: 'deep', site, path, done: 1, total: 60, parts: 10, bytes: 3 * 2 ** 19 });
  }
  expect(written.at(-1)).toContain('deep 2/120 manifests, 20 parts, 3.0 MiB');
  await clock.sleep(1000);
  progress.onEvent({ type: 'repository', path: 'group/other', index: 1, total: 2 });
  expect(written.at(-1)).not.toContain('deep');
});
