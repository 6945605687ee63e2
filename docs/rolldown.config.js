import { external } from '../rolldown.config.js';

/** `docs/sources.ts` as something that node can load; for `npm run docs`, and not installed. */
export default {
  input: 'docs/sources.ts',
  platform: 'node',
  external,
  output: { dir: 'docs/built', cleanDir: true },
};
