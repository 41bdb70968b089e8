// The list of containers as a place to work in: many selected and acted on at once, Compose projects, columns, live figures.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import type { BerthEngine } from '../fixtures/engine.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

async function create(engine: BerthEngine, name: string, ...options: readonly string[]): Promise<void> {
  const outcome = await engine.cli(['create', '--name', name, ...options, 'busybox', 'sleep', '600']);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
}

function inProject(project: string): readonly string[] {
  return ['--label', `com.docker.compose.project=${project}`];
}

test('selects by mouse and acts on many at once, after one question that names them', async ({
  engine,
  containers,
  window,
}) => {
  for (const name of ['one', 'two', 'three', 'four', 'five']) await create(engine, name);
  await expect(containers.row('two')).toBeVisible();
  // By name: five, four, one, three, two.
  await containers.box('five').click();
  await expect(containers.bulk).toContainText('1 selected');
  await containers.box('one').click({ modifiers: ['Shift'] });
  await expect(containers.bulk).toContainText('3 selected');
  await expect(containers.row('four')).toHaveAttribute('aria-selected', 'true');
  await containers.row('two').click({ modifiers: ['ControlOrMeta'] });
  await expect(containers.bulk).toContainText('4 selected');
  await containers.box('two').click();
  await expectAccessibleInBothThemes(window);

  // Nothing runs, so there is nothing to stop.
  await expect(containers.bulk.getByRole('button', { name: 'Stop' })).toBeDisabled();
  await containers.bulk.getByRole('button', { name: 'Start', exact: true }).click();
  for (const name of ['five', 'four', 'one']) await expect(containers.row(name)).toContainText('running');
  await expect(containers.row('three')).toContainText('created');
  await containers.bulk.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(containers.row('four')).toContainText('paused');
  await containers.bulk.getByRole('button', { name: 'Unpause' }).click();
  await expect(containers.row('four')).toContainText('running');

  await containers.bulk.getByRole('button', { name: 'Remove…' }).click();
  const question = window.getByRole('alertdialog', { name: 'Remove 3 containers?' });
  await expect(question).toContainText('five, four, and one');
  await expect(question).toContainText('3 of them are running');
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove 3 containers' }).click();
  for (const name of ['five', 'four', 'one']) await expect(containers.row(name)).toBeHidden();
  await expect(containers.row('two')).toBeVisible();
  await expect(containers.bulk).toBeHidden();
});

test('selects by keyboard, and letters act on all that are selected', async ({
  engine,
  containers,
  window,
}) => {
  const { keyboard } = window;
  // No part of any id, which filters look at too.
  for (const name of ['pa', 'pb', 'pc', 'pd']) await create(engine, name);
  await containers.row('pa').focus();
  await keyboard.press('Space');
  await keyboard.press('Shift+ArrowDown');
  await keyboard.press('Shift+ArrowDown');
  await expect(containers.bulk).toContainText('3 selected');
  await keyboard.press('Shift+ArrowUp');
  await expect(containers.bulk).toContainText('2 selected');
  await keyboard.press('s');
  await expect(containers.row('pa')).toContainText('running');
  await expect(containers.row('pb')).toContainText('running');
  await expect(containers.row('pc')).toContainText('created');

  await keyboard.press('Control+a');
  await expect(containers.bulk).toContainText('4 selected');
  await keyboard.press('k');
  const question = window.getByRole('alertdialog', { name: 'Kill 2 containers?' });
  await expect(question).toContainText('pa and pb');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  // They were killed from here, so this is no failure.
  await expect(containers.row('pa')).toContainText('stopped');
  await expect(containers.row('pb').locator('.mark-stopped')).toBeVisible();

  // What a filter hides is selected no more: nobody acts on what is not seen.
  await keyboard.press('/');
  await keyboard.type('pc');
  await expect(containers.bulk).toContainText('1 selected');
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await containers.row('pc').focus();
  await keyboard.press('Escape');
  await expect(containers.bulk).toBeHidden();
});

test('prunes what does not run, and says what goes', async ({ engine, containers, window }) => {
  await engine.cli(['run', '-d', '--name', 'stays', 'busybox', 'sleep', '600']);
  await expect(containers.row('stays')).toContainText('running');
  await expect(window.getByRole('button', { name: 'Clean up…' })).toBeHidden();
  await create(engine, 'old');
  await create(engine, 'older');
  await expect(containers.row('older')).toBeVisible();
  await window.getByRole('button', { name: 'Clean up…' }).click();
  const question = window.getByRole('alertdialog', { name: 'Remove 2 stopped containers?' });
  await expect(question).toContainText(/old and older|older and old/);
  await expect(question).toContainText('volumes and folders of this machine stay');
  await question.getByRole('button', { name: 'Remove 2 containers' }).click();
  await expect(containers.row('old')).toBeHidden();
  await expect(containers.row('stays')).toBeVisible();
  await expect(window.getByText('2 stopped containers removed')).toBeVisible();
});

test('folds Compose projects, remembers it, and acts on all of one', async ({
  engine,
  containers,
  window,
}) => {
  await create(engine, 'shop-web', ...inProject('shop'));
  await create(engine, 'shop-db', ...inProject('shop'));
  await create(engine, 'alone');
  const project = containers.project('shop');
  await expect(project).toContainText('0 of 2 running');
  await project.getByRole('button', { name: 'Start all of shop' }).click();
  await expect(project).toContainText('2 of 2 running');
  await expect(containers.row('alone')).toContainText('created');
  await expectAccessibleInBothThemes(window);

  // By keyboard: the arrows fold and unfold, as they do in a tree.
  await project.focus();
  await window.keyboard.press('ArrowLeft');
  await expect(containers.row('shop-web')).toBeHidden();
  await expect(project.getByRole('button', { name: 'shop', exact: true })).toHaveAttribute(
    'aria-expanded',
    'false',
  );
  await window.keyboard.press('Space');
  await expect(containers.bulk).toContainText('2 selected');
  await window.reload();
  await expect(containers.project('shop')).toContainText('2 of 2 running');
  await expect(containers.row('shop-web')).toBeHidden();
  // A text that is looked for is found in a folded project too.
  await window.keyboard.press('/');
  await window.keyboard.type('shop-w');
  await expect(containers.row('shop-web')).toBeVisible();
  await expect(containers.row('shop-db')).toBeHidden();
  await window.keyboard.press('Escape');
  await expect(containers.row('shop-web')).toBeHidden();
  await project.click();
  await expect(containers.row('shop-web')).toBeVisible();

  await window.getByRole('button', { name: 'View' }).click();
  await window.getByRole('menuitemcheckbox', { name: 'Group by Compose project' }).click();
  await window.keyboard.press('Escape');
  await expect(project).toBeHidden();
  await window.getByRole('button', { name: 'View' }).click();
  await window.getByRole('menuitemcheckbox', { name: 'Group by Compose project' }).click();
  await window.keyboard.press('Escape');

  await project.getByRole('button', { name: 'More for shop' }).click();
  await window.getByRole('menuitem', { name: /^Remove all/ }).click();
  await window.getByRole('button', { name: 'Remove 2 containers' }).click();
  await expect(project).toBeHidden();
  await expect(containers.row('alone')).toBeVisible();
});

test('shows CPU and memory live, sorts by them, and lets one choose the columns', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['run', '-d', '--name', 'calm', 'busybox', 'sleep', '600']);
  await engine.cli(['run', '-d', '--name', 'wild', 'busybox', 'sh', '-c', 'while :; do :; done']);
  await create(engine, 'idle');
  await expect(containers.cell('wild', 'CPU')).toContainText(/\d%/);
  await expect(containers.cell('wild', 'CPU').locator('.sparkline path')).toHaveAttribute('d', /^M.*L/);
  await expect(containers.cell('calm', 'Memory')).toContainText(/\d (kB|MB)/);
  await expect(containers.cell('idle', 'Memory').getByRole('img', { name: 'none' })).toBeVisible();
  const names = (): Promise<string[]> => containers.list.locator('[role=gridcell] > bdi').allTextContents();
  await window.getByRole('columnheader', { name: 'CPU' }).getByRole('button').click();
  await expect(window.getByRole('columnheader', { name: 'CPU' })).toHaveAttribute('aria-sort', 'descending');
  await expect.poll(names).toEqual(['wild', 'calm', 'idle']);

  await window.getByRole('button', { name: 'View' }).click();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('menuitemcheckbox', { name: 'Image' }).click();
  await window.getByRole('menuitemcheckbox', { name: 'ID', exact: true }).click();
  await window.keyboard.press('Escape');
  await expect(window.getByRole('columnheader', { name: 'Image' })).toBeHidden();
  await expect(window.getByRole('columnheader', { name: 'ID' })).toBeVisible();
  await window.reload();
  await expect(window.getByRole('columnheader', { name: 'ID' })).toBeVisible();
  await expect(window.getByRole('columnheader', { name: 'CPU' })).toHaveAttribute('aria-sort', 'descending');
  await window.setViewportSize({ width: 640, height: 700 });
  await expect(window.getByRole('columnheader', { name: 'ID' })).toBeHidden();
  await expect(window.getByRole('columnheader', { name: 'Name' })).toBeVisible();
});

test('keeps only the visible rows, in order under renames', async ({ engine, containers, window }) => {
  const ids: string[] = [];
  for (let n = 0; n < 60; n += 1) {
    const { id } = await engine.docker.createContainer({
      name: `c-${String(n).padStart(2, '0')}`,
      Image: 'busybox',
      Cmd: ['true'],
    });
    ids.push(id);
  }
  await expect(window.getByText('0 running of 60')).toBeVisible();
  expect(await containers.list.locator('[data-row-id]').count()).toBeLessThan(45);
  for (const [at, id] of ids.entries()) {
    await engine.docker.getContainer(id).rename({ name: `d-${String(99 - at)}` });
  }
  await expect(containers.row('d-40')).toBeVisible();
  await containers.row('d-40').focus();
  await window.keyboard.press('End');
  await expect(containers.row('d-99')).toBeFocused();
});
