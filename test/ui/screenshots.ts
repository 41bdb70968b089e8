// Pictures of every page and dialog on a real engine, light and dark, at both sizes, to be looked at one by one.
//
//   npx tsx test/ui/screenshots.ts FOLDER
import { chromium, type Page } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer } from '../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { startEngine } from '../fixtures/engine.ts';
import { launchOptions } from './browser.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: screenshots.ts FOLDER');
await mkdir(folder, { recursive: true });

const uiFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/renderer');
const engine = await startEngine();
for (const image of ['busybox', 'python:3.11-slim', 'debian:bookworm-slim', 'alpine'])
  await engine.cli(['pull', '-q', image]);

const server = [
  'i=0; echo "INFO  Watching for file changes with StatReloader"; echo "INFO  Starting development server at http://0.0.0.0:8025/"',
  'while :; do i=$((i+1)); echo "INFO  \\"GET /cart/$i HTTP/1.1\\" 200 5381"',
  '[ $((i % 7)) = 0 ] && echo "WARN  Not Found: /favicon.ico"; [ $((i % 11)) = 0 ] && echo "ERROR could not connect to server: Connection refused" >&2',
  'sleep 0.3; done',
].join('; ');
const runs = [
  [
    '--name',
    'babyshop-web',
    '-p',
    '8025:8025',
    '-v',
    '/tmp:/data',
    '-e',
    'DEBUG=1',
    'python:3.11-slim',
    'sh',
    '-c',
    server,
  ],
  ['--name', 'babyshop-db', 'debian:bookworm-slim', 'sleep', '3600'],
  ['--name', 'registry', '-p', '5000:5000', 'busybox', 'httpd', '-f', '-p', '5000', '-h', '/etc'],
  ['--name', 'etl-nightly', 'python:3.11-slim', 'python', '-c', 'raise SystemExit(3)'],
  ['--name', 'hello', 'alpine', 'echo', 'hello'],
];
for (const run of runs) await engine.cli(['run', '-d', ...run]);

const backend = createBackend(createEngineClient(unixEndpoint(engine.socket)));
const browser = await chromium.launch(launchOptions);

/** What is to be seen: its name, and the way to it from a fresh page. */
const scenes: Record<string, (page: Page) => Promise<unknown>> = {
  containers: (page) => page.getByText('babyshop-web').click(),
  summary: async (page) => {
    await page.getByText('babyshop-web').click();
    await page.getByRole('tab', { name: 'Summary' }).click();
  },
  terminal: async (page) => {
    await page.getByText('babyshop-web').click();
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await page.locator('.xterm').click();
    await page.keyboard.type('ls -l / | head -5; python --version\n', { delay: 5 });
  },
  run: (page) => page.getByRole('button', { name: /^Run/ }).click(),
  images: (page) => page.getByRole('link', { name: /Images/ }).click(),
  pull: async (page) => {
    await page.getByRole('link', { name: /Images/ }).click();
    await page.getByRole('button', { name: /^Pull/ }).click();
  },
};

for (const [width, height] of [
  [1050, 700],
  [1440, 900],
] as const) {
  for (const theme of ['light', 'dark'] as const) {
    for (const [name, go] of Object.entries(scenes)) {
      // A start link lets one session in.
      const opened = await startBrowserServer({ backend, uiFolder, port: 0 });
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
      await page.goto(opened.url);
      await page.getByText('Engine running').waitFor();
      await go(page);
      await page.waitForTimeout(1_500);
      await page.screenshot({
        path: path.join(folder, `${name}-${theme}-${String(width)}x${String(height)}.png`),
      });
      await page.close();
      await opened.close();
    }
  }
}
await browser.close();
backend.dispose();
await engine.stop();
