// What only the stand-in for Electron can show of the shell: the tray, dialogs, what went to the system, processes that fail.
// As with all of the stand-in, this proves the shell against a reading of Electron, not against Electron.
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { runOverStandIn, until, type StandInRun } from '../fixtures/electron/shell-run.ts';
import { untilConnected } from './shell-specs.ts';

let engine: BerthEngine;
let folder: string;
let shell: StandInRun | undefined;

async function start(more: Partial<Parameters<typeof runOverStandIn>[0]> = {}): Promise<StandInRun> {
  shell = await runOverStandIn({ folder, dockerHost: `unix://${engine.socket}`, ...more });
  return shell;
}

/** Starts it and waits until the page is connected. */
async function open(more: Parameters<typeof start>[0] = {}): Promise<StandInRun & { readonly page: Page }> {
  const run = await start(more);
  const page = await run.firstPage();
  await untilConnected(page);
  return { ...run, page };
}

const inUserData = (name: string): string => path.join(folder, 'Berth', name);

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
  await engine.cli(['rm', '-f', 'trayed']);
  await rm(folder, { recursive: true, force: true });
});

describe('the tray', () => {
  const item = (run: StandInRun, label: string) =>
    until(() => run.standIn.trays[0]?.menu?.items.find((found) => found.label === label)?.submenu?.items);

  it('starts and stops a container, and shows its logs', async () => {
    const run = await open();
    await engine.cli([
      'create',
      '--name',
      'trayed',
      'busybox',
      'sh',
      '-c',
      'trap exit TERM; echo it is up; sleep 1000 & wait',
    ]);
    (await item(run, '○ trayed')).find(({ label }) => label === 'Start')?.click();
    const running = await item(run, '● trayed');
    expect((await engine.docker.getContainer('trayed').inspect()).State.Running).toBe(true);
    running.find(({ label }) => label === 'Logs')?.click();
    await run.page.getByText('it is up').first().waitFor();
    running.find(({ label }) => label === 'Stop')?.click();
    await item(run, '○ trayed');
    expect((await engine.docker.getContainer('trayed').inspect()).State.Running).toBe(false);
  });

  it('says how the engine is', async () => {
    const run = await open();
    expect(run.standIn.trays[0]?.toolTip).toMatch(/^Berth: Engine running \(Berth /);
    await engine.kill('SIGKILL');
    await until(() => (run.standIn.trays[0]?.toolTip === 'Berth: No engine' ? true : undefined));
    await engine.restart();
    await until(() => (run.standIn.trays[0]?.toolTip.includes('running') === true ? true : undefined));
  });

  it('says in a dialog what could not be done', async () => {
    const run = await open();
    await engine.cli(['create', '--name', 'trayed', 'busybox', '/no/such/program']);
    (await item(run, '○ trayed')).find(({ label }) => label === 'Start')?.click();
    const dialog = await until(() => run.standIn.record.dialogs[0]);
    expect(dialog.message).toBe('trayed was not started');
    expect(dialog.detail).toContain('/no/such/program');
  });
});

describe('quitting and stopping all', () => {
  it('does not quit when a container could not be stopped and one wants to stay', async () => {
    const run = await open();
    await engine.cli(['run', '-d', '--stop-timeout', '0', '--name', 'trayed', 'busybox', 'sleep', '1000']);
    await until(() => run.standIn.trays[0]?.menu?.items.find(({ label }) => label === '● trayed'));
    // Nobody answers: the stop fails at once.
    await engine.kill('SIGKILL');
    run.standIn.dialogAnswers.push(1);
    run.standIn.trays[0]?.menu?.getMenuItemById('quitAndStopAll')?.click();
    const dialog = await until(() => run.standIn.record.dialogs[0]);
    expect(dialog.message).toBe('Some containers could not be stopped.');
    expect(dialog.detail).toMatch(/^trayed: /);
    expect(run.standIn.windows).toHaveLength(1);
    await engine.restart();
  });
});

describe('the locks', () => {
  it('gives web links to the browser, and nothing else to anybody', async () => {
    const { page, standIn } = await open();
    await page.evaluate(() => {
      window.open('https://example.com/docs');
      window.open('about:blank');
    });
    await until(() => (standIn.record.windowsOpened.length === 2 ? true : undefined));
    await page.evaluate(() => {
      window.location.href = 'https://example.com/there';
    });
    await until(() => (standIn.record.openedLinks.length === 2 ? true : undefined));
    expect(standIn.record.openedLinks).toEqual(['https://example.com/docs', 'https://example.com/there']);
    expect(standIn.record.windowsOpened.map(({ allowed }) => allowed)).toEqual([false, false]);
    await until(() => (page.context().pages().length === 1 ? true : undefined));
  });

  it('refuses web views, devices and screens', async () => {
    const { standIn } = await open();
    let prevented = 0;
    const event = { preventDefault: () => (prevented += 1) };
    standIn.windows[0]?.webContents.emit('will-attach-webview', event, {}, {});
    standIn.windows[0]?.webContents.emit('will-redirect', event);
    expect(prevented).toBe(2);
    expect(standIn.session.deviceHandler?.()).toBe(false);
    const streams: object[] = [];
    standIn.session.displayMediaHandler?.({}, (given) => streams.push(given));
    expect(streams).toEqual([{}]);
    expect(standIn.app.sandboxEnabled).toBe(true);
  });

  it('lets the page write to the clipboard and not read it', async () => {
    const { page } = await open();
    const states = await page.evaluate(async () => {
      const state = async (name: string) =>
        (await navigator.permissions.query({ name: name as PermissionName })).state;
      return [await state('clipboard-write'), await state('clipboard-read')];
    });
    expect(states).toEqual(['granted', 'denied']);
  });

  it('saves what the page made, and nothing from elsewhere', async () => {
    const { page, standIn } = await open();
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.download = 'made.txt';
      link.href = URL.createObjectURL(new Blob(['made']));
      link.click();
    });
    await until(() => (standIn.record.downloads.length === 1 ? true : undefined));
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.download = 'other.txt';
      link.href = 'data:text/plain,other';
      link.click();
    });
    await until(() => (standIn.record.downloads.length === 2 ? true : undefined));
    expect(standIn.record.downloads.map(({ prevented }) => prevented)).toEqual([false, true]);
  });

  it('serves only what was built, with a policy that lets nothing in or out', async () => {
    const { page, standIn } = await open();
    expect(standIn.protocol.standardAndSecure.has('berth-app')).toBe(true);
    const handler = standIn.protocol.handlers.get('berth-app');
    const ask = async (url: string, method = 'GET') => handler?.(new Request(url, { method }));
    const index = await ask('berth-app://berth.invalid/');
    expect(index?.status).toBe(200);
    expect(index?.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = index?.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'none'");
    for (const url of [
      'berth-app://berth.invalid/../package.json',
      'berth-app://berth.invalid/%2e%2e/%2e%2e/package.json',
      'berth-app://berth.invalid/assets/..%2f..%2f..%2fpackage.json',
      'berth-app://elsewhere.invalid/',
    ]) {
      expect((await ask(url))?.status, url).toBe(404);
    }
    expect((await ask('berth-app://berth.invalid/', 'POST'))?.status).toBe(405);
    const inline = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.name = "ran"';
      document.body.append(script);
      return window.name;
    });
    expect(inline).not.toBe('ran');
    expect(standIn.record.network).toEqual([]);
  });

  it('gives a port to the main frame of our own page alone', async () => {
    const { standIn } = await open();
    const given: string[] = [];
    const frame = (url: string, parent: object | null) => ({
      url,
      parent,
      postMessage: () => given.push(url),
    });
    for (const senderFrame of [
      frame('https://example.com/', null),
      frame('berth-app://berth.invalid/index.html', null),
      frame('berth-app://berth.invalid.example.com/', null),
      frame('berth-app://berth.invalid/', {}),
      null,
    ]) {
      standIn.ipcMain.emit('berth:connect', { senderFrame });
    }
    expect(given).toEqual([]);
    standIn.ipcMain.emit('berth:connect', { senderFrame: frame('berth-app://berth.invalid/#/images', null) });
    expect(given).toEqual(['berth-app://berth.invalid/#/images']);
  });
});

describe('the port', () => {
  /** Types into a terminal of a new container and waits for what its file `/answer` says then. */
  async function typeAndExpect(text: string, answer: string): Promise<void> {
    const { page, standIn } = await open();
    await engine.cli(['run', '-d', '--name', 'trayed', 'busybox', 'sleep', '1000']);
    const { Id } = await engine.docker.getContainer('trayed').inspect();
    standIn.app.emit('second-instance', {}, ['berth', `berth://container/${Id}/terminal`]);
    const typing = page.locator('.xterm-helper-textarea').first();
    await typing.waitFor({ state: 'attached' });
    await page.locator('.xterm-rows').getByText('#').first().waitFor();
    await typing.focus();
    await page.keyboard.type(text);
    await until(async () => {
      const { stdout } = await engine.cli(['exec', 'trayed', 'cat', '/answer']);
      return String(stdout) === answer ? true : undefined;
    });
  }

  it('carries binary frames both ways, through a terminal', () =>
    typeAndExpect('echo $((6*7))ü > /answer\n', '42ü\n'));

  it('carries more than may be unacknowledged, since the page acknowledges', () =>
    // 1.5 MB with the terminal's line ends: three times the window, so the last command would wait for ever.
    typeAndExpect('seq 200000; echo done > /answer\n', 'done\n'));

  it('is given anew when the page is loaded anew', async () => {
    const { page, standIn } = await open();
    standIn.windows[0]?.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    await page.waitForEvent('load');
    await untilConnected(page);
  });
});

describe('the start', () => {
  it('ends at once where another instance runs already', async () => {
    const run = await start({ firstInstance: false });
    await run.ended;
    expect(run.standIn.windows).toEqual([]);
    shell = undefined;
  });

  it('opens no window when it was started at login, but a tray', async () => {
    const { standIn } = await start({ args: ['--hidden'] });
    await until(() => standIn.trays[0]);
    expect(standIn.windows).toEqual([]);
    standIn.app.emit('second-instance', {}, ['berth']);
    await until(() => standIn.windows[0]);
  });

  it('says what is missing, and ends, where the page was not built', async () => {
    const program = path.join(folder, 'dist/electron/main.mjs');
    await mkdir(path.dirname(program), { recursive: true });
    await copyFile(new URL('../../dist/electron/main.js', import.meta.url), program);
    const run = await start({ program });
    await run.ended;
    shell = undefined;
    expect(run.standIn.record.dialogs[0]?.message).toBe('Berth cannot start');
    expect(run.standIn.record.dialogs[0]?.detail).toMatch(/renderer/);
    expect(run.standIn.windows).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is put into the autostart folder, and out of it', async () => {
    const { standIn } = await open();
    const entry = path.join(folder, 'autostart/berth.desktop');
    const click = () => standIn.trays[0]?.menu?.getMenuItemById('startAtLogin')?.click();
    expect(standIn.trays[0]?.menu?.getMenuItemById('startAtLogin')?.checked).toBe(false);
    click();
    expect(readFileSync(entry, 'utf8')).toContain('"--hidden"');
    expect(standIn.trays[0]?.menu?.getMenuItemById('startAtLogin')?.checked).toBe(true);
    click();
    expect(existsSync(entry)).toBe(false);
  });

  it('draws in software after the GPU process has failed', async () => {
    const first = await open();
    expect(first.standIn.app.hardwareAcceleration).toBe(true);
    first.standIn.app.emit('child-process-gone', {}, { type: 'Utility', reason: 'crashed' });
    first.standIn.app.emit('child-process-gone', {}, { type: 'GPU', reason: 'killed' });
    expect(existsSync(inUserData('graphics.json'))).toBe(false);
    first.standIn.app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed' });
    await first.quit();
    const second = await open();
    expect(second.standIn.app.hardwareAcceleration).toBe(false);
  });

  it('is not kept from starting by files that are broken, or by a display that has gone', async () => {
    await mkdir(path.join(folder, 'Berth'), { recursive: true });
    await writeFile(inUserData('settings.json'), '{"closeTo": "nowhere"}');
    await writeFile(inUserData('graphics.json'), 'not JSON');
    const bounds = { x: 4000, y: 100, width: 1000, height: 700 };
    await writeFile(inUserData('window.json'), JSON.stringify({ bounds, maximized: false }));
    const { standIn } = await open();
    expect(standIn.windows[0]?.options).toMatchObject({ width: 1000, height: 700 });
    expect(standIn.windows[0]?.options.x).toBeUndefined();
    expect(standIn.trays[0]?.menu?.getMenuItemById('closeToTray')?.checked).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('an engine of its own', () => {
  const running = async (socketPath: string): Promise<boolean> =>
    new Promise((resolve) => {
      const request = http.get({ socketPath, path: '/_ping', agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      request.on('error', () => resolve(false));
    });
  const configure = async (engineArguments: readonly string[]): Promise<void> => {
    await mkdir(path.join(folder, 'Berth'), { recursive: true });
    await writeFile(inUserData('settings.json'), JSON.stringify({ engineArguments }));
  };

  it('is started by a utility process, and ends with the shell', async () => {
    const socketPath = path.join(folder, 'run/berth.sock');
    await configure([`--exec-root=${path.join(folder, 'run')}`, `--data-root=${path.join(folder, 'data')}`]);
    const run = await open({ dockerHost: undefined, enter: engine.machine.enter });
    expect(run.standIn.utilities).toHaveLength(1);
    expect(await running(socketPath)).toBe(true);
    await run.quit();
    expect(await running(socketPath)).toBe(false);
    expect(run.standIn.record.dialogs).toEqual([]);
    shell = undefined;
  });

  it('is offered again when the process that keeps it was killed', async () => {
    await configure([`--exec-root=${path.join(folder, 'run')}`, `--data-root=${path.join(folder, 'data')}`]);
    const run = await open({ dockerHost: undefined, enter: engine.machine.enter });
    run.standIn.utilities[0]?.kill();
    const dialog = await until(() => run.standIn.record.dialogs[0]);
    expect(dialog.detail).toContain('has ended');
    await until(() => run.standIn.utilities[1]);
    await untilConnected(run.page);
    await run.quit();
    expect(await running(path.join(folder, 'run/berth.sock'))).toBe(false);
    shell = undefined;
  });

  it('that does not start is explained, and tried again when that is wanted', async () => {
    await configure([`--exec-root=${path.join(folder, 'run')}`, '--no-such-option']);
    const run = await start({ dockerHost: undefined, enter: engine.machine.enter });
    run.standIn.dialogAnswers.push(0, 1);
    await until(() => (run.standIn.record.dialogs.length === 2 ? true : undefined));
    expect(run.standIn.utilities).toHaveLength(2);
    expect(run.standIn.record.dialogs[0]).toMatchObject({ message: 'The engine does not run.' });
    expect(run.standIn.record.dialogs[0]?.detail).toContain('no-such-option');
    const page = await run.firstPage();
    await page
      .getByText(/No engine/)
      .first()
      .waitFor();
  });
});
