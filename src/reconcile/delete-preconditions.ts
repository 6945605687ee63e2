import { digestOf } from '../core/digest.ts';
import { AuditError } from '../errors.ts';
import { deleteManifest } from '../registry/delete-manifest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { ActionError, refusedAction, wordsOf } from './action-error.ts';
import { BROKEN_LINK, surveyTags } from './survey-tags.ts';

/**
 * Deletes a digest that cannot exist: 404 where deletion by digest works, 405 where it is switched off.
 *
 * @param salt makes the digest one that nothing has
 * @throws ActionError where nothing can be deleted
 */
export async function assertDeleteEnabled(
  secondary: RegistryClient,
  path: string,
  salt: string,
): Promise<void> {
  const nothing = digestOf(Buffer.from(`nothing has this digest ${salt}`));
  const refusal = await deleteManifest(secondary, path, nothing);
  if (refusal === null || refusal.status === 404) return;
  if (refusal.status === 405) {
    throw new ActionError(
      'REFUSED',
      `DELETE_DISABLED: the secondary deletes neither by tag nor by digest (${wordsOf(refusal)}); enable deletion ` +
        'in its configuration, or clean up on its host',
      refusal,
    );
  }
  throw refusedAction(`delete by digest in ${path} on the secondary`, refusal);
}

/**
 * Whether a delete failed because a tag's link was being written at that moment, by somebody else's push or another
 * fix: then it is worth another attempt, or a tag that a second fix has left to this one would stay.
 */
export async function metAnotherWriter(
  secondary: RegistryClient,
  path: string,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof ActionError)) return false;
  // Whoever pushed may be another fix, which gives the tag back when its own delete fails.
  if (error.code === 'CONTENT') return true;
  if (error.status !== BROKEN_LINK) return false;
  try {
    return (await surveyTags(secondary, path)).broken.size === 0;
  } catch (fault) {
    if (!(fault instanceof ActionError || fault instanceof AuditError)) throw fault;
    return false;
  }
}
