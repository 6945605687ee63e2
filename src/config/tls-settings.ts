import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates } from 'node:tls';
import { messageOf, UsageError } from '../errors.ts';
import type { UndiciSendOptions } from '../http/undici-send.ts';
import { readOptionFile } from './read-file.ts';
import type { Environment, ResolvedOptions } from './resolve-options.ts';

export type TlsSettings = NonNullable<UndiciSendOptions['tls']>;

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/**
 * The TLS settings of one site. Certificates are looked at here, where one line can still say which file is at
 * fault, and not in the handshake.
 *
 * @param prefix `primary-`, `secondary-` or empty
 * @param now milliseconds since the epoch, for what has expired
 * @throws UsageError naming the flag and the file
 */
export function tlsSettings(
  options: ResolvedOptions,
  prefix: string,
  environment: Environment,
  now: number,
): TlsSettings {
  const read = (ending: string) => {
    const path = options.text(`${prefix}${ending}`);
    if (path === null) return null;
    return {
      flag: `--${prefix}${ending}`,
      path,
      pem: readOptionFile(path, options.source(`${prefix}${ending}`)),
    };
  };
  const cert = read('cert-file');
  const key = read('key-file');
  if ((cert === null) !== (key === null)) {
    throw new UsageError(`--${prefix}cert-file and --${prefix}key-file belong together: one is missing`);
  }
  const ca = read('ca-file');
  // One authority of a bundle may have ended its days without harm; all of them may not.
  if (ca !== null) requireValid(certificatesOf(ca), ca, now);
  if (cert !== null && key !== null) {
    requireValid(certificatesOf(cert).slice(0, 1), cert, now);
    requirePair(cert, key);
  }
  return {
    ...trustedAuthorities(ca?.pem ?? null, environment),
    ...(cert !== null && key !== null && { cert: cert.pem, key: key.pem }),
    ...(options.flag(`${prefix}insecure`) && { rejectUnauthorized: false }),
  };
}

interface PemFile {
  readonly flag: string;
  readonly path: string;
  readonly pem: string;
}

function certificatesOf({ flag, path, pem }: PemFile): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new UsageError(`${flag}: ${path} holds no certificate in PEM`);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new UsageError(`${flag}: ${path} holds a certificate that cannot be read`, { cause });
    }
  });
}

function requireValid(certificates: readonly X509Certificate[], { flag, path }: PemFile, now: number): void {
  const ends = certificates.map(({ validTo }) => validTo);
  if (ends.every((end) => Date.parse(end) < now)) {
    throw new UsageError(`${flag}: the certificate in ${path} has expired (${ends[0]})`);
  }
}

function requirePair(cert: PemFile, key: PemFile): void {
  try {
    createSecureContext({ cert: cert.pem, key: key.pem });
  } catch (cause) {
    const why = /mismatch/i.test(messageOf(cause))
      ? `does not belong to ${cert.path}`
      : 'is no private key that can be used';
    throw new UsageError(`${key.flag}: ${key.path} ${why}`, { cause });
  }
}

/**
 * The authorities that are trusted: those of the system (`SSL_CERT_FILE`, else Node's own), and a private CA in
 * addition, since a blob may redirect to an object storage with a public certificate.
 */
export function trustedAuthorities(ca: string | null, environment: Environment): TlsSettings {
  const system = environment.SSL_CERT_FILE
    ? readOptionFile(environment.SSL_CERT_FILE, 'environment SSL_CERT_FILE')
    : null;
  if (ca === null && system === null) return {};
  return { ca: [...(system === null ? rootCertificates : [system]), ...(ca === null ? [] : [ca])] };
}
