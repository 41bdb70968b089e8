// A window to be measured: the UI in Chromium on an engine, with the backend in a process of its own as `npm start` has it;
// what its renderer process uses, and what the page itself notes of frames, long tasks and its socket.
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { wholeLaunchOptions } from '../../fixtures/browser.ts';
import { pssMegabytes } from '../measure.ts';
import { notePage, type PageNotes } from './page-notes.ts';
import { PlainPage } from './plain-page.ts';

const program = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../dist/start.js');

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

const notedFrames = z.object({ frameMs: z.array(z.number()), longTaskMs: z.array(z.number()) });

/** A page with notes, attended by Playwright or not. */
export interface MeasuredPage {
  evaluate(expression: string): Promise<unknown>;
  /** For how long its main thread has worked, in seconds. */
  busySeconds(): Promise<number>;
}

/** One browser with one page, let in by a start link of its own. */
export class BenchWindow implements MeasuredPage {
  readonly page: Page;
  /** Where the backend serves the UI. */
  readonly origin: string;
  readonly #browser: Browser;
  readonly #backend: ChildProcess;
  readonly #session: CDPSession;

  private constructor(
    browser: Browser,
    backend: ChildProcess,
    page: Page,
    origin: string,
    session: CDPSession,
  ) {
    this.#browser = browser;
    this.#backend = backend;
    this.page = page;
    this.origin = origin;
    this.#session = session;
  }

  /** Opens the UI of the engine on this socket; resolves once its list is known. */
  static async open(socket: string): Promise<BenchWindow> {
    const backend = spawn(process.execPath, [program, '--browser', '--no-open'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DOCKER_HOST: `unix://${socket}` },
    });
    const [url] = (await once(createInterface(backend.stdout), 'line')) as [string];
    const browser = await chromium.launch(wholeLaunchOptions);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    // The loader wraps named functions in a call that a page does not have.
    await page.addInitScript('globalThis.__name = (value) => value');
    await page.addInitScript(notePage);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const window = new BenchWindow(browser, backend, page, new URL(url).origin, session);
    await page.goto(url);
    await page.getByText('Engine running').waitFor({ timeout: 60_000 });
    return window;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    const ended = once(this.#backend, 'exit');
    this.#backend.kill('SIGTERM');
    await ended;
  }

  /** Watches the page while `work` goes on. */
  watch(work: () => Promise<void>): Promise<Watched> {
    return watchPage(this, work);
  }

  /** Asks the page's notes. `ask` runs in the page: it sees nothing of this module. */
  notes<T>(ask: (notes: PageNotes) => T): Promise<T> {
    return this.page.evaluate<T>(`(${ask.toString()})(window.berthNotes)`);
  }

  evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  /** A second page of the same window at this place of the UI, which nobody attends. */
  async openPlain(place: string): Promise<PlainPage> {
    return PlainPage.open(this.#browser, `${this.origin}/${place}`, await this.page.context().cookies());
  }

  /** Process id of the backend. */
  get backendPid(): number {
    return this.#backend.pid ?? Number.NaN;
  }

  /** Process id of a page's renderer: of the browser's renderers (it has some of its own) the one that works when the page does. */
  async rendererPid(page: MeasuredPage = this): Promise<number> {
    const before = await this.#rendererSeconds();
    await page.evaluate('for (const until = performance.now() + 500; performance.now() < until; );');
    const after = [...(await this.#rendererSeconds())];
    const worked = after.map(([pid, seconds]) => ({ pid, seconds: seconds - (before.get(pid) ?? 0) }));
    const [busiest] = worked.sort((a, b) => b.seconds - a.seconds);
    if (busiest === undefined) throw new Error('the browser has no renderer');
    return busiest.pid;
  }

  /** CPU time of each renderer of the browser by its process id, in seconds. */
  async #rendererSeconds(): Promise<ReadonlyMap<number, number>> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    return new Map(
      processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime]),
    );
  }

  /** Memory of a page's renderer process, MB PSS. */
  async memoryMegabytes(page: MeasuredPage = this): Promise<number> {
    return pssMegabytes([await this.rendererPid(page)]);
  }

  async busySeconds(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    const busy = metrics.find(({ name }) => name === 'TaskDuration');
    if (busy === undefined) throw new Error('the browser does not tell how busy the page is');
    return busy.value;
  }
}

/** Watches a page while `work` goes on. */
export async function watchPage(page: MeasuredPage, work: () => Promise<void>): Promise<Watched> {
  await page.evaluate('window.berthNotes.begin({ frames: true })');
  const before = await page.busySeconds();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const busy = (await page.busySeconds()) - before;
  const { frameMs, longTaskMs } = notedFrames.parse(await page.evaluate('window.berthNotes.end()'));
  return { seconds, mainThreadPercent: (busy / seconds) * 100, frameMs, longTaskMs };
}

/** The value that 95 % of the others do not exceed. */
export function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}
