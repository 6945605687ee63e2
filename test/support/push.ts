import { Agent, request } from 'undici';

/** A manifest as it goes over the wire. */
export interface PushableManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: string;
}

/** Config or layer content. */
export interface PushableBlob {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** An image with everything below it; the shape `src/demo/images.ts` makes. */
export interface PushableImage {
  /** Children before the index that names them; the last one is what tags point at. */
  readonly manifests: readonly PushableManifest[];
  readonly blobs: readonly PushableBlob[];
  readonly digest: string;
  readonly mediaType: string;
}

/** Where to push, and with which extra headers (`authorization`). */
export interface PushTarget {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const dispatcher = new Agent({ connections: 8, connect: { rejectUnauthorized: false } });

/**
 * Pushes an image into a repository: blobs, then manifests children first, then its tags.
 * @throws Error with the registry's answer when it refuses a step
 */
export async function pushImage(
  target: PushTarget,
  path: string,
  image: PushableImage,
  tags: readonly string[] = [],
): Promise<void> {
  for (const blob of image.blobs) await pushBlob(target, path, blob);
  for (const manifest of image.manifests) await putManifest(target, path, manifest.digest, manifest);
  const top = image.manifests.find((manifest) => manifest.digest === image.digest);
  if (top === undefined) throw new Error(`the image holds no manifest ${image.digest}`);
  await pushTags(target, path, top, tags);
}

/** Puts tags on a manifest that is (or can be) in the repository, a few at a time: fit for thousands. */
export async function pushTags(
  target: PushTarget,
  path: string,
  manifest: PushableManifest,
  tags: readonly string[],
): Promise<void> {
  const waiting = [...tags];
  const worker = async (): Promise<void> => {
    for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop()) {
      await putManifest(target, path, tag, manifest);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** `PUT`s a manifest under a tag or its digest. */
export async function putManifest(
  target: PushTarget,
  path: string,
  reference: string,
  manifest: PushableManifest,
): Promise<void> {
  const url = new URL(`${target.url}/v2/${path}/manifests/${reference}`);
  await call(target, 'PUT', url, 201, manifest.bytes, manifest.mediaType);
}

/** Uploads a blob in one piece. */
export async function pushBlob(target: PushTarget, path: string, blob: PushableBlob): Promise<void> {
  const start = new URL(`${target.url}/v2/${path}/blobs/uploads/`);
  const location = await call(target, 'POST', start, 202);
  if (location === null) throw new Error(`POST ${start.pathname}: no Location`);
  const upload = new URL(location, start);
  upload.searchParams.set('digest', blob.digest);
  await call(target, 'PUT', upload, 201, blob.bytes, 'application/octet-stream');
}

async function call(
  target: PushTarget,
  method: 'PUT' | 'POST',
  url: URL,
  expected: number,
  body?: Uint8Array,
  contentType?: string,
): Promise<string | null> {
  const response = await request(url, {
    method,
    dispatcher,
    headers: { ...target.headers, ...(contentType && { 'content-type': contentType }) },
    body: body ?? null,
  });
  const text = await response.body.text();
  if (response.statusCode !== expected) {
    throw new Error(`${method} ${url.pathname}: ${response.statusCode} instead of ${expected}: ${text}`);
  }
  const location = response.headers.location;
  return typeof location === 'string' ? location : null;
}
