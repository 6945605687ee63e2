import { WIDE } from '../../core/accept.ts';
import { digestOf, matchesDigest } from '../../core/digest.ts';
import { type ParsedManifest, parseManifest } from '../../core/manifest.ts';
import type { Reference } from '../../core/reference.ts';
import { getManifest } from '../../registry/manifests.ts';
import { getRawManifest, type RawAnswer } from '../../registry/raw-manifest.ts';
import type { RegistryClient } from '../../registry/registry-client.ts';
import type { PlatformDigest, ProxyAnswer, UpstreamAnswer } from '../../report/proxy-inspection.ts';

/** As many words of a page as say what it is. */
const LONGEST_WORDS = 160;

/** Asks the dependency proxy as a client would that takes every type. */
export async function askProxy(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<ProxyAnswer> {
  const raw = await getRawManifest(client, repository, reference, WIDE, signal);
  const { status, contentType, bytes } = raw;
  const bare = { status, contentType, digest: null, platforms: [] };
  const text = Buffer.from(bytes).toString('utf8');
  if (isPage(raw, text)) return { ...bare, kind: 'page', message: firstWords(text) };
  const parsed = parseManifest(bytes);
  if (status !== 200) {
    const message = parsed === null ? null : errorWords(parsed);
    return { ...bare, kind: message === null ? 'other' : 'refusal', message };
  }
  if (parsed === null) return { ...bare, kind: 'other', message: 'HTTP 200 with what is no manifest' };
  const digest = digestOf(bytes);
  const wrong = reference.startsWith('sha256:') && !matchesDigest(bytes, reference);
  const message = wrong ? `the bytes hash to ${digest}, not to the digest asked for` : null;
  return { ...bare, kind: 'manifest', digest, message, platforms: platformsOf(parsed) };
}

/** Asks the registry that the proxy gets the image from. */
export async function askUpstream(
  client: RegistryClient,
  { repository, name }: Reference,
  signal?: AbortSignal,
): Promise<UpstreamAnswer> {
  const url = client.base.origin;
  const answer = await getManifest(client, repository, name, WIDE, signal);
  const bare = { url, repository, mediaType: null, digest: null, isIndex: false, platforms: [] };
  if (answer.kind === 'refused') {
    const { status, code, message } = answer;
    return { ...bare, status, message: code === null ? message : `${code}: ${message}` };
  }
  const parsed = parseManifest(answer.bytes);
  const { digest, mediaType } = answer;
  if (parsed === null)
    return { ...bare, status: 200, mediaType, message: 'HTTP 200 with what is no manifest' };
  const isIndex = parsed.kind === 'index';
  const platforms = platformsOf(parsed);
  return { ...bare, status: 200, mediaType, digest, isIndex, message: null, platforms };
}

/** Attestations, which are for no platform, are left out. */
function platformsOf({ parts }: ParsedManifest): PlatformDigest[] {
  return parts.flatMap(({ role, digest, mediaType, platform }) =>
    role === 'child' && platform !== 'unknown/unknown' ? [{ platform, digest, mediaType }] : [],
  );
}

function isPage({ contentType }: RawAnswer, text: string): boolean {
  return /^\s*text\/html/i.test(contentType ?? '') || /^\s*</.test(text);
}

/** The title and the first words of a page, without what a reader would not see. */
function firstWords(html: string): string {
  const text = html
    .replace(
      /<(script|style|head)\b[\s\S]*?<\/\1>/gi,
      (block) => /<title>[\s\S]*?<\/title>/i.exec(block)?.[0] ?? '',
    )
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > LONGEST_WORDS ? `${text.slice(0, LONGEST_WORDS)}…` : text;
}

/** `MANIFEST_UNKNOWN: manifest unknown` of a registry's error body, or GitLab's `{"message": …}`. */
function errorWords({ json }: ParsedManifest): string | null {
  const { errors, message, http_status: httpStatus } = json;
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (typeof first === 'object' && first !== null) {
    const { code, message: words } = first as { code?: unknown; message?: unknown };
    const parts = [code, words].filter((part) => typeof part === 'string');
    if (parts.length > 0) return parts.join(': ').slice(0, 500);
  }
  if (typeof message === 'string') return message.slice(0, 500);
  return typeof httpStatus === 'number' ? `http_status ${httpStatus}` : null;
}
