import { it } from 'vitest';
import { killRounds } from '../support/kill-rounds.ts';
import { describeReal } from '../support/real-registry.ts';

describeReal('a fix that is killed and resumed', () => {
  // Fifty kills are in test/long.
  it(
    'ends in the same state as one that was not, after 5 kills at random moments',
    () => killRounds(Number(process.env.DRIFT_SEED ?? 5), 5),
    60_000,
  );
});
