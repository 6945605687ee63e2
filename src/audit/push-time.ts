import type { ListedTag } from '../core/tag-reading.ts';

/** A reading without its time of push, so that equal ones can be kept once, and the time. */
export function splitPushTime(reading: ListedTag): {
  readonly body: ListedTag;
  readonly publishedAt: string | undefined;
} {
  if (reading.state !== 'resolved' || reading.publishedAt === undefined)
    return { body: reading, publishedAt: undefined };
  const { publishedAt, ...body } = reading;
  return { body, publishedAt };
}

/** A reading with a time of push; its keys are in the order of every reading, however it was put together. */
export function withPushTime(reading: ListedTag, publishedAt: string): ListedTag {
  if (reading.state !== 'resolved') return reading;
  const { deep, ...rest } = reading;
  return { ...rest, publishedAt, ...(deep !== undefined && { deep }) };
}
