import { request } from 'undici';
import type { BuiltImage } from '../../src/demo/images.ts';

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

export const NARROW =
  'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
export const WIDE = `${NARROW}, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json`;

/** Sends one request over a real socket; no redirect is followed. */
export async function ask(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Answer> {
  const response = await request(url, {
    method: method as 'GET',
    reset: false,
    headers: options.headers ?? {},
    body: options.body ?? null,
  });
  const text = await response.body.text();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
  return { status: response.statusCode, headers, text };
}

/** The code of the first error in a registry's answer. */
export function codeOf(answer: Answer): string {
  const body = JSON.parse(answer.text) as { errors: { code: string }[] };
  return body.errors[0]?.code ?? '';
}

/** Pushes an image the way a client does. */
export async function push(registry: string, path: string, image: BuiltImage, tag: string): Promise<void> {
  for (const blob of image.blobs) {
    const begun = await ask('POST', `${registry}/v2/${path}/blobs/uploads/`);
    const to = new URL(begun.headers.location ?? '', registry);
    to.searchParams.set('digest', blob.digest);
    const put = await ask('PUT', to.href, { body: blob.bytes });
    if (put.status !== 201) throw new Error(`blob: ${put.status} ${put.text}`);
  }
  for (const [i, manifest] of image.manifests.entries()) {
    const reference = i === image.manifests.length - 1 ? tag : manifest.digest;
    const url = `${registry}/v2/${path}/manifests/${reference}`;
    const put = await ask('PUT', url, {
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
    });
    if (put.status !== 201) throw new Error(`manifest: ${put.status} ${put.text}`);
  }
}
