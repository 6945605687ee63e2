import { createRequire } from 'node:module';
import type { z } from 'zod';

const require = createRequire(import.meta.url);

/** zod's builder, loaded when it is first asked for. */
export function zod(): typeof z {
  return (require('zod') as typeof import('zod')).z;
}

/** A schema that is made when something is first checked with it. */
export type Schema<T extends z.ZodType> = () => T;

/** What a schema lets pass. */
export type Valid<S extends () => z.ZodType> = z.infer<ReturnType<S>>;

/**
 * Describes what comes from outside. The schema is made when it is first called: zod with a run's schemas is a fifth of
 * the time until a scan's first request, and most scans have nothing to check.
 */
export function schema<T extends z.ZodType>(make: (builder: typeof z) => T): Schema<T> {
  let made: T | undefined;
  return () => {
    made ??= make(zod());
    return made;
  };
}
