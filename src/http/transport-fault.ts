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

/** The `code` of an undici or Node error, or of the error it wraps. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
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
  const fault = (kind: TransportError['code'], why: string, hint?: string) =>
    new TransportError(
      kind,
      `could not ${attempted}: ${why}`,
      hint === undefined ? { cause: error } : { hint, cause: error },
    );

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
        "Renew it on the registry, or check this host's clock.",
      );
    case 'CERT_NOT_YET_VALID':
      return fault('TLS', 'the certificate is not valid yet', 'Check the clocks of both hosts.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fault(
        'TLS',
        'the certificate is for another host name',
        `Use the name it is for in ${flag('url')}.`,
      );
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
    case 'UND_ERR_ABORTED':
    case 'ABORT_ERR':
      return error instanceof Error ? error : fault('UNREACHABLE', 'aborted');
  }
  if (code.startsWith('HPE_')) {
    return fault(
      'PROTOCOL',
      `the answer is not HTTP (${code})`,
      `Is the registry behind TLS? Then say https:// in ${flag('url')}.`,
    );
  }
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.startsWith('CERT_'))
    return fault('TLS', `${messageOf(error)} (${code})`);
  return fault('UNREACHABLE', `the connection broke (${code || messageOf(error)})`);
}
