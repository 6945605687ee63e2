import { defineConfig } from 'vitest/config';

/** `npm run test:long`: what takes minutes or gigabytes. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/list-equality.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
