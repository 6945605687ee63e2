import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/list-equality.ts'],
    // Forks, not threads: tests signal their own process group's children and rely on exit handlers.
    pool: 'forks',
    maxWorkers: 2,
    // Of no account for what is tested: a machine with other work takes ten times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
