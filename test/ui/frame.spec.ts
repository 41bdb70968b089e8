// The frame: pages by mouse and by number, the strip, networks and volumes, and an engine in trouble that is ours to restart.
import { createBackend } from '../../runtime/backend/backend.ts';
import { startBrowserServer } from '../../runtime/backend/browser-server.ts';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { startPeer } from '../fixtures/peer.ts';
import { expect, expectAccessibleInBothThemes, havePulled, test, uiFolder } from './fixtures.ts';

test('goes to every page by its number, and prints it', async ({ frame, window }) => {
  const pages = ['Containers', 'Images', 'Volumes', 'Networks', 'Builds', 'Settings'];
  for (const [index, name] of pages.entries()) {
    await window.keyboard.press(String(index + 1));
    await expect(window.getByRole('heading', { name, level: 1 })).toBeVisible();
    const link = frame.rail.getByRole('link', { name: new RegExp(`^${name}`) });
    await expect(link).toHaveAttribute('aria-current', 'page');
    await expect(link.locator('kbd')).toHaveText(String(index + 1));
    if (name === 'Volumes') await expectAccessibleInBothThemes(window);
  }
  await frame.goTo('Containers');
  // Where one types, a digit is a digit.
  await window.getByRole('button', { name: 'Run…' }).first().click();
  await window.keyboard.type('image:2');
  await expect(window.getByRole('dialog')).toBeVisible();
  await window.keyboard.press('Escape');
  await expect(window.getByRole('heading', { name: 'Containers', level: 1 })).toBeVisible();
});

test('tells in the strip what the machine uses', async ({ frame }) => {
  await expect(frame.strip).toContainText(/Berth .* API 1\.\d+/);
  await expect(frame.strip).toContainText(/CPU (\d+%|–)/);
  await expect(frame.strip).toContainText(/Memory [\d.,]+ of [\d.,]+ GiB/);
  await expect(frame.strip).toContainText(/Disk [\d.,]+ of [\d.,]+ [GT]B/);
});

test('lists networks, filters them, and shows one with who is on it', async ({
  engine,
  containers,
  frame,
  window,
}) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['run', '-d', '--name', 'member', 'busybox', 'sleep', '600']);
  await frame.goTo('Networks');
  const list = window.getByRole('grid', { name: 'Networks' });
  await expect(list.getByRole('row').filter({ hasText: 'bridge' })).toContainText('1 container');
  await window.keyboard.press('/');
  await window.keyboard.type('host');
  await expect(list.getByRole('row')).toHaveCount(2);
  await window.keyboard.type('zzz');
  await expect(window.getByText(/networks are hidden by the filter/)).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('main').getByRole('button', { name: 'Clear filter' }).last().click();

  await list.getByRole('row').nth(1).focus();
  await window.keyboard.press('Enter');
  const details = window.getByRole('region', { name: 'Details of bridge' });
  await expect(details).toContainText('IPv4 subnet');
  await window.keyboard.press('Escape');
  await expect(details).toBeHidden();
  await list.getByRole('row').nth(1).click();
  await details.getByRole('link', { name: 'member' }).click();
  await expect(containers.details('member')).toBeVisible();
});

test('lists the volumes of another engine, and shows one with who mounts it', async ({ page }) => {
  const peer = await startPeer();
  await peer.cli(['volume', 'create', 'kept']);
  await peer.cli(['volume', 'create', 'spare']);
  await havePulled(peer, 'busybox');
  await peer.cli(['create', '--name', 'keeper', '-v', 'kept:/data', 'busybox', 'true']);
  const backend = createBackend(createEngineClient(unixEndpoint(peer.socket)));
  const server = await startBrowserServer({ backend, uiFolder, port: 0 });
  await page.goto(server.url);
  await expect(page.getByRole('contentinfo')).toContainText('Engine running');
  await page.keyboard.press('3');
  const row = (name: string) => page.getByRole('grid', { name: 'Volumes' }).getByRole('row', { name });
  await expect(row('kept')).toContainText('1 container');
  await page.getByRole('radio', { name: 'Unused' }).click();
  await expect(row('kept')).toBeHidden();
  await expect(row('spare')).toContainText('unused');
  await page.getByRole('radio', { name: 'All' }).click();
  await row('kept').focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('region', { name: 'Details of kept' });
  await expect(details).toContainText('"Name": "kept"');
  await expect(details.getByRole('link', { name: 'keeper' })).toBeVisible();
  await expect(details).toContainText('/data');
  await expectAccessibleInBothThemes(page);
  await server.close();
  backend.dispose();
  await peer.stop();
});

test('shows the log of an engine of ours that is down, and starts it again', async ({ engine, page }) => {
  let starts = 0;
  const backend = createBackend(createEngineClient(unixEndpoint(engine.socket)), {
    keeper: {
      log: async () => 'level=fatal msg="the reason of its end"\n',
      restart: async () => {
        starts += 1;
        await engine.restart();
      },
    },
  });
  const server = await startBrowserServer({ backend, uiFolder, port: 0 });
  await page.goto(server.url);
  const strip = page.getByRole('contentinfo');
  await expect(strip).toContainText('Engine running');
  await engine.kill('SIGKILL');
  await expect(strip).toContainText('Engine down');
  const main = page.getByRole('main');
  await expect(main).toContainText('Engine down for');
  await expect(main.getByRole('log', { name: 'The engine’s log' })).toContainText('the reason of its end');
  await expectAccessibleInBothThemes(page);
  await main.getByRole('button', { name: 'Start engine' }).click();
  await expect(strip).toContainText('Engine running');
  expect(starts).toBe(1);
  await server.close();
  backend.dispose();
});
