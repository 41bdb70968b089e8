import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/ui/**', '**/node_modules/**'],
    // Engines, registries and image builds take their time on a small machine; this only ends what hangs.
    testTimeout: 120_000,
    hookTimeout: 600_000,
    teardownTimeout: 30_000,
    // What is waited for comes when the machine has time for it; the default is a second.
    expect: { poll: { timeout: 60_000, interval: 50 } },
    maxWorkers: 3,
  },
});
