// What a UI test works with: an engine of its own machine, the browser mode on it, and a window that is let in. The engine
// is shared by the tests of a worker, and empty again after each but for its images; every test gets a new server, and with
// it a new session.
import { expect, test as base, type Page } from '@playwright/test';
import axe from 'axe-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer, type BrowserServer } from '../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { RegistryCredentials } from '../../runtime/client/registry-credentials.ts';
import { type BerthEngine, removeContainers, startEngine } from '../fixtures/engine.ts';
import { BuildsPage } from './pages/builds-page.ts';
import { ContainersPage } from './pages/containers-page.ts';
import { Frame } from './pages/frame.ts';
import { ImagesPage } from './pages/images-page.ts';
import { NetworksPage } from './pages/networks-page.ts';
import { VolumesPage } from './pages/volumes-page.ts';

/** The built UI. */
export const uiFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/renderer');

interface TestFixtures {
  /** The browser mode on the engine; its start link is unused until `window` is asked for. */
  readonly server: BrowserServer;
  /** A page that is let in. */
  readonly window: Page;
  readonly containers: ContainersPage;
  readonly images: ImagesPage;
  readonly volumes: VolumesPage;
  readonly networks: NetworksPage;
  readonly builds: BuildsPage;
  readonly frame: Frame;
  /** A folder of the host, gone after the test. */
  readonly folder: string;
}

const rememberedBuilds = z.array(z.object({ id: z.string() }));

interface WorkerFixtures {
  readonly engine: BerthEngine;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  engine: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures asked for from this pattern
    async ({}, use) => {
      const engine = await startEngine();
      await use(engine);
      await engine.stop();
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  server: async ({ engine, folder }, use) => {
    const credentials = new RegistryCredentials(() => path.join(folder, 'docker-config'));
    const client = createEngineClient(unixEndpoint(engine.socket));
    const backend = createBackend(client, { credentials });
    const server = await startBrowserServer({ backend, uiFolder, port: 0 });
    await use(server);
    await server.close();
    for (const { id } of await client.json({ method: 'GET', path: '/berth/builds' }, rememberedBuilds))
      await client.text({ method: 'DELETE', path: `/berth/builds/${id}` });
    backend.dispose();
    await removeContainers(engine.docker);
    for (const { Id } of await engine.docker.listNetworks({ filters: { type: ['custom'] } }))
      await engine.docker.getNetwork(Id).remove();
    await engine.docker.pruneVolumes({ filters: { all: ['true'] } });
  },
  window: async ({ server, page }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // What the page says of its own code: policy violations, React's complaints. Lost connections are part of some tests.
      if (message.type() === 'error' && !/WebSocket|Failed to load resource/.test(message.text())) {
        faults.push(message.text());
      }
    });
    await page.goto(server.url);
    await expect(page.getByRole('contentinfo')).toContainText('Engine running');
    await use(page);
    expect(faults).toEqual([]);
  },
  containers: async ({ window }, use) => use(new ContainersPage(window)),
  images: async ({ window }, use) => use(new ImagesPage(window)),
  volumes: async ({ window }, use) => use(new VolumesPage(window)),
  networks: async ({ window }, use) => use(new NetworksPage(window)),
  builds: async ({ window }, use) => use(new BuildsPage(window)),
  frame: async ({ window }, use) => use(new Frame(window)),
  // eslint-disable-next-line no-empty-pattern -- as above
  folder: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'berth-ui-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

export { expect };

/** Pulls through the engine itself what it has not yet: for tests that are about something else. */
export async function havePulled(
  engine: Pick<BerthEngine, 'cli' | 'docker'>,
  reference: string,
): Promise<void> {
  const known = await engine.docker.listImages({ filters: { reference: [reference] } });
  if (known.length > 0) return;
  const outcome = await engine.cli(['pull', reference]);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
}

/** Removes all images. One that others stand on, as builds leave some, goes after these. */
export async function removeImages({ docker }: Pick<BerthEngine, 'docker'>): Promise<void> {
  await expect
    .poll(async () => {
      const found = await docker.listImages();
      await Promise.allSettled(found.map(({ Id }) => docker.getImage(Id).remove({ force: true })));
      return found.length;
    })
    .toBe(0);
}

interface WithAxe {
  readonly axe?: typeof axe;
}

/** No rule of axe is broken on what is shown now, in this theme; or none of these rules. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  // A page has it until it is loaded anew.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (runOnly) => {
    const options = { resultTypes: ['violations' as const], ...(runOnly !== undefined && { runOnly }) };
    // xterm draws on elements of its own, whose colours are the program's.
    const results = await (window as WithAxe).axe?.run({ exclude: ['.xterm'] }, options);
    return results?.violations.map(({ id, nodes }) => {
      const where = nodes.map(({ html, failureSummary = '' }) => `${html.slice(0, 160)} ${failureSummary}`);
      return `${id}: ${where.join(' | ')}`;
    });
  }, rules);
  expect(found).toEqual([]);
}

/** The same in light and in dark, where nothing but the colours differs. */
export async function expectAccessibleInBothThemes(page: Page): Promise<void> {
  const show = (theme: string) =>
    page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
  await show('light');
  await expectAccessible(page);
  await show('dark');
  await expectAccessible(page, ['color-contrast', 'link-in-text-block']);
}
