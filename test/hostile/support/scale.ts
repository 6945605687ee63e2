/** Whether this is `npm run test:hostile`, the long form, and not the short one within `npm test`. */
export const IS_FULL = process.env.HOSTILE === 'full';

/** How much of something to do: a little within `npm test`, all of it in `npm run test:hostile`. */
export function scaled(short: number, full: number): number {
  return IS_FULL ? full : short;
}
