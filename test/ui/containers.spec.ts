// The page Containers beyond the whole way: filter, order, keys, failures that stay where they happened.
import { expect, havePulled, test } from './fixtures.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

test('filters by text and state, and says when the filter hides everything', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['run', '-d', '--name', 'alpha', 'busybox', 'sleep', '600']);
  await engine.cli(['create', '--name', 'beta', 'busybox', 'true']);
  await expect(containers.row('alpha')).toContainText('running');
  await expect(containers.row('beta')).toContainText('created');
  await expect(window.getByText('1 running of 2')).toBeVisible();

  await window.keyboard.press('/');
  await window.keyboard.type('bet');
  await expect(containers.row('alpha')).toBeHidden();
  await expect(containers.row('beta')).toBeVisible();
  await window.keyboard.type('zzz');
  await expect(window.getByText('2 containers are hidden by the filter.')).toBeVisible();
  await window.getByRole('main').getByRole('button', { name: 'Clear filter' }).last().click();

  await window.getByRole('radio', { name: 'Stopped' }).click();
  await expect(containers.row('alpha')).toBeHidden();
  await window.getByRole('radio', { name: 'Running' }).click();
  await expect(containers.row('beta')).toBeHidden();
});

test('orders by column, and moves the current row by arrows', async ({ engine, containers, window }) => {
  for (const name of ['one', 'two', 'three']) await engine.cli(['create', '--name', name, 'busybox', 'true']);
  await expect(containers.row('three')).toBeVisible();
  const names = () =>
    containers.list.getByRole('row').locator('[role=gridcell]:nth-child(3)').allTextContents();
  expect(await names()).toEqual(['one', 'three', 'two']);
  await window.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  expect(await names()).toEqual(['two', 'three', 'one']);
  await expect(window.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending');

  await containers.row('two').focus();
  await window.keyboard.press('ArrowDown');
  await expect(containers.row('three')).toBeFocused();
  await window.keyboard.press('End');
  await expect(containers.row('one')).toBeFocused();
  await window.keyboard.press('Enter');
  await expect(containers.details('one')).toBeVisible();
  await expect(window).toHaveURL(/#\/containers\/[0-9a-f]{64}\/logs$/);
  await window.getByRole('tab', { name: 'Summary' }).click();
  await expect(window).toHaveURL(/summary$/);
});

test('shows what another client does, at once', async ({ engine, containers }) => {
  await engine.cli(['run', '-d', '--name', 'other', 'busybox', 'sleep', '600']);
  await expect(containers.row('other')).toContainText('running');
  await engine.cli(['kill', 'other']);
  await expect(containers.row('other')).toContainText('exited 137');
  await engine.cli(['rm', 'other']);
  await expect(containers.row('other')).toBeHidden();
});

test('keeps what was typed when the engine refuses to run it', async ({ engine, containers }) => {
  await engine.cli(['run', '-d', '--name', 'taken', '-p', '18090:80', 'busybox', 'sleep', '600']);
  await expect(containers.row('taken')).toContainText('running');
  await containers.fillRun({
    image: 'busybox',
    name: 'taken',
    ports: [['99999', '80']],
    command: 'sleep "60',
  });
  await containers.submitRun();
  const dialog = containers.runDialog;
  await expect(dialog).toContainText('taken exists already');
  await expect(dialog).toContainText('A port is a number from 1 to 65535');
  await expect(dialog).toContainText('A quote is not closed');
  await expect(dialog.getByRole('textbox', { name: /^Name/ })).toBeFocused();

  await dialog.getByRole('textbox', { name: /^Name/ }).fill('second');
  await dialog.getByRole('textbox', { name: /^Command/ }).fill('sleep 60');
  await dialog.getByLabel('Port here 1').fill('18090');
  await containers.submitRun();
  await expect(dialog.getByRole('alert')).toContainText('The engine did not run it');
  await expect(dialog.getByRole('alert')).toContainText(/18090/);
  await expect(dialog.getByRole('textbox', { name: /^Name/ })).toHaveValue('second');
});

test('says on the row why a start failed', async ({ engine, containers, window }) => {
  await engine.cli(['create', '--name', 'broken', 'busybox', '/no/such/program']);
  await containers.row('broken').getByRole('button', { name: 'Start broken' }).click();
  await expect(window.getByRole('alert')).toContainText('Could not start broken');
  await expect(
    containers.row('broken').getByRole('img', { name: /no such file or directory/i }),
  ).toBeVisible();
});

test('unsticks the log when one scrolls up, and jumps back to the latest line', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli([
    ...['run', '-d', '--name', 'chatty', 'busybox', 'sh', '-c'],
    'i=0; while true; do echo "row $i"; i=$((i+1)); [ $i -gt 500 ] && sleep 0.1; done',
  ]);
  await containers.row('chatty').click();
  await expect(containers.log).toContainText('row 50');
  await containers.log.hover();
  await window.mouse.wheel(0, -3000);
  const jump = window.getByRole('button', { name: /Jump to latest/ });
  await expect(jump).toBeVisible();
  await expect(jump).toContainText('new');
  const before = await containers.log.evaluate((element) => element.scrollTop);
  await expect(jump).toContainText(/· ([2-9]|\d\d+) new/);
  expect(await containers.log.evaluate((element) => element.scrollTop)).toBe(before);
  await jump.click();
  await expect(jump).toBeHidden();
});

test('keeps up with a fast log, wrapped or not', async ({ engine, containers, window }) => {
  await engine.cli([
    ...['run', '-d', '--name', 'flood', 'busybox', 'sh', '-c'],
    'yes "the quick brown fox jumps over the lazy dog" | head -n 200000; echo the very last line; exec sleep 600',
  ]);
  await containers.row('flood').click();
  await expect(containers.log).toContainText('lazy dog');
  await expect(containers.log).toContainText('the very last line');
  await expect(containers.log.getByText('the very last line')).toBeInViewport();
  await window.getByRole('button', { name: 'Wrap' }).click();
  await expect(containers.log.getByText('the very last line')).toBeInViewport();
  // However many lines there are, few of them are elements.
  expect(await containers.log.locator('.log-line').count()).toBeLessThan(300);
  await containers.log.press('Home');
  await expect.poll(() => containers.log.evaluate((element) => element.scrollTop)).toBe(0);
  await window.getByRole('button', { name: /Jump to latest/ }).click();
  await expect(containers.log.getByText('the very last line')).toBeInViewport();
});
