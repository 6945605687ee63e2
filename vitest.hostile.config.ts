import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The two that take an hour begin at once, and the others run beside them. */
class HoursFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const takesAnHour = ({ moduleId }: TestSpecification) => /\/(fuzz|long-run)\.test\.ts$/.test(moduleId);
    return [...sorted.filter(takesAnHour), ...sorted.filter((file) => !takesAnHour(file))];
  }
}

/** `npm run test:hostile`: the same tests as in `npm test`, in their full size. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/list-equality.ts'],
    pool: 'forks',
    // More than cores: the long run waits for most of its hour.
    maxWorkers: 3,
    sequence: { sequencer: HoursFirst },
    testTimeout: 7_200_000,
    hookTimeout: 600_000,
  },
});
