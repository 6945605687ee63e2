import type { Check } from '../../../src/audit/doctor/check.ts';
import { type DoctorResult, runDoctor } from '../../../src/audit/doctor/doctor.ts';
import type { NotificationTarget } from '../../../src/audit/doctor/notification.ts';
import type { DoctorContext, DoctorSite } from '../../../src/audit/doctor/site.ts';
import { anonymousCredential } from '../../../src/auth/credential.ts';
import { SYSTEM_CLOCK } from '../../../src/core/clock.ts';
import { systemLookUp } from '../../../src/http/probe-socket.ts';
import { SILENT } from '../../../src/logger.ts';

/** A site to examine; without a credential unless told. */
export function siteAt(url: string, more: Partial<DoctorSite> = {}): DoctorSite {
  return {
    name: 'site',
    url: new URL(`${url}/`),
    credential: anonymousCredential(),
    tls: {},
    proxy: {},
    flag: (ending) => `--${ending}`,
    ...more,
  };
}

/** Runs the doctor with the system's clock and names unless told. */
export function examine(
  sites: readonly DoctorSite[],
  asked: { repositories?: readonly string[]; notification?: NotificationTarget } = {},
  context: Partial<DoctorContext> = {},
): Promise<DoctorResult> {
  return runDoctor(
    sites,
    { repositories: asked.repositories ?? [], notification: asked.notification ?? null },
    {
      clock: SYSTEM_CLOCK,
      logger: SILENT,
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      lookUp: systemLookUp,
      ...context,
    },
  );
}

/** The check with an id, of the first site or of what concerns both. */
export function checkOf(result: DoctorResult, id: string): Check {
  const checks = [...result.sites.flatMap((site) => site.checks), ...result.others];
  const found = checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no check ${id} among ${checks.map((one) => one.id).join(', ')}`);
  return found;
}

/** A clock that differs from the system's by some milliseconds. */
export function shiftedClock(offsetMs: number) {
  return { ...SYSTEM_CLOCK, now: () => Date.now() + offsetMs };
}
