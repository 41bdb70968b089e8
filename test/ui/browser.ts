// The browser that shows the UI in tests: Debian's Chromium, or the one that BERTH_CHROMIUM names; where neither is there
// (Ubuntu has no such package) the one that Playwright itself has fetched.
import type { LaunchOptions } from '@playwright/test';
import { existsSync } from 'node:fs';

const named = process.env['BERTH_CHROMIUM'] ?? '/usr/bin/chromium';

/** How to start it. It runs as root in tests, and reaches nothing but loopback. */
export const launchOptions: LaunchOptions = {
  ...(existsSync(named) && { executablePath: named }),
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
