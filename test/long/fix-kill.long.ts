import { it } from 'vitest';
import { killRounds } from '../support/kill-rounds.ts';
import { describeReal } from '../support/real-registry.ts';

describeReal('a fix that is killed and resumed', () => {
  it.each([1, 2, 3, 4, 5])(
    'ends in the same state as one that was not, after 10 kills at random moments (seed %i)',
    (seed) => killRounds(seed, 10),
    300_000,
  );
});
