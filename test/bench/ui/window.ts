// A window to be measured: the UI in Chromium on an engine, what its renderer process uses, and what the page itself notes of
// frames, long tasks and its socket.
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend, type Backend } from '../../../runtime/backend/backend.ts';
import { startBrowserServer, type BrowserServer } from '../../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../../runtime/client/engine-client.ts';
import { launchOptions } from '../../ui/browser.ts';
import { pssMegabytes } from '../measure.ts';
import { notePage, type PageNotes } from './page-notes.ts';

const uiFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../dist/renderer');

/** What a page did during some time. */
export interface Watched {
  readonly seconds: number;
  /** Share of the time that the main thread worked, in percent. */
  readonly mainThreadPercent: number;
  /** Gaps between animation frames, ms. */
  readonly frameMs: readonly number[];
  /** Tasks of 50 ms and more, ms. */
  readonly longTaskMs: readonly number[];
}

/** One browser with one page, let in by a start link of its own. */
export class BenchWindow {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #backend: Backend;
  readonly #server: BrowserServer;
  readonly #session: CDPSession;

  private constructor(
    browser: Browser,
    backend: Backend,
    server: BrowserServer,
    page: Page,
    session: CDPSession,
  ) {
    this.#browser = browser;
    this.#backend = backend;
    this.#server = server;
    this.page = page;
    this.#session = session;
  }

  /** Opens the UI of the engine on this socket; resolves once its list is known. */
  static async open(socket: string): Promise<BenchWindow> {
    const backend = createBackend(createEngineClient(unixEndpoint(socket)));
    const server = await startBrowserServer({ backend, uiFolder, port: 0 });
    const browser = await chromium.launch(launchOptions);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    // The loader wraps named functions in a call that a page does not have.
    await page.addInitScript('globalThis.__name = (value) => value');
    await page.addInitScript(notePage);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const window = new BenchWindow(browser, backend, server, page, session);
    await page.goto(server.url);
    await page.getByText('Engine running').waitFor({ timeout: 60_000 });
    return window;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
    this.#backend.dispose();
  }

  /** Watches the page while `work` goes on. */
  async watch(work: () => Promise<void>): Promise<Watched> {
    await this.notes((notes) => notes.begin());
    const before = await this.#busySeconds();
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1000;
    const busy = (await this.#busySeconds()) - before;
    const { frameMs, longTaskMs } = await this.notes((notes) => notes.end());
    return { seconds, mainThreadPercent: (busy / seconds) * 100, frameMs, longTaskMs };
  }

  /** Asks the page's notes. `ask` runs in the page: it sees nothing of this module. */
  notes<T>(ask: (notes: PageNotes) => T): Promise<T> {
    return this.page.evaluate<T>(`(${ask.toString()})(window.berthNotes)`);
  }

  /** Process id of the page's renderer: of the browser's renderers the one that has worked most. */
  async rendererPid(): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    const [busiest] = renderers.sort((a, b) => b.cpuTime - a.cpuTime);
    if (busiest === undefined) throw new Error('the browser has no renderer');
    return busiest.id;
  }

  /** Memory of the page's renderer process, MB PSS. */
  async memoryMegabytes(): Promise<number> {
    return pssMegabytes([await this.rendererPid()]);
  }

  async #busySeconds(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const busy = metrics.find(({ name }) => name === 'TaskDuration');
    if (busy === undefined) throw new Error('the browser does not tell how busy the page is');
    return busy.value;
  }
}

/** The value that 95 % of the others do not exceed. */
export function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}
