import { challengeError } from '../auth/challenge.ts';
import { redact } from '../auth/token-error.ts';
import { type HttpRequest, type HttpResponse, REFUSAL_BODY_LIMIT, type Send } from '../http/message.ts';
import { type RequestUrl, type UrlMaker, urlsBelow } from '../http/request-url.ts';

/** A connection to one registry: where it is and how to send to it. The resource files of this room use it. */
export interface RegistryClient {
  /** The registry's base, ending in a slash; may hold a path prefix. */
  readonly base: URL;
  readonly send: Send;
}

/** The rights a request needs, for the token that goes with it (Docker token specification). */
export function repositoryScope(
  path: string,
  actions: 'pull' | 'pull,push' | '*' | 'pull,push,delete',
): string {
  return `repository:${path}:${actions}`;
}

/** What a registry says about a refusal: its status and, where the body follows the specification, its words. */
export interface Refusal {
  readonly status: number;
  /** The registry's error code (`MANIFEST_UNKNOWN`, …); null when the body names none. */
  readonly code: string | null;
  /** The registry's own message, with its detail; or words for the bare status. */
  readonly message: string;
}

/** The URL of a path below the registry's base, e.g. `v2/group/project/tags/list?n=1`. */
export function urlOf(client: RegistryClient, relative: string): RequestUrl {
  return makerOf(client).at(relative);
}

/** The URL of a name in a folder, which ends in a slash, below the registry's base. */
export function urlWithin(client: RegistryClient, folder: string, name: string): RequestUrl {
  return makerOf(client).within(folder, name);
}

const makers = new WeakMap<URL, UrlMaker>();

function makerOf({ base }: RegistryClient): UrlMaker {
  let maker = makers.get(base);
  if (maker === undefined) {
    maker = urlsBelow(base);
    makers.set(base, maker);
  }
  return maker;
}

/** Sends and keeps the response's status and headers when the body does not matter. */
export async function sendAndDiscard(client: RegistryClient, request: HttpRequest): Promise<HttpResponse> {
  const response = await client.send(request);
  await response.discard();
  return response;
}

/** Reads the error body of a response that is not a success (OCI distribution-spec, "Error Codes"). */
export async function refusalOf(response: HttpResponse): Promise<Refusal> {
  let body = '';
  try {
    body = Buffer.from(await response.bytes(REFUSAL_BODY_LIMIT)).toString('utf8');
  } catch {
    // The status alone is still an answer; the words are a courtesy.
  }
  // With a refused token the challenge's own error is all that tells why (`docs/facts.md` §8).
  const challenge = challengeError(response.header('www-authenticate'));
  const why = challenge === null ? '' : `, challenge error="${challenge.slice(0, 100)}"`;
  const first = firstError(body);
  if (first !== null) return { status: response.status, code: first.code, message: first.message + why };
  const kind = response.header('content-type')?.split(';', 1)[0] ?? 'no content type';
  const words = body === '' ? 'without a body' : `with a body of ${kind} instead of a registry error`;
  return { status: response.status, code: null, message: `HTTP ${response.status} ${words}${why}` };
}

function firstError(body: string): { code: string | null; message: string } | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const errors = (parsed as { errors?: unknown } | null)?.errors;
  const error = Array.isArray(errors) ? (errors[0] as Record<string, unknown> | null | undefined) : undefined;
  if (typeof error !== 'object' || error === null) return null;
  const code = typeof error.code === 'string' ? error.code.slice(0, 100) : null;
  const words = typeof error.message === 'string' ? error.message : (code ?? 'no message');
  // Proxies echo headers, and storage drivers the URLs that they signed.
  return { code, message: redact(`${words}${detailOf(error.detail)}`, []) };
}

function detailOf(detail: unknown): string {
  if (detail === undefined || detail === null || detail === '') return '';
  const text = typeof detail === 'string' ? detail : jsonOf(detail);
  return text === '{}' || text === '[]' ? '' : ` (${text})`;
}

function jsonOf(detail: unknown): string {
  try {
    return JSON.stringify(detail);
  } catch {
    // Nested deeper than the stack: JSON.parse takes that, JSON.stringify does not.
    return '…';
  }
}
