import { defineConfig } from 'vitest/config';

/**
 * `npm run test:hostile`: the same tests as in `npm test`, in their full size. Three at once, because the two that take an hour
 * wait for most of it, or need one core.
 */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/list-equality.ts'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 7_200_000,
    hookTimeout: 600_000,
  },
});
