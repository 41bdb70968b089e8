// A page that Playwright does not attend. Playwright has the browser tell it of every frame of every socket, in words, which
// costs a third of a core when ten megabytes come each second; whoever uses the window has no such listener.
import type { Browser, CDPSession, Cookie } from '@playwright/test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { notePage } from './page-notes.ts';

const answer = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ text: z.string() }).optional(),
});
const metrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: z.number() })) });

/** A page driven by bare messages of the browser's protocol. */
export class PlainPage {
  readonly #browser: CDPSession;
  readonly #sessionId: string;
  readonly #contextId: string;
  readonly #waiting = new Map<number, (message: z.infer<typeof answer>) => void>();
  #nextId = 1;

  private constructor(browser: CDPSession, sessionId: string, contextId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
    this.#contextId = contextId;
    browser.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const message: unknown = JSON.parse(event.message);
      const parsed = answer.safeParse(message);
      if (!parsed.success) return;
      this.#waiting.get(parsed.data.id)?.(parsed.data);
      this.#waiting.delete(parsed.data.id);
    });
  }

  /** Opens an address in a context of its own, which Playwright lets alone, with these cookies. */
  static async open(browser: Browser, address: string, cookies: readonly Cookie[]): Promise<PlainPage> {
    const session = await browser.newBrowserCDPSession();
    const { browserContextId } = await session.send('Target.createBrowserContext');
    const kept = cookies.map(({ partitionKey: _, ...cookie }) => cookie);
    await session.send('Storage.setCookies', { browserContextId, cookies: kept });
    const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    const page = new PlainPage(session, sessionId, browserContextId);
    await page.#send('Performance.enable');
    await page.#send('Page.enable');
    const source = `globalThis.__name = (value) => value; (${notePage.toString()})()`;
    await page.#send('Page.addScriptToEvaluateOnNewDocument', { source });
    await page.#send('Emulation.setDeviceMetricsOverride', {
      width: 1440,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await page.#send('Page.navigate', { url: address });
    return page;
  }

  /** What an expression gives in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = evaluated.parse(await this.#send('Runtime.evaluate', params));
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  }

  /** Waits until the page shows this text. */
  async shows(text: string): Promise<void> {
    const shown = `document.body?.innerText.includes(${JSON.stringify(text)}) === true`;
    while ((await this.evaluate(shown)) !== true) await sleep(100);
  }

  /** For how long the main thread has worked, in seconds. */
  async busySeconds(): Promise<number> {
    const told = metrics.parse(await this.#send('Performance.getMetrics'));
    return told.metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#contextId });
    await this.#browser.detach();
  }

  async #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    const message = JSON.stringify({ id, method, params });
    const answered = new Promise<z.infer<typeof answer>>((resolve) => this.#waiting.set(id, resolve));
    await this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}
