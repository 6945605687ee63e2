import { test } from 'vitest';
import { conditions } from './environment.ts';
import { CAN_HOLD_PROCESSES, withProcessorOfTheirOwn } from './processors.ts';
import { ROUNDS, say } from './rounds.ts';
import { readers } from './scan-peers.ts';
import { LOAD_NOTES, loadTargets, measureRounds } from './scan-rounds.ts';
import { startScanSites } from './scan-sites.ts';
import { writeSection } from './section.ts';

test('apart: the same registries on a processor of their own, as a client on another machine finds them', async () => {
  if (!CAN_HOLD_PROCESSES) return say('not measured: it takes two processors, and taskset (util-linux)');
  const here = conditions();
  const { servers: sites, release } = await withProcessorOfTheirOwn(startScanSites);
  try {
    const peers = readers(sites).filter(({ kind }) => kind === 'load');
    const measured = await measureRounds(sites, peers, ROUNDS);
    writeSection('apart', {
      title: 'Scanning two real registries that have a processor of their own',
      conditions: here,
      rounds: measured.rounds,
      tables: [measured.table()],
      targets: loadTargets(measured, 'real registries on a processor of their own', false),
      notes: [
        ...LOAD_NOTES,
        'Both registries are held to one processor and whoever asks to the others (`taskset`). A client that asks over a network takes nothing from a registry either.',
      ],
      samples: measured.samples(),
    });
  } finally {
    release();
    await sites.stop();
  }
});
