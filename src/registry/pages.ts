import { TransportError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { redactUrl } from '../http/redact-url.ts';
import type { RequestUrl } from '../http/request-url.ts';
import { parseLink } from './link-header.ts';
import { type Refusal, type RegistryClient, refusalOf, urlOf } from './registry-client.ts';

/** A page of JSON; the largest seen is a million tags without paging, 23 MB (measured). */
const PAGE_LIMIT_BYTES = 32 * 1024 * 1024;
/** All pages of one listing: twenty million tags, and a list that never ends. */
const LISTING_LIMIT_BYTES = 512 * 1024 * 1024;
/** Far more than any registry pages to; only a registry that never ends reaches it. */
const MOST_PAGES = 50_000;

/** What looks like `rel="next"`, however broken the rest is. */
const NEXT = /\brel\s*=\s*"?[^";,]*\bnext\b/i;

/** One page of a paged listing, as parsed JSON; `refused` ends the listing. */
export type Page = { readonly body: unknown } | { readonly refused: Refusal };

/**
 * Reads a listing page by page along `Link: rel="next"` (OCI distribution-spec, "Listing Tags"). Links may be
 * relative or absolute but must stay on the registry's own origin; a link already followed ends in an error.
 *
 * @param relative the first page, below the registry's base
 * @throws TransportError when a page does not come, is not JSON, links elsewhere or in a circle
 */
export async function* readPages(
  client: RegistryClient,
  relative: string,
  about: { purpose: string; scopes: readonly string[]; signal?: AbortSignal | undefined },
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let read = 0;
  let url: RequestUrl | null = urlOf(client, relative);
  while (url !== null) {
    if (seen.has(url.href) || seen.size >= MOST_PAGES) {
      throw broken(about.purpose, `the pages link in a circle (${redactUrl(url)})`);
    }
    seen.add(url.href);
    const response = await client.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      purpose: about.purpose,
      kind: 'list',
      scopes: about.scopes,
      bodyLimit: PAGE_LIMIT_BYTES,
      signal: about.signal,
    });
    if (response.status !== 200) {
      yield { refused: await refusalOf(response) };
      return;
    }
    const bytes = await response.bytes(PAGE_LIMIT_BYTES);
    read += bytes.length;
    if (read > LISTING_LIMIT_BYTES)
      throw broken(about.purpose, 'the list is longer than 512 MiB and does not end');
    yield { body: parseJson(bytes, about.purpose) };
    url = nextPage(client, url, response, about.purpose);
  }
}

function nextPage(
  client: RegistryClient,
  current: RequestUrl,
  response: HttpResponse,
  purpose: string,
): URL | null {
  const header = response.header('link');
  const target = parseLink(header, 'next');
  if (target === null) {
    // A listing that is cut short in silence would make tags look absent.
    if (header !== null && NEXT.test(header))
      throw broken(purpose, 'the Link header with the next page is malformed');
    return null;
  }
  if (!URL.canParse(target, current.href)) throw broken(purpose, 'the link to the next page is malformed');
  const next = new URL(target, current.href);
  // Never sent, so it must not make an old page look new.
  next.hash = '';
  // A registry behind a TLS-terminating proxy may name itself with http: the path is what counts then.
  if (next.host === client.base.host && next.protocol !== client.base.protocol)
    next.protocol = client.base.protocol;
  if (next.origin !== client.base.origin || next.username !== '' || next.password !== '') {
    throw broken(purpose, `the next page is on another host (${redactUrl(next)}) and is not followed`);
  }
  return next;
}

function parseJson(bytes: Uint8Array, purpose: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new TransportError('PROTOCOL', `could not ${purpose}: the answer is not JSON`, {
      cause,
      hint: 'Is this the registry, or a proxy or login page in front of it?',
    });
  }
}

function broken(purpose: string, why: string): TransportError {
  return new TransportError('PROTOCOL', `could not ${purpose}: ${why}`);
}

/** The error for a page whose JSON has another shape than the specification's. */
export function unexpectedShape(purpose: string, expected: string): TransportError {
  return broken(purpose, `the answer is JSON of another shape than ${expected}`);
}
