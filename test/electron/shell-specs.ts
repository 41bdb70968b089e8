// What the desktop shell must do, told once: the same specs run over the stand-in for Electron and, where its binary is, in
// Electron itself. The engine is a real one on a machine of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { until, type ShellRun, type ShellRunOptions } from '../fixtures/electron/shell-run.ts';

/** Waits until the page shows that the engine runs. */
export async function untilConnected(page: Page): Promise<void> {
  await page.getByRole('contentinfo').getByText('Engine running').waitFor();
}

/** Declares the specs for one way of running the shell. */
export function describeShell(name: string, run: (options: ShellRunOptions) => Promise<ShellRun>): void {
  describe(name, () => {
    let engine: BerthEngine;
    let folder: string;
    let shell: ShellRun | undefined;
    const start = async (more: Partial<ShellRunOptions> = {}): Promise<ShellRun> => {
      shell = await run({ folder, dockerHost: `unix://${engine.socket}`, ...more });
      return shell;
    };

    beforeAll(async () => {
      engine = await startEngine();
      await engine.cli(['pull', 'busybox']);
    });
    afterAll(() => engine.stop());
    beforeEach(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'berth-shell-'));
    });
    afterEach(async () => {
      await shell?.quit();
      shell = undefined;
      await engine.cli(['rm', '-f', 'told', 'alone', 'shown']);
      await rm(folder, { recursive: true, force: true });
    });

    it('shows in the page what the engine has, and does in the engine what the page says', async () => {
      const { firstPage } = await start();
      const page = await firstPage();
      await untilConnected(page);
      expect((await engine.cli(['create', '--name', 'told', 'busybox', 'sleep', '1000'])).exitCode).toBe(0);
      const row = page.getByRole('row').filter({ hasText: 'told' });
      await row.waitFor();
      await row.getByRole('button', { name: /^start/i }).click();
      await until(async () =>
        (await engine.docker.getContainer('told').inspect()).State.Running ? true : undefined,
      );
    });

    it('carries a log as binary frames to the page that a link names', async () => {
      await engine.cli(['run', '-d', '--name', 'shown', 'busybox', 'echo', 'grüße ⚓']);
      const { id } = await engine.docker
        .getContainer('shown')
        .inspect()
        .then(({ Id }) => ({ id: Id }));
      const { firstPage } = await start({ args: [`berth://container/${id}/logs`] });
      const page = await firstPage();
      await page.getByText('grüße ⚓').first().waitFor();
      expect(new URL(page.url()).hash).toBe(`#/containers/${id}/logs`);
    });

    it('hands a second start to the first instance, with its link', async () => {
      const { firstPage, evaluate } = await start();
      const page = await firstPage();
      await untilConnected(page);
      await evaluate(({ app }) => {
        app.emit('second-instance', {}, ['berth', 'berth://images'], '/');
      }, null);
      await page.waitForFunction(() => window.location.hash === '#/images');
    });

    it('keeps the page to itself: no Node, no bridge, no network, no other page', async () => {
      const { firstPage } = await start();
      const page = await firstPage();
      await untilConnected(page);
      const address = page.url();
      const seen = await page.evaluate(async () => {
        const typeOf = (name: string) => typeof Reflect.get(window, name);
        const reached = await fetch('https://example.com/').then(
          () => 'reached',
          () => 'refused',
        );
        const frame = document.createElement('iframe');
        frame.src = 'https://example.com/';
        document.body.append(frame);
        window.location.href = 'ftp://example.com/';
        const opened = window.open('file:///etc/passwd');
        await new Promise((resolve) => setTimeout(resolve, 300));
        frame.remove();
        return {
          require: typeOf('require'),
          process: typeOf('process'),
          electronSend: typeOf('electronSend'),
          reached,
          opened: opened === null || opened.closed,
        };
      });
      expect(seen).toEqual({
        require: 'undefined',
        process: 'undefined',
        electronSend: 'undefined',
        reached: 'refused',
        opened: true,
      });
      expect(page.url()).toBe(address);
    });

    it('denies what pages may ask for', async () => {
      const { firstPage } = await start();
      const page = await firstPage();
      await untilConnected(page);
      const states = await page.evaluate(async () => {
        const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'] as const;
        return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
      });
      expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied']);
    });

    it('remembers its bounds over a restart', async () => {
      const first = await start();
      await first.firstPage();
      await first.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.setBounds({ x: 60, y: 70, width: 1000, height: 700 });
      }, null);
      await first.quit();
      const second = await start();
      await second.firstPage();
      const bounds = await second.evaluate(
        ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds(),
        null,
      );
      expect(bounds).toMatchObject({ width: 1000, height: 700 });
    });

    it('has a menu whose commands change what is shown', async () => {
      const { firstPage, evaluate } = await start();
      const page = await firstPage();
      await untilConnected(page);
      const accelerator = await evaluate(({ Menu }) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById('showImages');
        item?.click();
        return item?.accelerator;
      }, null);
      expect(accelerator).toBe('CommandOrControl+2');
      await page.waitForFunction(() => window.location.hash === '#/images');
    });

    it('stays in the tray when its window is closed, and shows it again', async () => {
      const { firstPage, evaluate } = await start();
      await firstPage();
      const isVisible = () =>
        evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible(), null);
      await evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close(), null);
      expect(await isVisible()).toBe(false);
      await evaluate(({ app }) => {
        app.emit('second-instance', {}, ['berth'], '/');
      }, null);
      expect(await isVisible()).toBe(true);
    });

    it('ends when its window is closed, where that was chosen', async () => {
      const { firstPage, evaluate, ended } = await start();
      await firstPage();
      await evaluate(({ Menu, BrowserWindow }) => {
        Menu.getApplicationMenu()?.getMenuItemById('closeToTray')?.click();
        setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 0);
      }, null);
      await ended;
      shell = undefined;
    });

    it('leaves containers running when it quits, and stops them when told to', async () => {
      await engine.cli(['run', '-d', '--stop-timeout', '1', '--name', 'alone', 'busybox', 'sleep', '1000']);
      const running = async () => (await engine.docker.getContainer('alone').inspect()).State.Running;
      const first = await start();
      await untilConnected(await first.firstPage());
      await first.quit();
      expect(await running()).toBe(true);

      const second = await start();
      const page = await second.firstPage();
      await page.getByText('alone').first().waitFor();
      await second.evaluate(({ Menu }) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById('quitAndStopAll');
        setTimeout(() => item?.click(), 0);
      }, null);
      await second.ended;
      shell = undefined;
      expect(await running()).toBe(false);
    });
  });
}
