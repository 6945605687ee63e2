import { sizeOf } from './settings.ts';

/** Rounds of a measurement that names no other number: `BENCH_RUNS`, default 5. */
export const ROUNDS = sizeOf('BENCH_RUNS', 5);

/** One contender of a measurement. */
export interface Contender<Sample> {
  readonly name: string;
  run(round: number): Promise<Sample>;
}

/**
 * Runs all contenders once, then all of them again, and so on (A B C A B C): what else the machine does meets all
 * of them alike.
 *
 * @returns the samples of each contender
 */
export async function interleave<Sample>(
  contenders: readonly Contender<Sample>[],
  rounds = ROUNDS,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const sample = await run(round);
      samples.get(name)?.push(sample);
      say(`round ${round + 1}/${rounds}: ${name}`);
    }
  }
  return samples;
}

/** The middle value; the mean of the two middle ones of an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** How far the middle half of the values reaches, as a part of their median: what a machine's mood does to one command. */
export function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  const half = sorted.slice(quarter, sorted.length - quarter);
  return ((half.at(-1) ?? Number.NaN) - (half[0] ?? Number.NaN)) / median(sorted);
}

/**
 * The median of the quotients of each round. In a round both ran one after the other, so that a machine that is
 * slow for a while is slow for both.
 */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** A line of progress on standard error. */
export function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
