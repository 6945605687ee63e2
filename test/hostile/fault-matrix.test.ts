import { describe, expect, it } from 'vitest';
import { describeReal } from '../support/real-registry.ts';
import { type FaultBench, faultBench } from './support/fault-bench.ts';
import { FAULT_ROWS, type FaultRow, GET_TAG, ONE_TAG, PLACES } from './support/fault-rows.ts';
import { headers } from './support/faults.ts';
import { type HostileScan, hostileScan } from './support/hostile-scan.ts';
import {
  expectCalm,
  expectNothingSaid,
  expectSurvived,
  expectUnread,
  expectUnresolvable,
  expectUntouched,
} from './support/judge.ts';
import { APP_TAGS } from './support/known-drift.ts';
import { IS_FULL } from './support/scale.ts';

type Side = 'primary' | 'secondary';

const titled = (rows: readonly FaultRow[]) =>
  rows.map((row) => [row.fault, PLACES[row.place].words, row] as const);

describeReal('a registry that is broken in one way', () => {
  const bench = faultBench('faults');

  it('is not broken here: the drift is what it was made', async () => {
    const { primary, secondary } = bench.sites;
    expectSurvived(await hostileScan({ primary: primary.url, secondary: secondary.url }));
  });

  describe.concurrent('secondary', () => {
    const rows = FAULT_ROWS.filter(({ short }) => IS_FULL || short);
    it.each(titled(rows))('%s: %s', (_fault, _where, row) => tryRow(bench, row, 'secondary'));
  });

  // What is unread on the primary must make nothing on the secondary look like a leftover.
  describe.concurrent('primary', () => {
    const rows = FAULT_ROWS.filter(({ place, short }) =>
      IS_FULL ? place === 'list' || place === 'tags' : short && place === 'tags',
    );
    it.each(titled(rows))('%s: %s', (_fault, _where, row) => tryRow(bench, row, 'primary'));
  });
});

async function tryRow(bench: FaultBench, row: FaultRow, side: Side): Promise<void> {
  const { isFaulted, words: where } = PLACES[row.place];
  const { scan } = await bench.attempt({
    ...{ name: row.fault, where, side, isFaulted, fault: faultOf(row) },
    isSlow: row.isSlow,
  });
  expectOutcome(scan, row, side);
}

/** A `GET` of a manifest is sent where the `HEAD` names no digest. */
function faultOf({ place, make }: FaultRow): FaultRow['make'] {
  if (place !== 'get') return make;
  const nameless = headers({ 'docker-content-digest': undefined });
  return (exchange) => (exchange.method === 'HEAD' ? nameless(exchange) : make(exchange));
}

function expectOutcome(run: HostileScan, { outcome, place }: FaultRow, side: Side): void {
  if (outcome === 'survived') {
    expectSurvived(run);
    return;
  }
  expectCalm(run);
  if (place !== 'ping') expectUntouched(run);
  if (outcome === 'unresolvable') {
    expectUnresolvable(run, side, ONE_TAG);
    return;
  }
  const { unread, exit = 2 } = outcome;
  if (place === 'ping') for (const one of [run.app, run.calm]) expectNothingSaid(one, side, unread);
  else if (place === 'list') expectNothingSaid(run.app, side, unread);
  else {
    const lost = APP_TAGS.filter(({ name, [side]: held }) =>
      place === 'tags' ? held !== null : name === (place === 'get' ? GET_TAG : ONE_TAG),
    );
    expectUnread(run, side, lost, unread);
  }
  expect(run.code).toBe(exit);
}
