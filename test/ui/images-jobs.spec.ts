// Every job of the page Images on a real engine but for pulls, which have a file of their own: once wholly by mouse, but for what is typed into fields, and once wholly by keyboard.
import type { Locator } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../fixtures/command.ts';
import type { BerthEngine } from '../fixtures/engine.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';
import { expect, expectAccessibleInBothThemes, havePulled, removeImages, test } from './fixtures.ts';
import { chooseByKeys, goToRow, pressAlong, tabTo } from './keyboard.ts';
import { choosing, downloaded } from './transfer.ts';

const credentials = { username: 'berth', password: 'to the sea' };
/** Where nobody answers. */
const unknown = 'localhost:9/never-pushed:1';
let registry: Registry;
test.beforeAll(async ({ engine }) => {
  registry = await startRegistry({
    enter: engine.machine.enter,
    content: 'nothing',
    writable: true,
    credentials,
  });
});
test.afterAll(() => registry.stop());
test.beforeEach(async ({ engine }) => {
  await removeImages(engine);
  await havePulled(engine, 'busybox:1.36');
  await havePulled(engine, 'busybox-layers');
  await engine.cli(['create', '--name', 'holder', 'busybox-layers', 'true']);
});
test.afterEach(async ({ engine }) => {
  for (const name of ['busybox:1.36', unknown, 'busybox-layers', 'own:1', 'twice'])
    await engine.cli(['rmi', '-f', name]);
});

const idOf = async (engine: BerthEngine, name: string): Promise<string> =>
  (await engine.docker.getImage(name).inspect()).Id;

/** Drops a file of this name and content, as the browser tells of it. */
async function drop(list: Locator, name: string, content: Buffer): Promise<void> {
  const page = list.page();
  const dataTransfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], fileName));
      return transfer;
    },
    [name, content.toString('base64')] as const,
  );
  const offer = page.getByText('Drop image archives here to load them');
  await list.dispatchEvent('dragover', { dataTransfer });
  await expect(offer).toBeVisible();
  await list.dispatchEvent('drop', { dataTransfer });
  await expect(offer).toBeHidden();
}

test('by mouse', async ({ engine, containers, frame, images, window, folder }) => {
  const dialog = window.getByRole('dialog');
  const question = window.getByRole('alertdialog');
  const button = (name: string | RegExp): Locator => window.getByRole('button', { name }).first();
  const choose = async (row: string, item: RegExp): Promise<void> => {
    await images.row(row).getByRole('button', { name: /^More/ }).click();
    await window.getByRole('menuitem', { name: item }).click();
  };
  await engine.cli(['tag', 'busybox-layers', unknown]);
  await images.open();
  // What it is: its use, its sizes, whether there is a newer one, its layers with their files, its history.
  const row = images.row('busybox-layers');
  await expect(row).toContainText('1 container');
  const shared = window.getByRole('columnheader', { name: 'Shared' });
  await shared.getByRole('button').click();
  await expect(shared).toHaveAttribute('aria-sort', 'descending');
  await row.getByRole('button', { name: /^More/ }).click();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('menuitem', { name: /^Details/ }).click();
  const details = window.getByRole('region', { name: /busybox-layers:latest/ });
  await expect(details).toContainText('belong to it alone');
  await details.getByRole('button', { name: 'Is there a newer one?' }).click();
  const told = details.getByRole('list', { name: 'At the registry' }).getByRole('listitem');
  await expect(told.filter({ hasText: 'busybox-layers' })).toContainText('this is what the registry has');
  await expect(told.filter({ hasText: unknown })).toContainText('not known');
  await expectAccessibleInBothThemes(window);
  await engine.cli(['rmi', unknown]);
  await details.getByRole('tab', { name: 'Layers' }).click();
  await expect(details).toContainText('82 B are wasted');
  await expect(details.getByRole('button', { name: /^Browse its files/ })).toHaveCount(4);
  const third = details.getByRole('listitem').filter({ hasText: 'Layer 3' });
  await expect(third).toContainText('hides 82 B below');
  await third.getByText('1 added, 3 changed, 3 deleted').click();
  await expect(third).toContainText('/data/removed');
  await expectAccessibleInBothThemes(window);
  await third.getByRole('button', { name: /Browse its files/ }).click();
  const files = details.getByRole('grid', { name: /^Files in/ });
  await files.getByRole('row').filter({ hasText: 'data' }).dblclick();
  await expect(files.getByRole('row').filter({ hasText: 'removed by this layer' })).toHaveCount(2);
  await expectAccessibleInBothThemes(window);
  const replaced = await downloaded(window, folder, () =>
    files.getByRole('row').filter({ hasText: 'replaced' }).dblclick(),
  );
  expect(await readFile(replaced, 'utf8')).toBe('new\n');
  await choose('busybox-layers', /^History/);
  await expect(dialog.getByRole('table')).toContainText('Step, newest first');
  await expect(dialog).toContainText('test layer 1');
  await expectAccessibleInBothThemes(window);
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // One more name, and one less; a container.
  await choose('busybox:1.36', /^Tag/);
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^New name/).fill('own:1');
  await dialog.getByRole('button', { name: 'Tag' }).click();
  await expect(dialog).toBeHidden();
  await choose('busybox:1.36', /^Details/);
  const names = window.getByRole('list', { name: 'Names' });
  await names.getByRole('button', { name: 'Take the name busybox:1.36 away' }).click();
  await expect(names.getByRole('listitem')).toHaveText(['own:1']);
  await images.row('own:1').getByRole('button', { name: 'Run own:1' }).click();
  await containers.runDialog.getByRole('textbox', { name: /^Name/ }).fill('begun');
  await containers.submitRun();
  await expect(containers.details('begun')).toBeVisible();
  await engine.cli(['rm', '-f', 'begun']);

  // A login, a push, and the logout.
  await frame.goTo('Settings');
  await window.getByRole('link', { name: 'Registries', exact: true }).click();
  await window.getByLabel(/^Registry/).fill(registry.host);
  await window.getByLabel(/^User name/).fill(credentials.username);
  await window.getByLabel(/^Password/).fill(credentials.password);
  await button('Log in').click();
  await expect(window.getByRole('list', { name: 'Registries you are logged in to' })).toContainText(
    'as berth',
  );
  await images.open();
  const name = `${registry.host}/me/own:1`;
  await choose('own:1', /^Push/);
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^To/).fill(name);
  await dialog.getByRole('button', { name: 'Push' }).click();
  await expect(window.getByText(`${name} is in its registry`).first()).toBeVisible();
  await engine.cli(['rmi', name]);
  await frame.goTo('Settings');
  await window.getByRole('link', { name: 'Registries', exact: true }).click();
  await button(`Log out: ${registry.host}`).click();
  await expect(window.getByText('You are logged in to no registry.')).toBeVisible();

  // Saved, removed, loaded again; and the clean-up.
  await images.open();
  const id = await idOf(engine, 'own:1');
  const file = await downloaded(window, folder, () => choose('own:1', /^Save/));
  expect((await run(['tar', 'tf', file])).stdout).toContain('manifest.json');
  await choose('own:1', /^Remove/);
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove image' }).click();
  await expect(images.row('own:1')).toHaveCount(0);
  await choosing(window, file, () => button('Load…').click());
  await expect(images.row('own:1')).toBeVisible();
  await engine.cli(['rmi', 'own:1']);
  await expect(images.row('own:1')).toHaveCount(0);
  await drop(images.list, 'own.tar', await readFile(file));
  await expect(images.row('own:1')).toBeVisible();
  expect(await idOf(engine, 'own:1')).toBe(id);
  await drop(images.list, 'notes.tar', Buffer.from('this is no archive of an image'));
  await expect(window.getByText('notes.tar could not be loaded')).toBeVisible();

  // One image without a name, and one with a name that nothing uses.
  for (const text of ['one', 'two']) await engine.cli(['commit', '-m', text, 'holder', 'twice']);
  const goes = question.getByRole('list', { name: 'Images that go' }).getByRole('listitem');
  await button('Clean up…').click();
  await expect(goes).toHaveCount(1);
  await question.getByRole('button', { name: 'Remove 1 image' }).click();
  await expect(window.getByText('1 image removed').first()).toBeVisible();
  await expect(images.row('twice:latest')).toBeVisible();
  await button('Clean up…').click();
  await question.getByRole('radio', { name: 'All unused' }).click();
  await expect(goes.filter({ hasText: 'twice:latest' })).toBeVisible();
  await expect(goes.filter({ hasText: 'own:1' })).toHaveText(/^own:1[\d.]+ \wB$/);
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove 2 images' }).click();
  await expect(images.row('own:1')).toHaveCount(0);
  await expect(images.row('busybox-layers')).toBeVisible();
});

test('by keyboard', async ({ engine, containers, images, window, folder }) => {
  const { keyboard } = window;
  const { list } = images;
  const dialog = window.getByRole('dialog');
  const question = window.getByRole('alertdialog');
  const press = async (button: Locator): Promise<void> => {
    await tabTo(button);
    await keyboard.press('Enter');
  };
  const pressOn = async (row: Locator, key: string): Promise<void> => {
    await goToRow(list, row);
    await keyboard.press(key);
  };
  const type = async (field: Locator, text: string): Promise<void> => {
    await tabTo(field);
    await keyboard.press('Control+a');
    await keyboard.type(text);
  };
  const goTo = async (link: string | RegExp): Promise<void> =>
    press(window.getByRole('link', { name: link, exact: true }));
  await goTo(/^Images/);
  // What it is: its use, its sizes, whether there is a newer one, its layers with their files, its history.
  const row = images.row('busybox-layers');
  await expect(row).toContainText('1 container');
  await press(window.getByRole('button', { name: 'View' }));
  await keyboard.type('sha');
  await expect(window.getByRole('menuitemcheckbox', { name: 'Shared' })).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.press('Escape');
  await expect(window.getByRole('columnheader', { name: 'Shared' })).toBeHidden();
  await pressOn(row, 'd');
  await expect(question).toContainText('1 container uses it');
  await expect(question.getByRole('button', { name: 'Remove image' })).toBeDisabled();
  await keyboard.press('Escape');
  await pressOn(row, 'i');
  const details = window.getByRole('region', { name: /busybox-layers:latest/ });
  await expect(details).toContainText('belong to it alone');
  await press(details.getByRole('button', { name: 'Is there a newer one?' }));
  await expect(details).toContainText('this is what the registry has');
  await pressOn(row, 'l');
  await expect(details).toContainText('82 B are wasted');
  const third = details.getByRole('listitem').filter({ hasText: 'Layer 3' });
  await press(third.getByText('1 added, 3 changed, 3 deleted'));
  await expect(third).toContainText('/data/removed');
  await press(third.getByRole('button', { name: /Browse its files/ }));
  const files = details.getByRole('grid', { name: /^Files in/ });
  await expect(files.getByRole('row').filter({ hasText: 'data' })).toBeVisible();
  await tabTo(details.getByLabel('Files of'));
  await keyboard.press('Home');
  await expect(details.getByLabel('Files of').locator('option:checked')).toHaveText('All layers together');
  await goToRow(files, files.getByRole('row').filter({ hasText: 'data' }));
  await keyboard.press('Enter');
  await goToRow(files, files.getByRole('row').filter({ hasText: 'replaced' }));
  const replaced = await downloaded(window, folder, () => keyboard.press('Enter'));
  expect(await readFile(replaced, 'utf8')).toBe('new\n');
  await pressOn(row, 'h');
  await expect(dialog.getByRole('table')).toContainText('Step, newest first');
  await keyboard.press('Escape');
  await expect(row).toBeFocused();

  // One more name, and one less; a container.
  await pressOn(images.row('busybox:1.36'), 't');
  await type(dialog.getByLabel(/^New name/), 'own:1');
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await pressOn(images.row('busybox:1.36'), 'i');
  const names = window.getByRole('list', { name: 'Names' });
  await press(names.getByRole('button', { name: 'Take the name busybox:1.36 away' }));
  await expect(names.getByRole('listitem')).toHaveText(['own:1']);
  await pressOn(images.row('own:1'), 'Enter');
  await type(containers.runDialog.getByRole('textbox', { name: /^Name/ }), 'begun');
  await keyboard.press('Enter');
  await expect(containers.details('begun')).toBeVisible();
  await engine.cli(['rm', '-f', 'begun']);

  // A login, a push, and the logout.
  await goTo(/^Settings/);
  await goTo('Registries');
  await type(window.getByLabel(/^Registry/), registry.host);
  await type(window.getByLabel(/^User name/), credentials.username);
  await type(window.getByLabel(/^Password/), 'wrong');
  await keyboard.press('Enter');
  await expect(window.getByRole('alert')).toContainText('does not accept this user name and password');
  await type(window.getByLabel(/^Password/), credentials.password);
  await keyboard.press('Enter');
  const known = window.getByRole('list', { name: 'Registries you are logged in to' });
  await expect(known).toContainText(registry.host);
  await expect(known).toContainText('as berth');
  await expect(window.getByLabel(/^Password/)).toHaveValue('');
  await expectAccessibleInBothThemes(window);
  expect(await window.content()).not.toContain(credentials.password);
  const config = path.join(folder, 'docker-config/config.json');
  expect(JSON.parse(await readFile(config, 'utf8'))).toMatchObject({ auths: { [registry.host]: {} } });
  await goTo(/^Images/);
  const name = `${registry.host}/me/own:2`;
  await pressOn(images.row('own:1'), 'u');
  await type(dialog.getByLabel(/^To/), 'No Spaces');
  await keyboard.press('Enter');
  await expect(dialog).toContainText('An image reference has no spaces');
  await type(dialog.getByLabel(/^To/), name);
  await keyboard.press('Enter');
  await expect(window.getByText(`${name} is in its registry`).first()).toBeVisible();
  await engine.cli(['rmi', name]);
  await goTo(/^Settings/);
  await goTo('Registries');
  await press(window.getByRole('button', { name: `Log out: ${registry.host}` }));
  await expect(window.getByText('You are logged in to no registry.')).toBeVisible();
  expect(await readFile(config, 'utf8')).not.toContain(registry.host);
  await goTo(/^Images/);
  await pressOn(images.row('own:1'), 'u');
  await type(dialog.getByLabel(/^To/), name);
  await keyboard.press('Enter');
  await expect(window.getByText('The registry does not let you push').first()).toBeVisible();
  await engine.cli(['rmi', name]);

  // Saved, removed, loaded again; and the clean-up.
  const id = await idOf(engine, 'own:1');
  const file = await downloaded(window, folder, () => pressOn(images.row('own:1'), 's'));
  expect((await run(['tar', 'tf', file])).stdout).toContain('manifest.json');
  await goToRow(list, images.row('own:1'));
  await chooseByKeys(images.row('own:1'), /^Remove/);
  await press(question.getByRole('button', { name: 'Remove image' }));
  await expect(images.row('own:1')).toHaveCount(0);
  await choosing(window, file, () => press(window.getByRole('button', { name: 'Load…' })));
  await expect(images.row('own:1')).toBeVisible();
  expect(await idOf(engine, 'own:1')).toBe(id);
  await press(window.getByRole('button', { name: 'Clean up…' }));
  await tabTo(question.getByRole('radio', { name: 'Without a name' }));
  await pressAlong(question.getByRole('radio', { name: 'All unused' }), 'ArrowRight');
  await keyboard.press('Space');
  await expect(question.getByRole('list', { name: 'Images that go' })).toHaveText(/^own:1[\d.]+ \wB$/);
  await press(question.getByRole('button', { name: 'Remove 1 image' }));
  await expect(images.row('own:1')).toHaveCount(0);
  await expect(images.row('busybox-layers')).toBeVisible();
  await engine.cli(['rm', 'holder']);
  await expect(images.row('busybox-layers')).toContainText('unused');
});
