import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A project of the embedded GitLab. */
export interface EmbeddedProject {
  readonly id: number;
  /** Full path, e.g. `group/sub/project`; its groups come into being with it. */
  readonly path: string;
  /** Container repositories by their registry path. */
  readonly repositories: readonly string[];
  /** Off: a group's list leaves the project out, and its own is 403. Default on. */
  readonly registryEnabled?: boolean;
}

/** Switches of the embedded GitLab; they may be changed while it runs. */
export interface GitlabOptions {
  projects: EmbeddedProject[];
  /** Group numbers by full path, for requests by number. */
  groupIds: Record<string, number>;
  /** The only token that is let in; null for everybody. */
  token: string | null;
  /** `keyset` pages by an opaque cursor, as newer endpoints do. */
  paging: 'page' | 'keyset';
  /** What `Link` is made with in place of the address that was asked, as GitLab does; null for that address. */
  linkOrigin: string | null;
  /** A proxy that strips `Link`. */
  stripLinks: boolean;
  /** No page is longer than this. */
  maxPageSize: number;
  /** `registry['notification_secret']`: what registry events must come with. */
  notificationSecret: string;
  /** Mounted under this path, without a slash at the end (relative URL root). */
  prefix: string;
}

/** A request the embedded GitLab saw. */
export interface GitlabRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** GitLab's REST API, as far as repositories and registry events go, on a real socket. */
export interface EmbeddedGitlab {
  /** With the prefix, without a slash at the end. */
  readonly url: string;
  readonly options: GitlabOptions;
  readonly requests: GitlabRequest[];
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startEmbeddedGitlab(given: Partial<GitlabOptions> = {}): Promise<EmbeddedGitlab> {
  const options: GitlabOptions = {
    projects: [],
    groupIds: {},
    token: null,
    paging: 'page',
    linkOrigin: null,
    stripLinks: false,
    maxPageSize: 100,
    notificationSecret: 'secret',
    prefix: '',
    ...given,
  };
  const requests: GitlabRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    requests.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
    const reply = answer(request, options, origin);
    response.writeHead(reply.status, { 'Content-Type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    get url() {
      return `${origin}${options.prefix}`;
    },
    options,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

function answer(request: IncomingMessage, options: GitlabOptions, origin: string): Answer {
  const url = new URL(request.url ?? '/', origin);
  const path = url.pathname.startsWith(`${options.prefix}/`) ? url.pathname.slice(options.prefix.length) : '';
  if (request.method === 'POST' && path === '/api/v4/container_registry_event/events') {
    const isRight = request.headers.authorization === options.notificationSecret;
    return isRight ? { status: 200, body: null } : { status: 401, body: { message: '401 Unauthorized' } };
  }
  const match = /^\/api\/v4\/(projects|groups)\/([^/]+)\/registry\/repositories$/.exec(path);
  if (match === null || request.method !== 'GET') return { status: 404, body: { error: '404 Not Found' } };
  const [, kind, encoded = ''] = match;
  if (options.token !== null && request.headers['private-token'] !== options.token) {
    return { status: 401, body: { message: '401 Unauthorized' } };
  }
  const id = decodeURIComponent(encoded);
  const found = kind === 'projects' ? ofProject(options, id) : ofGroup(options, id);
  if (found === 403) return { status: 403, body: { message: '403 Forbidden' } };
  if (found === 404) {
    return { status: 404, body: { message: `404 ${kind === 'projects' ? 'Project' : 'Group'} Not Found` } };
  }
  const { entries, next } = pageOf(found, url.searchParams, options);
  return { status: 200, body: entries, headers: next === null ? {} : nextHeaders(next, url, options) };
}

type Entry = { id: number; name: string; path: string; project_id: number };

function ofProject({ projects }: GitlabOptions, id: string): Entry[] | 403 | 404 {
  const project = projects.find((one) => String(one.id) === id || one.path === id);
  if (project === undefined) return 404;
  return project.registryEnabled === false ? 403 : entriesOf(project);
}

/** Descendant groups included, projects without a registry left out, as in GitLab. */
function ofGroup({ projects, groupIds }: GitlabOptions, id: string): Entry[] | 404 {
  const path = Object.entries(groupIds).find(([, number]) => String(number) === id)?.[0] ?? id;
  const within = projects.filter((project) => project.path.startsWith(`${path}/`));
  return within.length === 0
    ? 404
    : within.filter(({ registryEnabled }) => registryEnabled !== false).flatMap(entriesOf);
}

function entriesOf({ id, repositories }: EmbeddedProject): Entry[] {
  return repositories.map((path, index) => ({ id: id * 1000 + index, name: '', path, project_id: id }));
}

function pageOf(entries: readonly Entry[], query: URLSearchParams, options: GitlabOptions) {
  const size = Math.min(Number(query.get('per_page') ?? 20), options.maxPageSize);
  const page = Number(query.get('page') ?? 1);
  const start =
    options.paging === 'keyset'
      ? Number(Buffer.from(query.get('cursor') ?? '', 'base64url').toString())
      : (page - 1) * size;
  const end = start + size;
  const next = end >= entries.length ? null : new URLSearchParams({ per_page: String(size) });
  if (options.paging === 'keyset') next?.set('cursor', Buffer.from(String(end)).toString('base64url'));
  else next?.set('page', String(page + 1));
  return { entries: entries.slice(start, end), next };
}

function nextHeaders(next: URLSearchParams, url: URL, options: GitlabOptions): Record<string, string> {
  const page = next.get('page');
  const link = `<${options.linkOrigin ?? url.origin}${url.pathname}?${next}>; rel="next"`;
  return { ...(options.stripLinks ? {} : { Link: link }), ...(page !== null && { 'X-Next-Page': page }) };
}
