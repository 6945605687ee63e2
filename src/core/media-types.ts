/** The manifest media types this tool tells apart. */
export const MediaType = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

/** The media type of a `Content-Type` value: lower-cased, without parameters; null when there is none. */
export function parseMediaType(header: string | null | undefined): string | null {
  if (header === null || header === undefined) return null;
  // Nearly all of a scan's answers have one of these, written so.
  if (USUAL.has(header)) return header;
  const type = header.split(';', 1)[0]?.trim().toLowerCase();
  return type ? type : null;
}

const USUAL: ReadonlySet<string> = new Set(Object.values(MediaType));

/** True for an OCI index or a Docker manifest list: a manifest that points at other manifests. */
export function isIndexType(mediaType: string | null): boolean {
  return mediaType === MediaType.ociIndex || mediaType === MediaType.dockerList;
}

/** True for either form of Docker schema 1. */
export function isSchema1Type(mediaType: string | null): boolean {
  return mediaType === MediaType.dockerSchema1 || mediaType === MediaType.dockerSchema1Signed;
}
