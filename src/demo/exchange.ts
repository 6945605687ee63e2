import type { IncomingHttpHeaders } from 'node:http';
import type { RegistryOptions } from './registry-options.ts';
import type { RegistryStorage } from './storage.ts';
import type { UploadStore } from './uploads.ts';

/** One request to the embedded registry, its body read, with what is needed to answer it. */
export interface Exchange {
  readonly method: string;
  /** Without the prefix of `RegistryOptions.prefix`. */
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly options: Readonly<RegistryOptions>;
  readonly storage: RegistryStorage;
  readonly uploads: UploadStore;
  /** Scheme and host the client used, e.g. `http://127.0.0.1:40001`. */
  readonly origin: string;
}

/** An answer: on HEAD the body only gives `Content-Length`. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const NOTHING = new Uint8Array();

/** The registry's words for each error code, and the status it is sent with (Distribution 2.8.2, measured). */
const ERRORS = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [404, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  INVALID_QUERY_PARAMETER_VALUE: [400, 'the value of a query parameter is invalid'],
  MANIFEST_BLOB_UNKNOWN: [400, 'blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
  RANGE_INVALID: [416, 'invalid content range'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
} as const satisfies Record<string, readonly [number, string]>;

/** A code the registry can answer with. */
export type RegistryErrorCode = keyof typeof ERRORS;

/** An error answer, `{"errors":[{code, message, detail}]}`. `detail` is left out when there is none. */
export function errorReply(
  code: RegistryErrorCode,
  more: { detail?: unknown; message?: string; headers?: Record<string, string> } = {},
): Reply {
  const [status, message] = ERRORS[code];
  const error = { code, message: more.message ?? message, detail: more.detail };
  return jsonReply({ errors: [error] }, more.headers, status);
}

/** A JSON answer, ended by a newline as Go's encoder does. */
export function jsonReply(value: unknown, headers: Record<string, string> = {}, status = 200): Reply {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body };
}

/** An answer without a body. */
export function emptyReply(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: NOTHING };
}

/** What Go's router says to a path or a method it does not know. */
export function textReply(status: number, text: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', ...headers },
    body: Buffer.from(`${text}\n`),
  };
}

/** A redirect to the same path with or without its slash. */
export function movedReply(location: string): Reply {
  return {
    status: 301,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: location },
    body: Buffer.from(`<a href="${location}">Moved Permanently</a>.\n\n`),
  };
}

/** The absolute (or, by switch, relative) URL of a path under `/v2/`. */
export function locationOf(exchange: Exchange, path: string): string {
  const origin = exchange.options.relativeLocations ? '' : exchange.origin;
  return `${origin}${exchange.options.prefix}${path}`;
}
