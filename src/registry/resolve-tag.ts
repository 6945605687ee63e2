import type { AcceptProfile } from '../core/accept.ts';
import type { Digest } from '../core/digest.ts';
import { isManifest, parseManifest } from '../core/manifest.ts';
import { TransportError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { getManifest, headOf, manifestRequest } from './manifests.ts';
import type { Refusal, RegistryClient } from './registry-client.ts';
import { NO_MANIFEST, type ServedManifests } from './served-manifests.ts';

/** What a registry says of one tag, sorted by what may be concluded from it. */
export type TagAnswer =
  | { readonly kind: 'resolved'; readonly digest: Digest; readonly mediaType: string | null }
  /** An answer about the tag: it cannot be resolved. With 5xx, only if the site itself is well. */
  | { readonly kind: 'refused'; readonly status: number }
  /** No answer about the tag: a refusal of rights, of pace, or of something else. Nothing follows from it. */
  | { readonly kind: 'failed'; readonly refusal: Refusal };

const ANSWERS = new Set([400, 404, 406, 410]);

/** Whether a status says something about the tag, and not about who asks, how often, or by which way. */
export function isTagAnswer(status: number): boolean {
  return ANSWERS.has(status) || status >= 500;
}

/** What is thought of a tag before it is asked for. */
export interface TagHint {
  /** What this repository's registry has served so far; the answer is added. */
  readonly served: ServedManifests;
  /** Where the tag is thought to lead, as the other site says; a wrong guess costs nothing. */
  readonly expected: Digest | undefined;
}

/**
 * Asks for a tag's digest as the verifier does, by `HEAD`; where that names none, by `GET`, whose bytes must be a
 * manifest: a login page answered with 200 is none, and two equal pages are no match.
 *
 * With a hint, and where `ServedManifests` says that it proves as much, the question is whether the tag leads to a
 * manifest that was served before: a registry answers that without opening the manifest once more.
 *
 * @throws TransportError when no answer came, or one that is no manifest
 */
export function resolveTag(
  client: RegistryClient,
  path: string,
  tag: string,
  accept: AcceptProfile,
  signal?: AbortSignal,
  hint?: TagHint,
): Promise<TagAnswer> {
  const asked = { client, path, tag, accept, signal };
  const expected = hint?.expected;
  const question = hint === undefined || expected === undefined ? null : hint.served.questionOf(expected);
  if (hint !== undefined && question !== null) return resolveByQuestion(asked, hint.served, question);
  return client
    .send(manifestRequest(client, 'HEAD', path, tag, accept, signal))
    .then((response) => answerOf(response, asked, hint?.served));
}

interface Asked {
  readonly client: RegistryClient;
  readonly path: string;
  readonly tag: string;
  readonly accept: AcceptProfile;
  readonly signal: AbortSignal | undefined;
}

/** Asks whether a tag leads to a digest. What is no plain yes or no to that is asked in full. */
function resolveByQuestion(asked: Asked, served: ServedManifests, question: Digest): Promise<TagAnswer> {
  const { client, path, tag, accept, signal } = asked;
  // No async function: of a million tags each one is felt.
  return client.send(manifestRequest(client, 'HEAD', path, tag, accept, signal, question)).then(
    (response) => answerToQuestion(response, asked, served, question),
    (fault) => {
      if (question === NO_MANIFEST) served.endTrial(false);
      throw fault;
    },
  );
}

function answerToQuestion(
  response: HttpResponse,
  asked: Asked,
  served: ServedManifests,
  question: Digest,
): TagAnswer | Promise<TagAnswer> {
  const { status } = response;
  if (question === NO_MANIFEST) served.endTrial(status === 200);
  if (status === 304) {
    const named = { etag: response.header('etag'), digest: response.header('docker-content-digest') };
    const confirmed = served.onNotModified(question, named);
    if (confirmed !== null) return { kind: 'resolved', ...confirmed };
  } else if (status === 200 || status === 429 || status >= 500) {
    return answerOf(response, asked, served);
  }
  // A gateway may refuse the condition, and not the tag.
  const { client, path, tag, accept, signal } = asked;
  return resolveTag(client, path, tag, accept, signal);
}

function answerOf(
  response: HttpResponse,
  asked: Asked,
  served: ServedManifests | undefined,
): TagAnswer | Promise<TagAnswer> {
  const head = headOf(response);
  if (head.kind === 'found' && head.digest !== null) {
    const { digest, mediaType } = head;
    served?.note(digest, mediaType, () => response.header('etag'));
    return { kind: 'resolved', digest, mediaType };
  }
  if (head.kind === 'refused')
    return refused({ status: head.status, code: null, message: `HTTP ${head.status}` });
  return resolveByBytes(asked);
}

async function resolveByBytes({ client, path, tag, accept, signal }: Asked): Promise<TagAnswer> {
  const manifest = await getManifest(client, path, tag, accept, signal);
  if (manifest.kind === 'refused') return refused(manifest);
  const parsed = parseManifest(manifest.bytes);
  if (parsed === null || !isManifest(parsed)) {
    const type = manifest.mediaType ?? 'no content type';
    throw new TransportError(
      'PROTOCOL',
      `could not read the manifest of ${path}:${tag}: HTTP 200 with ${type} that is no manifest`,
      {
        hint: 'Is this the registry, or a proxy or login page in front of it?',
      },
    );
  }
  return { kind: 'resolved', digest: manifest.digest, mediaType: manifest.mediaType };
}

function refused({ status, code, message }: Refusal): TagAnswer {
  if (isTagAnswer(status)) return { kind: 'refused', status };
  return { kind: 'failed', refusal: { status, code, message } };
}
