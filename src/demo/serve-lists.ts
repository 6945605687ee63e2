import { createHash } from 'node:crypto';
import { compareBytes } from '../core/byte-order.ts';
import type { Exchange, Reply } from './exchange.ts';
import { errorReply, jsonReply } from './exchange.ts';
import type { StoredRepository } from './storage.ts';

const DEFAULT_PAGE = 100;
const LARGEST_V1_PAGE = 1000;

/** `GET /v2/<path>/tags/list`: all and unsorted, or, with GitLab's database, sorted and paged (`docs/facts.md` §4). */
export function serveTagList(exchange: Exchange, path: string): Reply {
  const repository = exchange.storage.repositories.get(path);
  if (!repository || !(repository.tagged || pagesTags(exchange))) {
    return errorReply('NAME_UNKNOWN', { detail: { name: path } });
  }
  const names = [...repository.tags.keys()];
  if (!pagesTags(exchange))
    return jsonReply({ name: path, tags: listOrNull(exchange, names.sort(asOnDisk)) });
  const page = pageOf(names, exchange, pageSize(exchange));
  const headers = nextLink(exchange, `/v2/${path}/tags/list`, page);
  return jsonReply({ name: path, tags: listOrNull(exchange, page.names) }, headers);
}

/** `GET /v2/_catalog`: sorted, 100 a page unless `n` says otherwise. */
export function serveCatalog(exchange: Exchange): Reply {
  const n = exchange.query.get('n');
  if (Number(n) > LARGEST_V1_PAGE) {
    return errorReply('PAGINATION_NUMBER_INVALID', { detail: { n: Number(n) } });
  }
  // Measured: Distribution 2.8.2 gives nothing for 0 and its usual page for what is no number.
  if (n === '0') return jsonReply({ repositories: [] });
  const page = pageOf([...exchange.storage.repositories.keys()], exchange, pageSize(exchange));
  return jsonReply({ repositories: page.names }, nextLink(exchange, '/v2/_catalog', page));
}

/** `GET /gitlab/v1/repositories/<path>/tags/list/`: what the database knows of each tag (`docs/facts.md` §2). */
export function serveTagDetails(exchange: Exchange, path: string): Reply {
  const n = exchange.query.get('n');
  if (n !== null && !(/^\d+$/.test(n) && Number(n) >= 1 && Number(n) <= LARGEST_V1_PAGE)) {
    const detail = { parameter: 'n', min: 1, max: LARGEST_V1_PAGE };
    return errorReply('INVALID_QUERY_PARAMETER_VALUE', { detail });
  }
  const repository = exchange.storage.repositories.get(path);
  if (!repository) return errorReply('NAME_UNKNOWN', { detail: { name: path } });
  // A tag of the database is a row that refers to a manifest: it cannot be broken, nor point at nothing.
  const names = [...repository.tags]
    .filter(([, tag]) => repository.manifests.has(tag.link))
    .map(([name]) => name);
  const page = pageOf(names, exchange, pageSize(exchange));
  const entries = page.names.map((name) => detailsOf(repository, name));
  return jsonReply(entries, nextLink(exchange, `/gitlab/v1/repositories/${path}/tags/list/`, page));
}

function detailsOf(repository: StoredRepository, name: string): object {
  const tag = repository.tags.get(name);
  const manifest = tag && repository.manifests.get(tag.link);
  if (!tag || !manifest) throw new TypeError(`no manifest behind ${name}`);
  const content = JSON.parse(Buffer.from(manifest.bytes).toString()) as {
    config?: { digest?: string };
    layers?: { size?: number }[];
  };
  const layers = content.layers ?? [];
  return {
    name,
    digest: tag.link,
    ...(content.config?.digest !== undefined && { config_digest: content.config.digest }),
    media_type: manifest.mediaType,
    size_bytes: layers.reduce((sum, layer) => sum + (layer.size ?? 0), 0),
    created_at: stamp(tag.createdAt),
    ...(tag.updatedAt.getTime() !== tag.createdAt.getTime() && { updated_at: stamp(tag.updatedAt) }),
    published_at: stamp(tag.updatedAt),
  };
}

function stamp(at: Date): string {
  return at.toISOString().replace('Z', '+00:00');
}

interface Page {
  readonly names: string[];
  readonly size: number;
  readonly more: boolean;
}

function pageOf(names: string[], exchange: Exchange, size: number): Page {
  const last = exchange.query.get('last') ?? '';
  const after = names.sort(compareBytes).filter((name) => last === '' || compareBytes(name, last) > 0);
  return { names: after.slice(0, size), size, more: after.length > size };
}

function pageSize(exchange: Exchange): number {
  const n = Number.parseInt(exchange.query.get('n') ?? '', 10);
  return Math.min(n > 0 ? n : DEFAULT_PAGE, exchange.options.maxPageSize);
}

function nextLink(exchange: Exchange, path: string, page: Page): Record<string, string> {
  const last = page.names.at(-1);
  if (!page.more || last === undefined) return {};
  const query = new URLSearchParams({ last, n: String(page.size) });
  return { Link: `<${exchange.options.prefix}${path}?${query}>; rel="next"` };
}

function pagesTags({ options }: Exchange): boolean {
  return options.flavour === 'gitlab' && options.database;
}

function listOrNull(exchange: Exchange, names: string[]): string[] | null {
  const isNull = exchange.options.nullTags ?? exchange.options.flavour === 'distribution';
  return names.length === 0 && isNull ? null : names;
}

/** A fixed order that is neither sorted nor that of the pushes: a directory gives its entries in such a one. */
function asOnDisk(a: string, b: string): number {
  return compareBytes(scrambled(a), scrambled(b));
}

function scrambled(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
