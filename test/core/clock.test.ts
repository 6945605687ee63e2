import { expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/core/clock.ts';

test('a sleep ends at once with the reason when its signal is aborted', async () => {
  const controller = new AbortController();
  const sleep = SYSTEM_CLOCK.sleep(3_600_000, controller.signal);
  controller.abort(new Error('stop'));
  await expect(sleep).rejects.toThrow('stop');
});

test('random numbers are in [0, 1)', () => {
  for (let i = 0; i < 100; i++) {
    const number = SYSTEM_CLOCK.random();
    expect(number).toBeGreaterThanOrEqual(0);
    expect(number).toBeLessThan(1);
  }
});
