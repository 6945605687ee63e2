import { isDigest } from '../core/digest.ts';
import { parseRepositoryPath } from '../core/repository-path.ts';
import { isTagName } from '../core/tag.ts';
import { deleteManifest, deleteTagReference, putManifest } from './change-manifests.ts';
import type { Exchange, Reply } from './exchange.ts';
import { emptyReply, jsonReply, movedReply, textReply } from './exchange.ts';
import { beginUpload, continueUpload, serveBlob, serveObject } from './serve-blobs.ts';
import { serveCatalog, serveTagDetails, serveTagList } from './serve-lists.ts';
import { serveManifest } from './serve-manifests.ts';

/** The rights a route needs on a repository, or `catalog`; null for a route that only needs a known user. */
export interface Route {
  readonly path: string | null;
  readonly isCatalog: boolean;
  readonly methods: Readonly<Record<string, () => Reply>>;
}

/** Finds what a request asks for; null when no registry has such a path. */
export function routeOf(exchange: Exchange): Route | Reply | null {
  const { pathname } = exchange;
  if (pathname === '/v2' || isUnslashedV1(exchange))
    return movedReply(`${exchange.options.prefix}${pathname}/`);
  if (pathname === '/v2/') return route(null, { GET: () => ping(exchange), HEAD: () => ping(exchange) });
  if (pathname === '/v2/_catalog') {
    return { ...route(null, { GET: () => serveCatalog(exchange) }), isCatalog: true };
  }
  const v1 = pathname.match(/^\/gitlab\/v1\/(?:repositories\/(.+)\/tags\/list\/)?$/);
  if (v1) return routeOfV1(exchange, v1[1]);
  const found = pathname.match(
    /^\/v2\/(.+?)\/(tags\/list|(?:manifests|blobs\/uploads|blobs|tags\/reference)\/[^/]*)$/,
  );
  const [, name = '', resource = ''] = found ?? [];
  if (parseRepositoryPath(name) !== name) return null;
  const methods = methodsOf(exchange, name, resource);
  return methods && route(name, writable(exchange, methods));
}

/** The object-storage path a blob redirect leads to; not part of the registry, so no rights apply. */
export function storageRouteOf(exchange: Exchange): Reply | null {
  const found = exchange.pathname.match(/^\/storage\/(.+)\/([^/]+)$/);
  return found ? serveObject(exchange, found[1] ?? '', found[2] ?? '') : null;
}

function methodsOf(exchange: Exchange, path: string, resource: string): Route['methods'] | null {
  if (resource === 'tags/list') return { GET: () => serveTagList(exchange, path) };
  const slash = resource.lastIndexOf('/');
  const last = resource.slice(slash + 1);
  const read = () => serveManifest(exchange, path, last);
  const blob = () => serveBlob(exchange, path, last);
  const upload = () => continueUpload(exchange, path, last);
  switch (resource.slice(0, slash)) {
    case 'manifests':
      if (!isTagName(last) && !isDigest(last)) return null;
      return {
        GET: read,
        HEAD: read,
        PUT: () => putManifest(exchange, path, last),
        DELETE: () => deleteManifest(exchange, path, last),
      };
    case 'blobs':
      if (!isDigest(last)) return null;
      return { GET: blob, HEAD: blob, DELETE: blob };
    case 'blobs/uploads':
      if (last === '') return { GET: upload, HEAD: upload, POST: () => beginUpload(exchange, path) };
      return { GET: upload, HEAD: upload, PATCH: upload, PUT: upload, DELETE: upload };
    default:
      if (!exchange.options.tagReferenceDelete) return null;
      return { DELETE: () => deleteTagReference(exchange, path, last) };
  }
}

function routeOfV1(exchange: Exchange, path: string | undefined): Route | null {
  if (!hasV1(exchange)) return null;
  if (path !== undefined) return route(path, { GET: () => serveTagDetails(exchange, path) });
  return route(null, { GET: () => jsonReply({}), HEAD: () => jsonReply({}) });
}

function hasV1({ options }: Exchange): boolean {
  return options.flavour === 'gitlab' && options.database;
}

function isUnslashedV1(exchange: Exchange): boolean {
  return hasV1(exchange) && /^\/gitlab\/v1(?:\/repositories\/.+\/tags\/list)?$/.test(exchange.pathname);
}

function route(path: string | null, methods: Route['methods']): Route {
  return { path, isCatalog: false, methods };
}

/** In maintenance mode the writing methods are not even routed, so `OPTIONS` does not name them either. */
function writable(exchange: Exchange, methods: Route['methods']): Route['methods'] {
  if (!exchange.options.readOnly) return methods;
  return Object.fromEntries(
    Object.entries(methods).filter(([method]) => method === 'GET' || method === 'HEAD'),
  );
}

function ping({ options }: Exchange): Reply {
  const gitlab = {
    'Gitlab-Container-Registry-Version': options.version,
    'Gitlab-Container-Registry-Features': options.features.join(','),
    'Gitlab-Container-Registry-Database-Enabled': String(options.database),
  };
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(options.flavour === 'gitlab' && { 'Content-Type': 'application/json', ...gitlab }),
    },
    body: Buffer.from('{}'),
  };
}

/** Runs a route's method: `OPTIONS` names the methods, an unknown one is 405, as Go's method handler does. */
export function run(exchange: Exchange, { methods }: Route): Reply {
  const handle = methods[exchange.method];
  if (handle) return handle();
  const headers = { Allow: Object.keys(methods).sort().join(', ') };
  if (exchange.method === 'OPTIONS') return emptyReply(200, headers);
  return textReply(405, 'Method not allowed', headers);
}
