import { messageOf, TransportError } from '../errors.ts';

/** How the user's flags for this connection are called, so that a hint can name them. */
export type FlagNamer = (ending: string) => string;

const CERTIFICATE_FAULTS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in a private CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuing CA is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuing CA is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuing CA is not known',
  CERT_UNTRUSTED: 'the certificate is not trusted',
};

const REFUSED_CODES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved just now',
};

type Fault = (kind: TransportError['code'], why: string, hint?: string) => TransportError;

/** A proxy that would not pass the request on; 5xx may be over soon, the rest will not. */
function proxyRefusal(status: number, fault: Fault): TransportError {
  const hint =
    status === 407
      ? 'Put user and password into HTTP_PROXY or HTTPS_PROXY (http://user:password@proxy:3128).'
      : 'Ask for the site to be allowed on the proxy, or name it in NO_PROXY.';
  return fault(status >= 500 ? 'UNREACHABLE' : 'PROTOCOL', `the proxy answered ${status}`, hint);
}

/** OpenSSL's messages end in a line break. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** The `code` of an undici or Node error, or of the error it wraps. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    // undici 7 looks its parser's code up by the wrong key and leaves it undefined.
    if (at.name === 'HTTPParserError') return 'HPE_INVALID';
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return '';
}

/**
 * Turns what undici, the sockets or TLS threw into one `TransportError` that says what was attempted, why it
 * failed in words, and which flag mends it. Errors of our own pass through.
 *
 * @param attempted e.g. `read the tag list of group/project at https://registry.example.com`
 */
export function transportFault(error: unknown, attempted: string, flag: FlagNamer): Error {
  if (error instanceof TransportError) return error;
  const code = codeOf(error);
  const fault: Fault = (kind, why, hint) =>
    new TransportError(
      kind,
      `could not ${attempted}: ${why}`,
      hint === undefined ? { cause: error } : { hint, cause: error },
    );

  const tunnel = /^Proxy response \((\d+)\)/.exec(messageOf(error));
  if (tunnel !== null) return proxyRefusal(Number(tunnel[1]), fault);
  if (/^Proxy Authentication Required/.test(messageOf(error))) return proxyRefusal(407, fault);
  const refused = REFUSED_CODES[code];
  if (refused !== undefined) {
    return fault('UNREACHABLE', refused, `Check ${flag('url')}, the network and HTTPS_PROXY/NO_PROXY.`);
  }
  const untrusted = CERTIFICATE_FAULTS[code];
  if (untrusted !== undefined) {
    return fault('TLS', `${untrusted} (${code})`, `Give the CA's certificate with ${flag('ca-file')}.`);
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return fault(
        'TLS',
        'the certificate has expired',
        `Renew it on the registry, or check this host's clock; ${flag('insecure')} reads on without verifying.`,
      );
    case 'CERT_NOT_YET_VALID':
      return fault('TLS', 'the certificate is not valid yet', 'Check the clocks of both hosts.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fault(
        'TLS',
        'the certificate is for another host name',
        `Use the name it is for in ${flag('url')}.`,
      );
    case 'UND_ERR_PRX_TLS':
      return fault('TLS', "the proxy's certificate is for another host name", 'Check HTTPS_PROXY.');
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return fault(
        'TLS',
        'the server does not speak TLS here',
        `Is the registry plain http? Then say http:// in ${flag('url')}.`,
      );
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return fault(
        'TIMEOUT',
        'no connection within the time limit',
        'Check the firewall between here and the site.',
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return fault(
        'TIMEOUT',
        'no answer within the time limit',
        "Raise --timeout, or look at the registry's load.",
      );
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return fault('BODY_TRUNCATED', 'the body is not as long as its Content-Length says');
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fault('PROTOCOL', 'the headers of the answer are too long');
    case 'UND_ERR_INVALID_ARG':
      return fault('PROTOCOL', messageOf(error));
    case 'UND_ERR_ABORTED':
      return fault('UNREACHABLE', `the connection was given up (${messageOf(error)})`);
  }
  if (code.startsWith('HPE_')) {
    return fault(
      'PROTOCOL',
      'the answer is not HTTP',
      `Is the registry behind TLS? Then say https:// in ${flag('url')}.`,
    );
  }
  if (code.includes('_ALERT_')) {
    return fault(
      'TLS',
      `the server refused the TLS handshake (${code})`,
      `It may want a client certificate: ${flag('cert-file')} and ${flag('key-file')}.`,
    );
  }
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.startsWith('CERT_'))
    return fault('TLS', `${firstLine(messageOf(error))} (${code})`);
  // Also what a TLS server does to plain http, and one that misses a client certificate to TLS 1.3.
  return fault(
    'UNREACHABLE',
    `the connection broke (${code || firstLine(messageOf(error))})`,
    `If the registry speaks TLS there, ${flag('url')} must say https:// in front, and it may want ${flag('cert-file')}.`,
  );
}
