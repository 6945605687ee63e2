import type { Readable } from 'node:stream';
import type { RequestUrl } from './request-url.ts';

/** What a request is about, for the figures of a run. */
export const REQUEST_KINDS = [
  'ping',
  'list',
  'headWide',
  'headKnown',
  'headNarrow',
  'get',
  'blob',
  'write',
  'delete',
  'token',
  'other',
] as const;

/**
 * `ping`: what the registry is (`/v2/`, `/gitlab/v1/`); `list`: tags or repositories; `headWide`, `headNarrow`: a
 * manifest's digest under that Accept profile; `headKnown`: the wide one, on condition that it is another than a known
 * one (`If-None-Match`); `get`: a manifest; `blob`: a look for or at a blob; `write`: every step of an upload, and
 * manifests pushed; `delete`: a tag or manifest; `token`: asked of a token service.
 */
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** One HTTP request as the rooms above `http/` describe it: a plain value, no sockets. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly url: RequestUrl;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
  /** A stream can be sent once only: a request with one is never repeated below `reconcile/`. */
  readonly body?: Uint8Array | Readable;
  /** What is being attempted, for error messages: `read the tag list of group/project`. */
  readonly purpose: string;
  /** Counted under this kind; `other` when absent. */
  readonly kind?: RequestKind;
  /** Token scopes the request needs, e.g. `repository:group/project:pull`; `auth/` reads them. */
  readonly scopes?: readonly string[];
  /** May be sent twice without harm. Default: true for GET, HEAD and OPTIONS, false for the rest. */
  readonly repeatable?: boolean;
  /**
   * Read the whole body, at most this many bytes, before the response is handed over, so that a body that
   * breaks off is retried like any other fault. Without it the body stays a stream (blobs).
   * The body of a refusal (status 400 and up) is always read beforehand, 64 KiB of it at the most; a longer
   * one is dropped, since the status is the answer.
   */
  readonly bodyLimit?: number;
  /** Lowers the number of retries for this request, e.g. for the first contact with a site. */
  readonly maxRetries?: number;
  readonly signal?: AbortSignal;
}

/** A response whose body has not been read. Exactly one of `bytes`, `stream` and `discard` must be called. */
export interface HttpResponse {
  readonly status: number;
  /** The URL that answered, after redirects. */
  readonly url: RequestUrl;
  /** The value of a header (repeated ones joined by `, `), or null; whatever the case it came in. */
  header(name: Lowercase<string>): string | null;
  /**
   * The whole body (already there when the request had a `bodyLimit`).
   * @param limit bytes; a longer body is cut off and refused
   * @throws TransportError `BODY_TOO_LARGE`, `BODY_TRUNCATED`, `TIMEOUT` or `UNREACHABLE`
   */
  bytes(limit: number): Promise<Uint8Array>;
  /** The body as a stream, for blobs. */
  stream(): Readable;
  /** Lets go of the body so that the connection can serve the next request. */
  discard(): Promise<void>;
}

/** The longest body of a refusal (status 400 and up) that is kept, in bytes. */
export const REFUSAL_BODY_LIMIT = 64 * 1024;

/** Whether a response comes with its whole body read, and so holds no connection. */
export function hasWholeBody(request: HttpRequest, status: number): boolean {
  return request.method === 'HEAD' || request.bodyLimit !== undefined || status >= 400;
}

/**
 * Sends one request and gives its response, whatever its status.
 * @throws TransportError when no response came
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Adds one concern to a `Send`: authentication, redirects, retry, limit, log. */
export type SendWrapper = (next: Send) => Send;
