import { type Report, SITES } from '../report/report.ts';
import type { SiteTrafficReport } from '../report/traffic.ts';
import { plural } from './plural.ts';

type Kind = keyof SiteTrafficReport['requests'];

/** In the order in which they are told. */
const KIND_WORDS = {
  ping: 'ping',
  list: 'list',
  headWide: 'HEAD',
  headKnown: 'conditional HEAD',
  headNarrow: 'narrow HEAD',
  get: 'GET',
  blob: 'blob',
  write: 'write',
  delete: 'delete',
  token: 'token',
  other: 'other',
} as const satisfies Record<Kind, string>;

const KINDS = Object.keys(KIND_WORDS) as Kind[];

/** `412 (1 ping, 1 list, 410 HEAD), 2 repeated, over 16 connections, at most 16 in flight`: what one site was asked. */
export function trafficWords({ requests, total, retries, connections, inFlight }: SiteTrafficReport): string {
  const kinds = KINDS.flatMap((kind) => {
    const count = requests[kind] ?? 0;
    return count === 0 ? [] : [`${count} ${KIND_WORDS[kind]}`];
  });
  return [
    `${total}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`,
    ...(retries === 0 ? [] : [`${retries} repeated`]),
    `over ${plural(connections, 'connection')}`,
    ...(inFlight.mode === 'adaptive' ? [`settled at ${inFlight.settled} in flight`] : []),
    `at most ${inFlight.highest} in flight`,
  ].join(', ');
}

/** The same of both sites on a line; null where the report does not say. */
export function runTrafficWords({ run }: Report): string | null {
  const { traffic } = run;
  if (traffic === undefined) return null;
  return SITES.map((site) => `${site} ${trafficWords(traffic[site])}`).join('; ');
}
