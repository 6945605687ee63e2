import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';

/** The addresses of a host name; rejects as `dns.lookup` does (`ENOTFOUND`, `EAI_AGAIN`, …). */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** Asks the system as every other program does, hosts file included. */
export const systemLookUp: LookUp = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Where to connect: a host without brackets, and a port. */
export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The target of a registry's URL. */
export function targetOf(url: URL, timeoutMs: number, signal: AbortSignal): SocketTarget {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, timeoutMs, signal };
}

/**
 * Opens a TCP connection and closes it.
 *
 * @returns the address that answered
 * @throws the socket's error, or one with the code `ETIMEDOUT`
 */
export async function probeTcp(target: SocketTarget): Promise<string> {
  const socket = connectTcp({ host: target.host, port: target.port });
  try {
    await opened(socket, 'connect', target);
    return socket.remoteAddress ?? target.host;
  } finally {
    socket.destroy();
  }
}

/** One certificate of the chain a server sent. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly validFrom: number;
  readonly validTo: number;
}

/** What a TLS handshake showed, whether or not the certificate is to be trusted. */
export interface TlsFacts {
  /** `TLSv1.3`, … */
  readonly protocol: string;
  /** The server's own certificate first, then what leads to its root as far as it is known. */
  readonly chain: readonly CertificateFacts[];
  /** OpenSSL's code for why the chain is not trusted (`SELF_SIGNED_CERT_IN_CHAIN`, `CERT_HAS_EXPIRED`, …), or null. */
  readonly chainFault: string | null;
  /** Why the certificate is not for this host, in Node's words, or null. */
  readonly nameFault: string | null;
}

/**
 * Shakes hands and looks at the certificate, without refusing a bad one.
 *
 * @throws the socket's error when there is no handshake
 */
export async function probeTls(
  target: SocketTarget,
  tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>,
): Promise<TlsFacts> {
  const { host, port } = target;
  const { ca, cert, key } = tls;
  const socket = connectTls({
    host,
    port,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // A name indication must not be an address (RFC 6066).
    servername: isIP(host) === 0 ? host : '',
    // The name is looked at below, so that a wrong name and a broken chain are told apart.
    checkServerIdentity: () => undefined,
    rejectUnauthorized: false,
  });
  try {
    await opened(socket, 'secureConnect', target);
    return factsOf(socket, host);
  } finally {
    socket.destroy();
  }
}

function factsOf(socket: TLSSocket, host: string): TlsFacts {
  const own = socket.getPeerCertificate(true);
  const chain: CertificateFacts[] = [];
  const seen = new Set<string>();
  for (
    let at: typeof own | undefined = own;
    at?.fingerprint256 && !seen.has(at.fingerprint256);
    at = at.issuerCertificate
  ) {
    seen.add(at.fingerprint256);
    chain.push({
      subject: nameOf(at.subject),
      issuer: nameOf(at.issuer),
      validFrom: Date.parse(at.valid_from),
      validTo: Date.parse(at.valid_to),
    });
  }
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    chain,
    chainFault: socket.authorized ? null : String(socket.authorizationError ?? 'unknown'),
    nameFault: checkServerIdentity(host, own)?.message ?? null,
  };
}

function nameOf(name: object): string {
  const { CN, O } = name as Record<string, unknown>;
  return String(CN ?? O ?? 'no name');
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', target: SocketTarget): Promise<void> {
  const { host, port, timeoutMs, signal } = target;
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(Object.assign(new Error(`no connection to ${host}:${port} in time`), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(giveUp, timeoutMs);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (end: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    if (signal.aborted) onAbort();
    socket.once(event, () => settle(resolve));
    // Also after the first: a destroyed socket may complain once more.
    socket.on('error', (error) => settle(() => reject(error)));
    socket.once('close', () =>
      settle(() =>
        reject(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })),
      ),
    );
  });
}
