import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files of one key pair and its certificate. */
export interface KeyPairFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

/**
 * A new certificate authority in a directory (`<name>.key`, `<name>.crt`), made by openssl. Its certificate
 * also serves as `rootcertbundle` of a registry that checks tokens signed with its key (RSA).
 */
export function makeAuthority(directory: string, name = 'ca'): KeyPairFiles {
  const files = filesOf(directory, name);
  openssl([
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '30',
    '-subj',
    `/CN=test ${name}`,
    '-keyout',
    files.keyFile,
    '-out',
    files.certFile,
  ]);
  return files;
}

/** A certificate for 127.0.0.1 and localhost, for a server or a client, signed by an authority of `makeAuthority`. */
export function makeCertificate(directory: string, authority: KeyPairFiles, name = 'server'): KeyPairFiles {
  const files = filesOf(directory, name);
  const request = join(directory, `${name}.csr`);
  const extensions = join(directory, `${name}.ext`);
  writeFileSync(
    extensions,
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  openssl([
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    files.keyFile,
    '-out',
    request,
  ]);
  openssl([
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    authority.certFile,
    '-CAkey',
    authority.keyFile,
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    extensions,
    '-out',
    files.certFile,
  ]);
  return files;
}

function filesOf(directory: string, name: string): KeyPairFiles {
  return { keyFile: join(directory, `${name}.key`), certFile: join(directory, `${name}.crt`) };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
