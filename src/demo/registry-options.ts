import type { IncomingHttpHeaders } from 'node:http';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

/** A user of the embedded registry. */
export interface RegistryUser {
  readonly password: string;
  /** Actions by repository path, `*` for every path and for the catalog. Absent: everything is allowed. */
  readonly access?: Readonly<Record<string, readonly string[]>>;
}

/** A request as a fault hook sees it. */
export interface FaultRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** 1 for the first request with this method and path, 2 for the next, … */
  readonly count: number;
}

/** An answer in place of the registry's own. */
export interface FaultReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * What a fault hook makes of a request: its own answer, `reset` (the connection is torn down), `hang` (never an
 * answer), `truncate` (the registry's own answer, cut in the middle of its body) or undefined (no fault).
 */
export type Fault = FaultReply | 'reset' | 'hang' | 'truncate' | undefined;

/** Every switch of the embedded registry. All may be changed while it runs; the next request sees the change. */
export interface RegistryOptions {
  /** Whose behaviour to show: GitLab's registry, or CNCF Distribution 2.8.2. */
  flavour: 'gitlab' | 'distribution';
  /** GitLab's metadata database: sorted and paged tags, `/gitlab/v1/`. Means nothing to `distribution`. */
  database: boolean;
  /** `Gitlab-Container-Registry-Version`. */
  version: string;
  /** `Gitlab-Container-Registry-Features`; `tag_delete` among them is what makes delete by tag work. */
  features: string[];
  /** `DELETE /v2/<path>/tags/reference/<tag>`, as GitLab's registry had before 16.4. */
  tagReferenceDelete: boolean;
  deleteEnabled: boolean;
  /** Maintenance mode: every write is 405. */
  readOnly: boolean;
  /** Whether a schema 1 manifest is taken by PUT. Distribution 2.8.2 refuses by default; GitLab always does. */
  schema1: boolean;
  /**
   * A repository without tags lists `null`, else `[]` (both are valid, `docs/facts.md` §4); undefined: as the
   * flavour does.
   */
  nullTags: boolean | undefined;
  /** Whether layers with `urls` are taken; Distribution refuses them with 500 until it is configured to. */
  allowLayerUrls: boolean;
  /** No page of tags or repositories is longer than this, whatever `n` says. */
  maxPageSize: number;
  /** How clients prove who they are; `token` uses this server's own `/jwt/auth`. */
  auth: 'none' | 'basic' | 'token';
  users: Record<string, RegistryUser>;
  /** The token service gives pull rights to a request without credentials. */
  anonymousPull: boolean;
  tokenService: string;
  /** Lifetime of a token in seconds. */
  expiresIn: number;
  /** Every token is refused with `error="invalid_token"`, as with a wrong key, issuer or audience. */
  refuseTokens: boolean;
  /** Milliseconds before each answer. */
  latency: number;
  /** What the service is mounted under, e.g. `/registry`; no slash at the end. */
  prefix: string;
  /**
   * Base URL of the server blob GETs are redirected to (307 to `<base>/storage/<path>/<digest>`); null for none.
   * An embedded registry with the same storage can be that server: it refuses `Authorization` there, as S3 does.
   */
  redirectBlobsTo: string | null;
  /** Upload `Location`s without scheme and host. */
  relativeLocations: boolean;
  /** Consulted before every answer. */
  fault: ((request: FaultRequest) => Fault | Promise<Fault>) | undefined;
  /** Milliseconds since 1970: the `Date` header and the age of tokens. */
  now: () => number;
}

/** What cannot change while the server runs. */
export interface ListenOptions {
  /** 0 picks a free port. */
  readonly port?: number;
  /** Serve https with this key and certificate; `requestCert` and `ca` ask for a client's. */
  readonly tls?: SecureContextOptions & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;
}

/** A GitLab registry of today with its database, open to everyone. */
export function defaultOptions(): RegistryOptions {
  return {
    flavour: 'gitlab',
    database: true,
    version: '4.30.0-gitlab',
    features: ['tag_delete'],
    tagReferenceDelete: false,
    deleteEnabled: true,
    readOnly: false,
    schema1: false,
    nullTags: undefined,
    allowLayerUrls: true,
    maxPageSize: Number.POSITIVE_INFINITY,
    auth: 'none',
    users: {},
    anonymousPull: false,
    tokenService: 'container_registry',
    expiresIn: 300,
    refuseTokens: false,
    latency: 0,
    prefix: '',
    redirectBlobsTo: null,
    relativeLocations: false,
    fault: undefined,
    now: Date.now,
  };
}
