import type { ListedTag } from '../core/tag-reading.ts';

/** A reading without its time of push, so that equal ones can be kept once, and the time. */
export function splitPushTime(reading: ListedTag): {
  readonly body: ListedTag;
  readonly publishedAt: string | undefined;
} {
  if (reading.state !== 'resolved' || reading.publishedAt === undefined)
    return { body: reading, publishedAt: undefined };
  const { state, digest, mediaType, narrow, publishedAt, deep } = reading;
  // Written out: taking a key off an object is slow, and there may be a million.
  const body =
    deep === undefined ? { state, digest, mediaType, narrow } : { state, digest, mediaType, narrow, deep };
  return { body, publishedAt };
}

/** A reading with a time of push; its keys are in the order of every reading, however it was put together. */
export function withPushTime(reading: ListedTag, publishedAt: string): ListedTag {
  if (reading.state !== 'resolved') return reading;
  const { state, digest, mediaType, narrow, deep } = reading;
  return deep === undefined
    ? { state, digest, mediaType, narrow, publishedAt }
    : { state, digest, mediaType, narrow, publishedAt, deep };
}
