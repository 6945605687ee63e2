import type { Exchange, Reply } from './exchange.ts';
import { errorReply, jsonReply } from './exchange.ts';
import type { RegistryUser } from './registry-options.ts';
import type { Route } from './routes.ts';

/** One right, as in a token scope: `repository:<path>:<actions>`. */
interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

interface Token {
  readonly grants: readonly Grant[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The tokens one embedded registry has given out. */
export class AccessControl {
  readonly #tokens = new Map<string, Token>();

  /** Null when the request may pass; else the 401 (or, for basic auth without the right, 403) to send. */
  check(exchange: Exchange, route: Route): Reply | null {
    const { options } = exchange;
    if (options.auth === 'none') return null;
    const needed = neededGrants(exchange, route);
    if (options.auth === 'token') return this.#checkToken(exchange, needed);
    const user = basicUser(exchange);
    if (!user) return unauthorized(needed, `Basic realm="embedded-registry"`);
    return needed.every((grant) => allowedTo(user, grant).length === grant.actions.length)
      ? null
      : denied(needed);
  }

  #checkToken(exchange: Exchange, needed: readonly Grant[]): Reply | null {
    const { options } = exchange;
    const realm = `${exchange.origin}/jwt/auth`;
    const scope = needed.map((grant) => `${grant.type}:${grant.name}:${grant.actions.join(',')}`).join(' ');
    const challenge = `Bearer realm="${realm}",service="${options.tokenService}"${scope && `,scope="${scope}"`}`;
    const sent = exchange.headers.authorization?.match(/^Bearer (.+)$/i)?.[1];
    if (sent === undefined) return unauthorized(needed, challenge);
    const token = this.#tokens.get(sent);
    if (!token || options.refuseTokens || options.now() >= token.expiresAt) {
      return unauthorized(needed, `${challenge},error="invalid_token"`);
    }
    const isCovered = (grant: Grant) => grant.actions.every((action) => covers(token.grants, grant, action));
    return needed.every(isCovered) ? null : unauthorized(needed, `${challenge},error="insufficient_scope"`);
  }

  /** `GET /jwt/auth`: exchanges basic credentials for a token with as many of the asked rights as the user has. */
  serveToken(exchange: Exchange): Reply {
    const { options } = exchange;
    const hasCredentials = exchange.headers.authorization !== undefined;
    const anonymous: RegistryUser = { password: '', access: { '*': ['pull'] } };
    const user = hasCredentials ? basicUser(exchange) : options.anonymousPull ? anonymous : undefined;
    const isService = exchange.query.get('service') === options.tokenService;
    if (!user || !isService) {
      return errorReply('UNAUTHORIZED', {
        message: 'HTTP Basic: Access denied',
        headers: { 'Www-Authenticate': 'Basic realm="GitLab Container Registry"' },
      });
    }
    const asked = exchange.query
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .flatMap(parseScope);
    const grants = asked.map((grant) => ({ ...grant, actions: allowedTo(user, grant) }));
    const token = `embedded-token-${this.#tokens.size + 1}`;
    const issuedAt = options.now();
    this.#tokens.set(token, { grants, expiresAt: issuedAt + options.expiresIn * 1000 });
    return jsonReply({ token, expires_in: options.expiresIn, issued_at: new Date(issuedAt).toISOString() });
  }
}

function neededGrants(exchange: Exchange, route: Route): Grant[] {
  if (route.isCatalog) return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
  if (route.path === null) return [];
  const grants = [{ type: 'repository', name: route.path, actions: actionsOf(exchange.method) }];
  const from = exchange.method === 'POST' ? exchange.query.get('from') : null;
  if (from !== null) grants.push({ type: 'repository', name: from, actions: ['pull'] });
  return grants;
}

function actionsOf(method: string): string[] {
  if (method === 'DELETE') return ['delete'];
  return method === 'PUT' || method === 'POST' || method === 'PATCH' ? ['pull', 'push'] : ['pull'];
}

function basicUser({ headers, options }: Exchange): RegistryUser | undefined {
  const encoded = headers.authorization?.match(/^Basic (.+)$/i)?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const user = options.users[text.slice(0, colon)];
  return user?.password === text.slice(colon + 1) ? user : undefined;
}

function allowedTo(user: RegistryUser, grant: Grant): string[] {
  if (!user.access) return [...grant.actions];
  const allowed = user.access[grant.name] ?? user.access['*'] ?? [];
  return grant.actions.filter((action) => allowed.includes(action) || allowed.includes('*'));
}

function covers(grants: readonly Grant[], needed: Grant, action: string): boolean {
  return grants.some(
    ({ type, name, actions }) =>
      type === needed.type && name === needed.name && (actions.includes(action) || actions.includes('*')),
  );
}

function parseScope(scope: string): Grant[] {
  const match = scope.match(/^([^:]+):(.+):([^:]+)$/);
  return match ? [{ type: match[1] ?? '', name: match[2] ?? '', actions: (match[3] ?? '').split(',') }] : [];
}

function unauthorized(needed: readonly Grant[], challenge: string): Reply {
  return errorReply('UNAUTHORIZED', { detail: detailOf(needed), headers: { 'Www-Authenticate': challenge } });
}

function denied(needed: readonly Grant[]): Reply {
  return errorReply('DENIED', { detail: detailOf(needed) });
}

function detailOf(needed: readonly Grant[]): object[] | null {
  if (needed.length === 0) return null;
  return needed.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  );
}
