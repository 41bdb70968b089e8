// UI tests: the built UI in Chromium, served by the real backend, on a real engine on a machine of its own.
import { defineConfig } from '@playwright/test';
import { launchOptions } from '../fixtures/browser.ts';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  fullyParallel: false,
  // One engine with its registry per worker; most of a test's time goes by in waiting.
  workers: 3,
  // What is waited for comes when the machine has time for it; these only end what hangs.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions,
  },
});
