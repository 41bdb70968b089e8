// The details of a container: what its tabs tell, by mouse and by keyboard, and a new name.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

test('summary: state, health, limits, policy, and values that are shown on demand', async ({
  engine,
  containers,
  window,
}) => {
  const outcome = await engine.cli([
    ...['run', '-d', '--name', 'sick', '-m', '64m', '--restart', 'on-failure:3', '-e', 'TOKEN=hunter2'],
    ...['--label', 'team=blue', '--health-cmd', 'echo no database; exit 1', '--health-interval', '1s'],
    ...['--health-retries', '1', 'busybox', 'sleep', '600'],
  ]);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
  await expect(containers.row('sick')).toContainText('unhealthy');
  await expect(containers.row('sick').locator('.mark-warning')).toBeVisible();
  await containers.row('sick').click();
  await containers.openTab('Summary');
  const details = containers.details('sick');
  await expect(details).toContainText('no database');
  await expect(details).toContainText('on-failure, at most 3 times');
  await expect(details).toContainText('67.1 MB');
  await expect(details).toContainText('team');
  await expect(details.getByRole('link', { name: 'busybox' })).toBeVisible();
  await expect(details).toContainText('TOKEN');
  await expect(details).not.toContainText('hunter2');
  await details.getByRole('button', { name: 'Show values' }).click();
  await expect(details).toContainText('hunter2');
  await expectAccessibleInBothThemes(window);

  // Stopped from here, its exit by a signal is no failure; it is not red.
  await details.getByRole('button', { name: 'Stop sick' }).click();
  await expect(containers.row('sick')).toContainText('stopped');
  await expect(containers.row('sick').locator('.mark-stopped')).toBeVisible();
  await expect(details).toContainText('Exit code 137');
  await window.reload();
  await expect(containers.row('sick').locator('.mark-stopped')).toBeVisible();
});

test('stats: figures and charts that grow, and words when there is nothing to draw', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', 'while :; do :; done']);
  await containers.row('busy').click();
  await containers.openTab('Stats');
  const details = containers.details('busy');
  await expect(window).toHaveURL(/stats$/);
  await expect(details.getByRole('region', { name: 'CPU' })).toContainText(/\d%/);
  await expect(details.getByRole('region', { name: 'Memory' })).toContainText(/\d (kB|MB)/);
  await expect(details.locator('canvas')).toHaveCount(4);
  await expectAccessibleInBothThemes(window);
  // Something is drawn: the canvas is not one colour.
  const colours = await details
    .locator('canvas')
    .first()
    .evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      return new Set(new Uint32Array(new Uint8ClampedArray(data).buffer)).size;
    });
  expect(colours).toBeGreaterThan(3);

  await engine.cli(['create', '--name', 'asleep', 'busybox', 'true']);
  await containers.row('asleep').click();
  await containers.openTab('Stats');
  await expect(containers.details('asleep')).toContainText('This container is not running');
});

test('inspect: a tree that folds, finds and copies, and the raw text', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['create', '--name', 'seen', '-e', 'NEEDLE=hay', 'busybox', 'true']);
  await containers.row('seen').focus();
  await window.keyboard.press('i');
  await expect(window).toHaveURL(/inspect$/);
  const tree = window.getByRole('tree', { name: /seen/ });
  const item = (name: RegExp) => tree.getByRole('treeitem', { name });
  await expect(item(/^Id: "/)).toBeVisible();
  await expectAccessibleInBothThemes(window);

  // The first line is the whole; folded, nothing else is there.
  await tree.getByRole('treeitem').first().focus();
  await window.keyboard.press('ArrowLeft');
  await expect(tree.getByRole('treeitem')).toHaveCount(1);
  await window.keyboard.press('ArrowRight');
  await window.keyboard.press('ArrowRight');
  await expect(item(/^Id: "/)).toBeFocused();
  await window.keyboard.press('c');
  const { id } = await engine.docker
    .getContainer('seen')
    .inspect()
    .then((info) => ({ id: info.Id }));
  await expect.poll(() => window.evaluate(() => navigator.clipboard.readText())).toBe(id);

  await window.getByRole('button', { name: 'Fold all', exact: true }).click();
  await expect(item(/NEEDLE/)).toHaveCount(0);
  await window.keyboard.press('Control+f');
  await window.keyboard.type('needle=');
  await expect(item(/NEEDLE=hay/)).toBeVisible();
  await expect(window.getByRole('search')).toContainText('1 of 1');
  await window.getByRole('radio', { name: 'Raw' }).click();
  await expect(window.getByRole('region', { name: /All that the engine tells of seen/ })).toContainText(
    '"NEEDLE=hay"',
  );
  await expectAccessibleInBothThemes(window);
});

test('processes: what runs inside, kept up while one looks', async ({ engine, containers, window }) => {
  await engine.cli(['run', '-d', '--name', 'parent', 'busybox', 'sh', '-c', 'sleep 601 & sleep 602']);
  await containers.row('parent').click();
  await containers.openTab('Processes');
  const table = window.getByRole('grid', { name: 'Processes of parent' });
  await expect(table).toContainText('sleep 601');
  await expect(table.getByRole('columnheader', { name: 'CPU %' })).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await engine.cli(['exec', '-d', 'parent', 'sleep', '603']);
  await expect(table).toContainText('sleep 603');
  const pids = async (): Promise<number[]> =>
    (await table.getByRole('row').locator('[role=gridcell]:nth-child(2)').allTextContents()).map(Number);
  const ascending = await pids();
  await table.getByRole('columnheader', { name: 'PID', exact: true }).getByRole('button').click();
  await expect.poll(pids).toEqual(ascending.toReversed());
  await engine.cli(['kill', 'parent']);
  await expect(containers.details('parent')).toContainText('This container is not running');
});

test('renames from the list and the menu, and says at the field why not', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['create', '--name', 'taken', 'busybox', 'true']);
  await engine.cli(['create', '--name', 'before', 'busybox', 'true']);
  await containers.row('before').focus();
  await window.keyboard.press('F2');
  const dialog = window.getByRole('dialog', { name: 'Rename before' });
  const field = dialog.getByLabel('New name');
  await expect(field).toBeFocused();
  await window.keyboard.type('a b');
  await window.keyboard.press('Enter');
  await expect(dialog).toContainText('A name has two or more letters');
  await field.fill('taken');
  await window.keyboard.press('Enter');
  await expect(dialog).toContainText(/already in use/);
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expectAccessibleInBothThemes(window);
  await field.fill('after');
  await window.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(containers.row('after')).toBeVisible();

  await containers.chooseFromMenu('after', /^Rename/);
  await window.getByLabel('New name').fill('last');
  await window.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(containers.row('last')).toBeVisible();
});

test('pauses by letter, and moves between tabs by arrows', async ({ engine, containers, window }) => {
  await engine.cli(['run', '-d', '--name', 'steady', 'busybox', 'sleep', '600']);
  await containers.row('steady').focus();
  await window.keyboard.press('p');
  await expect(containers.row('steady')).toContainText('paused');
  await window.keyboard.press('p');
  await expect(containers.row('steady')).toContainText('running');
  await window.keyboard.press('Enter');
  await window.getByRole('tab', { name: 'Logs' }).focus();
  await window.keyboard.press('End');
  await expect(window.getByRole('tab', { name: 'Processes' })).toBeFocused();
  await expect(window).toHaveURL(/processes$/);
  await window.keyboard.press('ArrowRight');
  await expect(window).toHaveURL(/summary$/);
});
