// 200 MB through a terminal in the window, on a real engine: no byte is lost, and the window does not grow with them.
import { chromium } from '@playwright/test';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer } from '../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { startEngine } from '../fixtures/engine.ts';
import { launchOptions } from '../fixtures/browser.ts';
import { countTerminalBytes, expectFlood } from '../ui/terminal-flood.ts';

const uiFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/renderer');

it('takes 200 MB through a terminal without losing a byte', { timeout: 600_000 }, async () => {
  const engine = await startEngine();
  const backend = createBackend(createEngineClient(unixEndpoint(engine.socket)));
  const server = await startBrowserServer({ backend, uiFolder, port: 0 });
  const browser = await chromium.launch(launchOptions);
  try {
    expect((await engine.cli(['pull', '-q', 'busybox'])).exitCode).toBe(0);
    expect((await engine.cli(['run', '-d', '--name', 'host', 'busybox', 'sleep', '900'])).exitCode).toBe(0);
    const page = await browser.newPage();
    const count = countTerminalBytes(page);
    await page.goto(server.url);
    await page.getByRole('row').filter({ hasText: 'host' }).press('e');
    await page.locator('.xterm-rows').getByText('#').first().waitFor();
    await expectFlood(page, count, 200_000_000, 500_000);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    await session.send('Performance.enable');
    const { metrics } = await session.send('Performance.getMetrics');
    const heap = metrics.find((metric) => metric.name === 'JSHeapUsedSize')?.value ?? Number.NaN;
    expect(heap).toBeLessThan(150e6);
  } finally {
    await browser.close();
    await server.close();
    backend.dispose();
    await engine.stop();
  }
});
