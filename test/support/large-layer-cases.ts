import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCuttingProxy } from './cutting-proxy.ts';
import { digestInStorage, putLargeImage, runFixMeasured } from './large-layer.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';

const MIB = 1024 * 1024;
/** Resident, at its peak, whatever the layer's size; the command takes 95 of it before it reads a byte. */
const MOST_MEMORY = 150 * MIB;

/** The tests of a copy of one large layer, for a size that the suite has time for. */
export function largeLayerTests(size: number, timeout: number): void {
  const args = ['scan', '--fix', '--yes'];
  let primary: RealRegistry;
  let secondary: RealRegistry;
  let layer: string;

  beforeAll(async () => {
    [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
    layer = await putLargeImage(primary, 'large/plain', 'large', size);
  }, timeout);
  afterAll(async () => {
    await Promise.all([primary?.stop(), secondary?.stop()]);
  });

  it(
    'copies it in constant memory, and goes on where a download was cut in the middle',
    async () => {
      const proxy = await startCuttingProxy(primary.url, { cutFromServer: [size / 2] });
      try {
        const sites = { primary: proxy, secondary };
        const { run, peakMemory } = await runFixMeasured([...args, 'large/plain'], sites, timeout);
        expect(run.stderr).not.toMatch(/defect/);
        expect(run.outcomes).toEqual({ 'large/plain:large': 'copy done' });
        expect(run.code).toBe(0);
        expect(run.fix.verified).toBe(true);
        expect(proxy.cuts).toBe(1);
        // What was in flight when the connection broke is read twice, and no more: as much as sockets' buffers hold.
        expect(proxy.fromServer).toBeGreaterThan(size);
        expect(proxy.fromServer).toBeLessThan(size + 16 * MIB);
        expect(run.fix.actions[0]?.bytes).toBeLessThan(size + MIB);
        expect(await digestInStorage(secondary, layer)).toBe(layer);
        expect(peakMemory).toBeLessThan(MOST_MEMORY);
      } finally {
        await proxy.close();
      }
    },
    timeout,
  );

  it(
    'arrives whole although an upload was cut in the middle',
    async () => {
      const target = await startRealRegistry();
      const proxy = await startCuttingProxy(target.url, { cutToServer: [size / 2] });
      try {
        const sites = { primary, secondary: proxy };
        const { run, peakMemory } = await runFixMeasured([...args, 'large/plain'], sites, timeout);
        expect(run.outcomes).toEqual({ 'large/plain:large': 'copy done' });
        expect(proxy.cuts).toBe(1);
        expect(run.code).toBe(0);
        expect(await digestInStorage(target, layer)).toBe(layer);
        expect(peakMemory).toBeLessThan(MOST_MEMORY);
      } finally {
        await proxy.close();
        await target.stop();
      }
    },
    timeout,
  );
}
