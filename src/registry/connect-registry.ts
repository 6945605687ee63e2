import { createAuthentication } from '../auth/authenticate.ts';
import type { Credential } from '../auth/credential.ts';
import type { SiteTraffic } from '../http/traffic.ts';
import { createTransport, type TransportOptions } from '../http/transport.ts';
import type { RegistryClient } from './registry-client.ts';

export interface RegistryConnectionOptions extends TransportOptions {
  /** The registry's base, ending in a slash. */
  readonly url: URL;
  readonly credential: Credential;
}

/** A connected registry client and the sockets under it. */
export interface RegistryConnection {
  readonly client: RegistryClient;
  /** Requests that may be in flight now. */
  inFlightLimit(): number;
  /** What was sent so far, tokens included. */
  traffic(): SiteTraffic;
  close(): Promise<void>;
}

/**
 * Puts authentication on top of the transport. The credential belongs to this registry: token requests take
 * the bare transport, whose redirects drop `Authorization` between origins.
 */
export function connectRegistry(options: RegistryConnectionOptions): RegistryConnection {
  const { url, credential, clock, logger } = options;
  const transport = createTransport(options);
  const authenticate = createAuthentication({
    registry: url,
    credential,
    clock,
    sendToken: transport.send,
    log: logger,
  });
  return {
    client: { base: url, send: authenticate(transport.send) },
    inFlightLimit: transport.limiter.limit,
    traffic: transport.traffic,
    close: transport.close,
  };
}
