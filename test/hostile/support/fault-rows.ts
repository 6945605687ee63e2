import type { Fault, ProxyRequest } from './fault-proxy.ts';
import * as faults from './faults.ts';
import { APP } from './known-drift.ts';

/** Where in a run a fault happens. */
export type Place = 'ping' | 'list' | 'tag' | 'tags' | 'get';

/** What the tool is to make of a fault. */
export type Outcome =
  /** Nothing: what it writes is what it writes without the fault. */
  | 'survived'
  /** An answer of the registry about the tag: it does not resolve. */
  | 'unresolvable'
  /** What the fault happened to is unread, for this reason; 401 and 403 of a whole site exit with 4. */
  | { readonly unread: RegExp; readonly exit?: 4 };

/** One fault in one place. */
export interface FaultRow {
  /** In words, for the table. */
  readonly fault: string;
  readonly place: Place;
  readonly make: Fault;
  readonly outcome: Outcome;
  /** Whether the fault is that nothing comes, or hardly anything. */
  readonly isSlow: boolean;
  /** Whether it is tried within `npm test` too. */
  readonly short: boolean;
}

/** The tag that faults of a single manifest happen to: a plain image that differs, read by one `HEAD`. */
export const ONE_TAG = 'moved';
/** The tag whose `HEAD` names no digest, so that a `GET` follows. */
export const GET_TAG = 'same-image';

interface PlaceOf {
  readonly words: string;
  readonly isFaulted: (request: ProxyRequest) => boolean;
}

const manifestOf = (tag: string) => `/v2/${APP}/manifests/${tag}`;

/** The requests of each place. */
export const PLACES: Readonly<Record<Place, PlaceOf>> = {
  ping: { words: 'first contact, GET /v2/', isFaulted: ({ path }) => path.split('?')[0] === '/v2/' },
  list: { words: 'tag list', isFaulted: ({ path }) => path.startsWith(`/v2/${APP}/tags/list`) },
  tag: { words: 'one manifest', isFaulted: ({ path }) => path.split('?')[0] === manifestOf(ONE_TAG) },
  tags: { words: 'every manifest', isFaulted: ({ path }) => path.startsWith(manifestOf('')) },
  get: {
    words: 'one manifest, read by GET',
    isFaulted: ({ path }) => path.split('?')[0] === manifestOf(GET_TAG),
  },
};

type At = Partial<Record<Place, Outcome>>;

const unread = (code: string, exit?: 4): Outcome => ({
  unread: new RegExp(`^(?:${code})$`),
  ...(exit && { exit }),
});
const everywhere = (outcome: Outcome): At => ({
  list: outcome,
  tag: outcome,
  tags: outcome,
  ping: outcome,
  get: outcome,
});
const withBody = (outcome: Outcome): At => ({ list: outcome, get: outcome, ping: outcome });
const { registryError, page, status, once } = faults;
const BROKEN = 'UNREACHABLE';
const CUT = 'BODY_TRUNCATED';
const NOT_JSON = 'PROTOCOL';

/** Every fault: what it is in words, how it is made, and what is to come of it in which place. An asterisk: its first place is tried in `npm test` too. */
const FAULTS: readonly (readonly [string, Fault, At])[] = [
  ['* connection reset before the answer', faults.resetBeforeHeaders, everywhere(unread(BROKEN))],
  ['connection reset before the answer, once', once(faults.resetBeforeHeaders), everywhere('survived')],
  ['connection closed without an answer', faults.closeWithoutAnswer, everywhere(unread(BROKEN))],
  ['* connection reset in the middle of the headers', faults.resetInHeaders, everywhere(unread(BROKEN))],
  ['* connection reset in the middle of the body', faults.resetInBody, withBody(unread(CUT))],
  ['* connection reset in the middle of the body, once', once(faults.resetInBody), withBody('survived')],
  ['* never answers', faults.neverAnswers, everywhere(unread('TIMEOUT'))],
  ['headers drip, one byte a second', faults.dripsHeaders, everywhere(unread('TIMEOUT'))],
  ['* body drips, one byte a second', faults.dripsBody, withBody(unread('TIMEOUT'))],
  ['body stops in the middle on an open connection', faults.stallsInBody, withBody(unread('TIMEOUT'))],
  [
    '* kept-alive connection closed after every answer',
    faults.closesKeepAlive,
    { tags: 'survived', list: 'survived', ping: 'survived' },
  ],
  ['not HTTP', faults.notHttp, everywhere(unread(NOT_JSON))],
  ['headers of a megabyte', faults.hugeHeaders, everywhere(unread('PROTOCOL|UNREACHABLE'))],
  [
    '400, registry error',
    status(400, registryError('NAME_INVALID', 'invalid repository name')),
    { list: unread('NAME_INVALID'), tag: 'unresolvable' },
  ],
  [
    '* 401 without a challenge',
    status(401),
    { list: unread('UNAUTHORIZED'), tag: unread('UNAUTHORIZED'), tags: unread('UNAUTHORIZED') },
  ],
  [
    '* 403, registry error',
    status(403, registryError('DENIED', 'requested access to the resource is denied')),
    { list: unread('DENIED'), tag: unread('DENIED'), tags: unread('DENIED') },
  ],
  ['403, HTML page', status(403, page('403 Forbidden')), { list: unread('DENIED'), tag: unread('DENIED') }],
  [
    '404, registry error',
    status(404, registryError('MANIFEST_UNKNOWN', 'manifest unknown')),
    { tag: 'unresolvable', list: unread('MANIFEST_UNKNOWN') },
  ],
  [
    '* 404, HTML page',
    status(404, page('404 Not Found')),
    {
      list: unread('NOT_FOUND'),
      tag: unread('NOT_FOUND'),
      tags: unread('NOT_FOUND'),
      ping: unread('NOT_FOUND'),
    },
  ],
  [
    '404 without a body',
    status(404),
    { tag: unread('NOT_FOUND'), list: unread('NOT_FOUND'), tags: unread('NOT_FOUND') },
  ],
  [
    '* 405',
    status(405, registryError('UNSUPPORTED', 'The operation is unsupported.')),
    {
      tag: unread('HTTP_405|UNSUPPORTED'),
      list: unread('UNSUPPORTED'),
      tags: unread('HTTP_405|UNSUPPORTED'),
      ping: unread('UNSUPPORTED'),
    },
  ],
  ['408', status(408), { list: unread('HTTP_408'), tag: unread('HTTP_408'), ping: unread('HTTP_408') }],
  [
    '* 413',
    status(413, page('413 Request Entity Too Large')),
    { list: unread('HTTP_413'), tag: unread('HTTP_413'), ping: unread('HTTP_413') },
  ],
  ['418, a status that nobody expects', status(418), { list: unread('HTTP_418'), tag: unread('HTTP_418') }],
  [
    '* 429 with Retry-After: 1, once',
    once(status(429, '', { 'retry-after': '1' })),
    { tags: 'survived', list: 'survived', ping: 'survived' },
  ],
  [
    '* 429 with Retry-After: 86400',
    status(429, '', { 'retry-after': '86400' }),
    { tags: unread('TOOMANYREQUESTS'), list: unread('TOOMANYREQUESTS'), ping: unread('TOOMANYREQUESTS') },
  ],
  [
    '429 with Retry-After: soon',
    status(429, '', { 'retry-after': 'soon' }),
    { list: unread('TOOMANYREQUESTS'), tag: unread('TOOMANYREQUESTS') },
  ],
  [
    '429 without Retry-After',
    status(429),
    { tags: unread('TOOMANYREQUESTS'), list: unread('TOOMANYREQUESTS') },
  ],
  [
    '* 500',
    status(500, registryError('UNKNOWN', 'unknown error')),
    { tag: 'unresolvable', list: unread('UNKNOWN'), ping: unread('UNKNOWN') },
  ],
  [
    '* 502, HTML page',
    status(502, page('502 Bad Gateway')),
    { list: unread('HTTP_502'), tag: 'unresolvable', ping: unread('HTTP_502') },
  ],
  ['502, HTML page, once', once(status(502, page('502 Bad Gateway'))), everywhere('survived')],
  [
    '503',
    status(503, 'no healthy upstream'),
    { list: unread('HTTP_503'), tag: 'unresolvable', ping: unread('HTTP_503') },
  ],
  ['* 503, once', once(status(503, 'no healthy upstream')), everywhere('survived')],
  [
    '504, HTML page',
    status(504, page('504 Gateway Time-out')),
    { list: unread('HTTP_504'), tag: 'unresolvable', ping: unread('HTTP_504') },
  ],
  ['* Content-Length longer than the body', faults.lengthTooLong, withBody(unread(CUT))],
  [
    '* Content-Length shorter than the body',
    faults.lengthTooShort,
    { list: unread('PROTOCOL|BODY_TRUNCATED'), get: unread('PROTOCOL|BODY_TRUNCATED') },
  ],
  ['two Content-Lengths', faults.twoLengths, withBody(unread('PROTOCOL|BODY_TRUNCATED'))],
  ['* chunked body cut off', faults.chunkedCutOff, withBody(unread(CUT))],
  ['* chunk longer than it says', faults.chunkTooLong, withBody(unread('PROTOCOL|BODY_TRUNCATED'))],
  ['* chunked body without end', faults.chunkedWithoutEnd, withBody(unread('BODY_TOO_LARGE'))],
  ['body of 4 GiB', faults.hugeBody, withBody(unread('BODY_TOO_LARGE'))],
  ['* JSON of 40 MiB', faults.hugeJson, { list: unread('BODY_TOO_LARGE'), get: unread('BODY_TOO_LARGE') }],
  [
    '* gzip bomb that nobody asked for',
    faults.gzipBomb,
    { list: unread(NOT_JSON), get: unread('PROTOCOL|BODY_TOO_LARGE') },
  ],
  ['gzip that nobody asked for', faults.gzipped, { list: unread(NOT_JSON), get: unread(NOT_JSON) }],
  [
    '* JSON cut off',
    faults.body((real) => real.subarray(0, real.length - 5)),
    { list: unread(NOT_JSON), get: unread(NOT_JSON), ping: 'survived' },
  ],
  [
    'empty body with 200',
    faults.body(() => ''),
    { list: unread(NOT_JSON), get: unread(NOT_JSON), ping: 'survived' },
  ],
  [
    'login page with 200',
    faults.status(200, page('Sign in')),
    { list: unread(NOT_JSON), tag: unread(NOT_JSON), tags: unread(NOT_JSON) },
  ],
  [
    'JSON of another shape: a list',
    faults.json(['moved', 'same-image']),
    { list: unread(NOT_JSON), get: unread(NOT_JSON) },
  ],
  ['JSON of another shape: null', faults.json(null), { list: unread(NOT_JSON), get: unread(NOT_JSON) }],
  ['* JSON of another shape: tags is a text', faults.json({ tags: 'moved' }), { list: unread(NOT_JSON) }],
  ['JSON of another shape: no tags', faults.json({ name: APP }), { list: unread(NOT_JSON) }],
  [
    'an error with status 200',
    faults.json({ errors: [{ code: 'UNKNOWN', message: 'unknown error' }] }),
    { list: unread(NOT_JSON) },
  ],
  ['204 without a body', status(204), { list: unread('HTTP_204'), tag: unread('HTTP_204') }],
  [
    '304 that nobody asked for',
    status(304),
    { list: unread('HTTP_304|REDIRECT_REFUSED'), tag: unread('HTTP_304|REDIRECT_REFUSED') },
  ],
  ['* redirects in a circle', faults.redirectLoop, everywhere(unread('REDIRECT_REFUSED'))],
  ['redirect without Location', status(302), everywhere(unread('REDIRECT_REFUSED'))],
  ['redirect to file:', faults.redirectTo('file:///etc/passwd'), everywhere(unread('REDIRECT_REFUSED'))],
];

/** The whole matrix. */
export const FAULT_ROWS: readonly FaultRow[] = FAULTS.flatMap(([name, make, at]) =>
  Object.entries(at).map(([place, outcome], index) => ({
    fault: name.replace(/^\* /, ''),
    place: place as Place,
    make,
    outcome,
    isSlow: /never answers|drip|stops/.test(name),
    short: index === 0 && name.startsWith('* '),
  })),
);
