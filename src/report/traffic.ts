import { schema, type Valid } from '../core/schema.ts';
import { REQUEST_KINDS } from '../http/message.ts';

const count = schema((z) => z.int().min(0));

/** What was sent to one site: every attempt, also those without an answer and those to its token service. */
const siteTraffic = schema((z) =>
  z.object({
    /** Attempts by kind; a kind that was not sent is not there. */
    requests: z.partialRecord(z.enum(REQUEST_KINDS), count()),
    /** The sum of `requests`. */
    total: count(),
    /** Of `total`, attempts after the first of the same request. */
    retries: count(),
    /** Sockets opened. */
    connections: count(),
    inFlight: z.object({
      /** Whether the limit was given, or found while the run went on. */
      mode: z.enum(['fixed', 'adaptive']),
      /** The limit at the end. */
      settled: count(),
      /** The most that were in flight at once. */
      highest: count(),
    }),
  }),
);

/** What the process of a run sent from its start to the report; the listing of repositories is not in it. */
export const traffic = schema((z) => z.object({ primary: siteTraffic(), secondary: siteTraffic() }));

export type SiteTrafficReport = Valid<typeof siteTraffic>;
