import { defineConfig } from 'vitest/config';

/** `fast` needs no weights, no network and no sleeps; `e2e` runs real models and real sockets. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['tests/{unit,contract,conversation}/**/*.test.ts', 'tests/architecture.test.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          fileParallelism: false,
          // Real time on machines that others use too: a stall of 100 ms is no defect. Vitest says which were tried again.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**', 'telephony/**', 'pipeline/**', 'models/**'] },
  },
});
