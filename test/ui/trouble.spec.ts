// When things go away: the engine is killed and comes back, the server goes, the link is used twice.
import { expect, havePulled, test } from './fixtures.ts';

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
  await expect(containers.row('survivor')).toContainText('exited', { timeout: 20_000 });
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
