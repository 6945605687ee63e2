import { afterAll, beforeAll, expect } from 'vitest';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts';
import { recordFigures } from './figures.ts';
import { type HostileScan, hostileScan, IMPATIENT, PATIENT } from './hostile-scan.ts';
import { saidBy } from './judge.ts';
import { type KnownSites, startKnownSites } from './known-drift.ts';

type Side = 'primary' | 'secondary';

/** A fault and a scan through it. */
export interface FaultTrial extends FaultProxyOptions {
  /** In words, for the table of docs/reliability.md. */
  readonly name: string;
  readonly where: string;
  /** Default: secondary. */
  readonly side?: Side;
  /** Added to those of every trial. */
  readonly args?: readonly string[];
  /** The fault is that nothing comes: wait for two seconds and not for half a minute. */
  readonly isSlow?: boolean;
  /** The URL is asked without the forward proxy: whatever is there, or is not. */
  readonly isDirect?: boolean;
  /** Nothing gets as far as a request. */
  readonly isUnasked?: boolean;
  /** Called with the running proxy, before the scan. */
  readonly onStart?: (proxy: FaultProxy) => void;
  /** What the tool said of it; default its first reason. */
  readonly says?: (scan: HostileScan) => string;
  /** How often the same request may come at the most; default what retries and a second look account for. */
  readonly mostAlike?: number;
  /** The site has this URL, and the proxy is the forward proxy to it, as behind a company's firewall. */
  readonly remoteUrl?: string;
}

/** What a suite of faults works with. */
export interface FaultBench {
  readonly sites: KnownSites;
  /** Scans through the fault, keeps what the tool said, and checks what holds for every fault at the proxy. */
  attempt(trial: FaultTrial): Promise<{ readonly scan: HostileScan; readonly proxy: FaultProxy }>;
}

/** Two filled registries for the suite around; what was tried in it goes to the figures of this name. */
export function faultBench(figures: string): FaultBench {
  const said: { fault: string; where: string; says: string; exit: number | null }[] = [];
  let sites: KnownSites | undefined;
  beforeAll(async () => {
    sites = await startKnownSites();
  });
  afterAll(async () => {
    await sites?.stop();
    // Rows run side by side and end as they like: the file must not tell in which order.
    const rows = said.sort((a, b) => (`${a.fault}\n${a.where}` < `${b.fault}\n${b.where}` ? -1 : 1));
    recordFigures(figures, { tried: rows.length, rows });
  });
  const running = (): KnownSites => {
    if (sites === undefined) throw new Error('the registries do not run yet');
    return sites;
  };
  return {
    get sites() {
      return running();
    },
    attempt: async (trial) => {
      const { side = 'secondary', name: fault, where, mostAlike = 6 } = trial;
      const { primary, secondary } = running();
      const urls = { primary: primary.url, secondary: secondary.url };
      const proxy = await startFaultProxy(urls[side], trial);
      try {
        const { remoteUrl, isDirect = false, isUnasked = isDirect } = trial;
        trial.onStart?.(proxy);
        const args = [...(trial.isSlow ? IMPATIENT : PATIENT), ...(trial.args ?? [])];
        const behind = { HTTP_PROXY: proxy.url, NO_PROXY: new URL(urls.primary).host };
        const scan = await hostileScan({ ...urls, [side]: remoteUrl ?? proxy.url }, args, {
          ...(remoteUrl !== undefined && !isDirect && { env: behind }),
        });
        said.push({ fault, where: `${side}: ${where}`, says: (trial.says ?? saidBy)(scan), exit: scan.code });
        expectBounded(proxy, mostAlike);
        expect(proxy.requests.length === 0).toBe(isUnasked);
        return { scan, proxy };
      } finally {
        await proxy.close();
      }
    },
  };
}

/** Reading requests only, and no request more often than its retries, for each reason that there is to send it. */
function expectBounded({ requests, faulted, problems }: FaultProxy, mostAlike: number): void {
  expect(problems).toEqual([]);
  expect(faulted > 0).toBe(requests.length > 0);
  const counts = new Map<string, number>();
  for (const { method, path, headers } of requests) {
    expect(method).toMatch(/^(?:GET|HEAD)$/);
    const key = `${method} ${path} ${headers.accept}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > mostAlike)).toEqual([]);
  expect(requests.length).toBeLessThan(120);
}
