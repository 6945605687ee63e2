import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type KeyPairFiles, makeCertificate } from '../../support/certificates.ts';

/** A certificate of the authority for 127.0.0.1 that ended yesterday. */
export function makeExpiredCertificate(directory: string, authority: KeyPairFiles): KeyPairFiles {
  const files = makeCertificate(directory, authority, 'expired');
  execFileSync(
    'openssl',
    [
      ['x509', '-req', '-in', join(directory, 'expired.csr'), '-extfile', join(directory, 'expired.ext')],
      ['-CA', authority.certFile, '-CAkey', authority.keyFile, '-CAcreateserial'],
      ['-days', '-1', '-out', files.certFile],
    ].flat(),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return files;
}
