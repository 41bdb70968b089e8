// When things go away: the engine is killed, stopped or not ours to use, its disk is full, the server goes, the link is used twice.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer } from '../../runtime/backend/browser-server.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { startEngine } from '../fixtures/engine.ts';
import { expect, expectAccessibleInBothThemes, havePulled, test, uiFolder } from './fixtures.ts';
import { ImagesPage } from './pages/images-page.ts';

const start = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../dist/start.js');

test('says that the engine is gone, keeps the list, and recovers by itself', async ({
  engine,
  containers,
  window,
}) => {
  await havePulled(engine, 'busybox');
  await engine.cli([
    'run',
    '-d',
    '--name',
    'survivor',
    'busybox',
    'sh',
    '-c',
    "trap 'exit 0' TERM; while true; do date; sleep 0.2; done",
  ]);
  await containers.row('survivor').click();
  await expect(containers.log).toContainText(':');
  await engine.kill('SIGKILL');
  const strip = window.getByRole('contentinfo');
  await expect(strip).toContainText('Engine down');
  await expect(
    window.getByRole('main').getByRole('status').filter({ hasText: 'What you see is from' }),
  ).toBeVisible();
  await expect(containers.row('survivor')).toBeVisible();

  await engine.restart();
  await expect(strip).toContainText('Engine running');
  await expect(containers.row('survivor')).toContainText('running');
  await containers.row('survivor').getByRole('button', { name: 'Stop survivor' }).click();
  await expect(containers.row('survivor')).toContainText('exited');
});

test('explains a start link that was used already', async ({ browser, server, window }) => {
  await expect(window.getByRole('contentinfo')).toContainText('Engine running');
  expect(window.url()).not.toContain('token');
  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  await page.goto(server.url);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'This link was used already, or the session ended',
  );
  await stranger.close();
  await window.goto(server.url);
  await expect(window.getByRole('contentinfo')).toContainText('Engine running');
});

test('says that Berth is gone and keeps what it knew', async ({ containers, engine, server, window }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['create', '--name', 'kept', 'busybox', 'true']);
  await expect(containers.row('kept')).toBeVisible();
  await server.close();
  await expect(window.getByRole('contentinfo')).toContainText('Not connected to Berth');
  await expect(containers.row('kept')).toBeVisible();
});

test('says that a stopped engine does not answer, and recovers when it goes on', async ({
  engine,
  containers,
  window,
}) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['create', '--name', 'sleeper', 'busybox', 'true']);
  await expect(containers.row('sleeper')).toBeVisible();
  const strip = window.getByRole('contentinfo');
  process.kill(engine.pid, 'SIGSTOP');
  try {
    await expect(strip).toContainText('Engine not answering');
    await expect(containers.row('sleeper')).toBeVisible();
    await expect(window.getByRole('main')).toContainText('It is there but does not answer');
  } finally {
    process.kill(engine.pid, 'SIGCONT');
  }
  await expect(strip).toContainText('Engine running');
  await engine.cli(['rm', 'sleeper']);
  await expect(containers.row('sleeper')).toBeHidden();
});

test('says that a full disk ended a pull, and pulls when there is room', async ({ folder, page }) => {
  const disk = path.join(folder, 'disk');
  await mkdir(disk);
  const mount = (...args: string[]) => promisify(execFile)('mount', [...args, disk]);
  await mount('-t', 'tmpfs', '-o', 'size=1m', 'none');
  const engine = await startEngine({ flags: ['--data-root', disk] });
  const backend = createBackend(createEngineClient(unixEndpoint(engine.socket)));
  const server = await startBrowserServer({ backend, uiFolder, port: 0 });
  try {
    await page.goto(server.url);
    const images = new ImagesPage(page);
    await images.open();
    await page.getByRole('button', { name: 'Pull…' }).first().click();
    await images.pullDialog.getByLabel(/^Reference/).fill('busybox');
    await page.keyboard.press('Enter');
    const said = images.pullDialog.getByRole('alert');
    await expect(said).toContainText('There is no room for busybox:latest on the disk of the engine');
    await expect(said).toContainText('remove images, containers or volumes that you do not need');

    await mount('-o', 'remount,size=64m');
    // It is the same mount with another size: not a new one.
    await engine.renewBaseline();
    await page.keyboard.press('Enter');
    await expect(images.pullDialog.getByText('is here')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(images.row('busybox')).toBeVisible();
  } finally {
    await server.close();
    backend.dispose();
    await engine.stop();
    await promisify(execFile)('umount', [disk]);
  }
});

test('says who may not use the engine, and recovers once they may', async ({ engine, page }) => {
  // Root, but without its power over other people's files.
  await chown(engine.socket, 65534, 65534);
  await chmod(engine.socket, 0o600);
  const command = ['--bounding-set', '-all', '--inh-caps', '-all', '--', process.execPath, start];
  const berth = spawn('setpriv', [...command, '--browser', '--no-open'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}` },
  });
  const ended = once(berth, 'exit');
  try {
    const lines = createInterface(berth.stdout);
    let url: string | undefined;
    for await (const line of lines) {
      url = /http:\S+/.exec(line)?.[0];
      if (url !== undefined) break;
    }
    await page.goto(url ?? '');
    await expect(page.getByRole('contentinfo')).toContainText('No access to the engine');
    await expect(page.getByRole('main')).toContainText('sudo usermod -aG berth');
    await expectAccessibleInBothThemes(page);

    await chown(engine.socket, 0, 0);
    await expect(page.getByRole('contentinfo')).toContainText('Engine running');
    await expect(page.getByRole('main')).not.toContainText('No access');
  } finally {
    await chown(engine.socket, 0, 0);
    berth.kill('SIGTERM');
    await ended;
  }
});
