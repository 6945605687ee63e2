import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEPENDENCY_PROXY, NARROW } from '../core/accept.ts';
import { type Exchange, emptyReply, errorReply, jsonReply, type Reply } from './exchange.ts';
import { defaultOptions } from './registry-options.ts';
import { serveBlob } from './serve-blobs.ts';
import { serveManifest } from './serve-manifests.ts';
import { RegistryStorage } from './storage.ts';
import { UploadStore } from './uploads.ts';

/** How the embedded dependency proxy behaves. All may be changed while it runs. */
export interface DependencyProxyOptions {
  /** The group whose proxy it is. */
  group: string;
  /** Whether it accepts OCI indexes, as GitLab does since the fix (`docs/facts.md` §9). */
  fixed: boolean;
  /** Passwords by user name; a token is given for these only. */
  users: Record<string, string>;
  /** Turned off for the group: everything is the web application's 404. */
  enabled: boolean;
}

/** A GitLab with a dependency proxy, in this process, on a real socket. */
export interface EmbeddedDependencyProxy {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  /** What the registry upstream of it holds. */
  readonly upstream: RegistryStorage;
  readonly options: DependencyProxyOptions;
  /** `GET /v2/…` of everything that came, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** What the web application says to a path that it does not know, or does not show. */
const NOT_FOUND_PAGE = `<!DOCTYPE html>
<html>
<head>
  <meta content="width=device-width, initial-scale=1, maximum-scale=1" name="viewport">
  <title>The page you're looking for could not be found (404)</title>
  <style>body { color: #666; text-align: center; }</style>
</head>
<body>
  <h1>404</h1>
  <h3>The page could not be found or you don't have permission to view it.</h3>
</body>
</html>
`;
const SERVICE = 'dependency_proxy';

/**
 * Starts a dependency proxy in front of a storage: tokens of the service `dependency_proxy` by challenge; before
 * the fix an image that is an OCI index is the web application's HTML 404, after it it is served.
 */
export async function startEmbeddedDependencyProxy(
  given: Partial<DependencyProxyOptions> & { readonly upstream?: RegistryStorage } = {},
): Promise<EmbeddedDependencyProxy> {
  const { upstream = new RegistryStorage(), ...switches } = given;
  const options: DependencyProxyOptions = {
    group: 'group',
    fixed: false,
    users: { user: 'password' },
    enabled: true,
    ...switches,
  };
  const requests: string[] = [];
  const tokens = new Set<string>();
  let origin = '';

  function replyTo({ method = '', url = '', headers }: IncomingMessage): Reply {
    const { pathname, searchParams } = new URL(url, origin);
    if (pathname === '/jwt/auth') return issueToken(headers.authorization, searchParams.get('service'));
    if (!pathname.startsWith('/v2/')) return notFound();
    const sent = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    if (sent === undefined || !tokens.has(sent)) return challenge();
    if (pathname === '/v2/') return jsonReply({});
    const prefix = `/v2/${options.group}/dependency_proxy/containers/`;
    const [, image = '', kind, reference = ''] =
      /^(.+)\/(manifests|blobs)\/([^/]+)$/.exec(
        pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '',
      ) ?? [];
    if (!options.enabled || kind === undefined) return notFound();
    const exchange: Exchange = {
      method: method === 'HEAD' ? 'HEAD' : 'GET',
      pathname: `/v2/${image}/${kind}/${reference}`,
      query: searchParams,
      // What it accepts is its own affair: the client's header goes no further.
      headers: { accept: (options.fixed ? DEPENDENCY_PROXY : NARROW).header },
      body: Buffer.alloc(0),
      options: { ...defaultOptions(), flavour: 'distribution' },
      storage: upstream,
      uploads: new UploadStore(),
      origin,
    };
    const reply =
      kind === 'blobs' ? serveBlob(exchange, image, reference) : serveManifest(exchange, image, reference);
    return reply.status === 200 ? reply : notFound();
  }

  function challenge(): Reply {
    const header = `Bearer realm="${origin}/jwt/auth",service="${SERVICE}"`;
    return errorReply('UNAUTHORIZED', { headers: { 'Www-Authenticate': header } });
  }

  function issueToken(authorization: string | undefined, service: string | null): Reply {
    const basic = Buffer.from(/^Basic (.+)$/i.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
    const colon = basic.indexOf(':');
    const password = Object.hasOwn(options.users, basic.slice(0, colon))
      ? options.users[basic.slice(0, colon)]
      : undefined;
    if (service !== SERVICE || colon < 0 || password !== basic.slice(colon + 1))
      return errorReply('UNAUTHORIZED', { message: 'HTTP Basic: Access denied' });
    const token = `dependency-proxy-token-${tokens.size + 1}`;
    tokens.add(token);
    return jsonReply({ token });
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    const reply = replyTo(request);
    response.writeHead(reply.status, { ...reply.headers, 'Content-Length': reply.body.length });
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin,
    upstream,
    options,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function notFound(): Reply {
  const body = Buffer.from(NOT_FOUND_PAGE);
  return { ...emptyReply(404, { 'Content-Type': 'text/html; charset=utf-8' }), body };
}
