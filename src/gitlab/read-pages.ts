import { redact } from '../auth/token-error.ts';
import { TransportError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { parseLink } from '../registry/link-header.ts';
import type { GitlabClient } from './gitlab-client.ts';

/** The most that GitLab gives a page. */
const PAGE_SIZE = 100;
const PAGE_LIMIT_BYTES = 16 * 1024 * 1024;
/** Five million entries; only an API that never ends reaches it. */
const MOST_PAGES = 50_000;

/** What looks like `rel="next"`, however broken the rest is. */
const NEXT = /\brel\s*=\s*"?[^";,]*\bnext\b/i;

/** One page of a GitLab listing; `refused` ends the listing. */
export type GitlabPage =
  | { readonly kind: 'page'; readonly body: unknown }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** GitLab's own words, without secrets; may be empty. */
      readonly message: string;
    };

/**
 * Reads a listing of GitLab's REST API page by page: along `Link: rel="next"`, which serves page and keyset
 * paging alike, or by `X-Next-Page` where a proxy strips `Link`. Only the query of a link is taken, since GitLab
 * writes links with its configured host, which need not be the one that was asked: the token stays at one host.
 *
 * @param relative the listing below the instance's base, without a query
 * @throws TransportError when a page does not come, is not JSON, or its link to the next one is malformed or goes in
 *   a circle: a listing that is cut short in silence would leave repositories out
 */
export async function* readGitlabPages(
  client: GitlabClient,
  relative: string,
  purpose: string,
  signal?: AbortSignal,
): AsyncGenerator<GitlabPage> {
  const seen = new Set<string>();
  const first = new URL(relative, client.base);
  let query: URLSearchParams | null = new URLSearchParams({ per_page: String(PAGE_SIZE) });
  while (query !== null) {
    const url = new URL(first);
    url.search = query.toString();
    if (seen.has(url.href) || seen.size >= MOST_PAGES) {
      throw new TransportError('PROTOCOL', `could not ${purpose}: the pages link in a circle`);
    }
    seen.add(url.href);
    const response = await client.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      purpose,
      bodyLimit: PAGE_LIMIT_BYTES,
      signal,
    });
    const body = parseJson(await response.bytes(PAGE_LIMIT_BYTES));
    if (response.status !== 200) {
      yield { kind: 'refused', status: response.status, message: wordsOf(body) };
      return;
    }
    if (body === undefined) {
      throw new TransportError('PROTOCOL', `could not ${purpose}: the answer is not JSON`, {
        hint: 'Is --gitlab-url the address of GitLab itself, or is a login page in front of it?',
      });
    }
    yield { kind: 'page', body };
    query = nextQuery(response, query, purpose);
  }
}

function nextQuery(
  response: HttpResponse,
  current: URLSearchParams,
  purpose: string,
): URLSearchParams | null {
  const malformed = (header: string) =>
    new TransportError(
      'PROTOCOL',
      `could not ${purpose}: the ${header} header with the next page is malformed`,
    );
  const header = response.header('link');
  const link = parseLink(header, 'next');
  if (link !== null && URL.canParse(link, response.url.href))
    return new URL(link, response.url.href).searchParams;
  if (link !== null || (header !== null && NEXT.test(header))) throw malformed('Link');
  const page = response.header('x-next-page')?.trim() ?? '';
  if (page === '') return null;
  if (!/^\d+$/.test(page)) throw malformed('X-Next-Page');
  const next = new URLSearchParams(current);
  next.set('page', page);
  return next;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `{"message": "404 Group Not Found"}` or OAuth's `{"error", "error_description"}`. */
function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, error, error_description: description } = body as Record<string, unknown>;
  const text = [message, description, error].find((value) => typeof value === 'string');
  return typeof text === 'string' ? redact(text, []) : '';
}
