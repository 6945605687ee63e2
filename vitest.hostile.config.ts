import { defineConfig } from 'vitest/config';

/** `npm run test:hostile`: the same tests as in `npm test`, in their full size. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/list-equality.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 7_200_000,
    hookTimeout: 600_000,
  },
});
