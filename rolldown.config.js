import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Packages stay packages: their licences, versions and fixes are those of what is installed. */
export const external = Object.keys(dependencies).map((name) => new RegExp(`^${name}(?:/|$)`));

/**
 * The command as it is installed. The 180 files of a scan become the 30 that it has to find, read and link: an eighth of the
 * time that a command takes to start. What is imported on demand in `src` is a file of its own here as well.
 */
export default {
  input: {
    main: 'src/main.ts',
    'stored-help': 'src/cli/stored-help.ts',
    'render-help': 'src/cli/render-help.ts',
  },
  platform: 'node',
  external,
  // As deep below the package as a file of `src` is, so that `../../package.json` is the same from there.
  output: { dir: 'dist/lib', cleanDir: true, chunkFileNames: '[name].js' },
};
