import { schema } from '../core/schema.ts';
import { UsageError } from '../errors.ts';
import { basicCredential, bearerCredential, type Credential, identityTokenCredential } from './credential.ts';

const authEntry = schema((z) =>
  z.object({
    auth: z.string().nullish(),
    username: z.string().nullish(),
    password: z.string().nullish(),
    identitytoken: z.string().nullish(),
    registrytoken: z.string().nullish(),
  }),
);

/**
 * The credential in one entry of `auths`: a registry token before an identity token before `auth` (base64 of
 * `user:password`) before `username` and `password`.
 *
 * @param key the entry's name, for messages
 * @param shown the file's name, for messages and the credential's source
 * @returns null for an empty entry, as docker leaves one when a credential store keeps the secret
 * @throws UsageError when the entry cannot be understood; its content is not shown
 */
export function credentialOfEntry(value: unknown, key: string, shown: string): Credential | null {
  const malformed = (what: string) =>
    new UsageError(`the docker configuration ${shown}: auths["${key}"]${what}`);
  const parsed = authEntry().safeParse(value ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(
      `${issue?.path.map((part) => `.${String(part)}`).join('') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  const entry = parsed.data;
  const source = `${shown} auths`;
  if (entry.registrytoken) return bearerCredential({ token: entry.registrytoken, source });
  const login = entry.auth ? decodeAuth(entry.auth) : null;
  if (entry.identitytoken) {
    const username = login?.username || entry.username || undefined;
    return identityTokenCredential({
      token: entry.identitytoken,
      source,
      ...(username === undefined ? {} : { username }),
    });
  }
  if (entry.auth) {
    if (login === null) throw malformed('.auth: not the base64 of "user:password"');
    return basicCredential({ ...login, source });
  }
  if (!entry.username && !entry.password) return null;
  if (!entry.username || !entry.password) throw malformed(': has only one of username and password');
  return basicCredential({ username: entry.username, password: entry.password, source });
}

function decodeAuth(auth: string): { username: string; password: string } | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(auth)) return null;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  // Old docker versions padded the password with NUL.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}
