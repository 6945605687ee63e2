import { isIP } from 'node:net';
import { TransportError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Send, SendWrapper } from './message.ts';
import { redactUrl } from './redact-url.ts';
import type { RequestUrl } from './request-url.ts';

const MOST_HOPS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that belong to one origin. */
const CREDENTIAL_HEADERS = ['authorization', 'cookie', 'private-token', 'proxy-authorization'];

/**
 * The one redirect policy: GET and HEAD only, at most 5 hops, never from https to http, never from a remote
 * registry to a loopback or link-local address (a cloud's metadata service lives there), and no credentials
 * beyond the origin they were meant for (`docs/facts.md` §7: blobs redirect to object storage). Once dropped they
 * stay dropped, also when the hops lead back. Within one origin they are kept, also beyond the registry's path
 * prefix: the origin is the boundary of a redirect, and the registry itself sent us there.
 *
 * @throws TransportError `REDIRECT_REFUSED`
 */
export const followRedirects: SendWrapper = (next: Send) => (request: HttpRequest) =>
  next(request).then((response) =>
    isFollowed(request, response) ? follow(next, request, response) : response,
  );

function isFollowed({ method }: HttpRequest, { status }: HttpResponse): boolean {
  return REDIRECTS.has(status) && (method === 'GET' || method === 'HEAD');
}

async function follow(next: Send, request: HttpRequest, first: HttpResponse): Promise<HttpResponse> {
  let current = request;
  let response = first;
  for (let hops = 0; isFollowed(request, response); hops++) {
    await response.discard();
    if (hops === MOST_HOPS) throw refused(request, current.url, `more than ${MOST_HOPS} redirects`);
    current = { ...current, url: targetOf(request, current, response), headers: current.headers };
    if (current.url.origin !== request.url.origin)
      current = { ...current, headers: withoutCredentials(current.headers) };
    response = await next(current);
  }
  return response;
}

function targetOf(request: HttpRequest, current: HttpRequest, response: HttpResponse): URL {
  const location = response.header('location');
  if (location === null || !URL.canParse(location, current.url.href)) {
    throw refused(request, current.url, `status ${response.status} without a usable Location`);
  }
  const target = new URL(location, current.url.href);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw refused(request, target, `a redirect to ${target.protocol}`);
  }
  if (current.url.protocol === 'https:' && target.protocol === 'http:') {
    throw refused(request, target, 'a redirect from https to http');
  }
  if (isHostLocal(target) && !isHostLocal(request.url)) {
    throw refused(request, target, 'a redirect from a remote registry to a local address');
  }
  return target;
}

/** True for loopback and link-local addresses and for `localhost`, as written in the URL. */
function isHostLocal(url: RequestUrl): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  switch (isIP(host)) {
    case 4:
      return host.startsWith('127.') || host.startsWith('169.254.') || host === '0.0.0.0';
    case 6:
      return host === '::1' || host === '::' || /^fe[89ab]/i.test(host) || /^::ffff:(7f|a9fe)/i.test(host);
    default:
      return false;
  }
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.includes(name.toLowerCase())),
  );
}

function refused(request: HttpRequest, url: RequestUrl, why: string): TransportError {
  return new TransportError(
    'REDIRECT_REFUSED',
    `could not ${request.purpose}: ${why} (${redactUrl(url)}) is not followed`,
    {
      hint: 'Give the URL that the registry itself answers on.',
    },
  );
}
