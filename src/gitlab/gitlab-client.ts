import type { Send } from '../http/message.ts';
import { createTransport, type TransportOptions } from '../http/transport.ts';

/** A connection to a GitLab instance's REST API. */
export interface GitlabClient {
  /** GitLab's base URL, ending in a slash; may hold a path prefix (relative URL root). */
  readonly base: URL;
  readonly send: Send;
}

/** A connected client and the sockets under it. */
export interface GitlabConnection {
  readonly client: GitlabClient;
  close(): Promise<void>;
}

export interface GitlabConnectionOptions extends TransportOptions {
  readonly url: URL;
  /** A personal, project or group access token with `read_api`; null for what everybody may see. */
  readonly token: string | null;
}

/**
 * Connects to GitLab's REST API. The token goes as `PRIVATE-TOKEN` to this origin alone: requests elsewhere
 * pass without it, and the transport takes it off a redirect to another origin.
 */
export function connectGitlab(options: GitlabConnectionOptions): GitlabConnection {
  const { url, token } = options;
  const transport = createTransport(options);
  const send: Send = (request) =>
    token === null || request.url.origin !== url.origin
      ? transport.send(request)
      : transport.send({ ...request, headers: { ...request.headers, 'private-token': token } });
  return { client: { base: url, send }, close: transport.close };
}
