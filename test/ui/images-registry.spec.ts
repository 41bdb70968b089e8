// Images that leave: another name, a login, a push; how they were made; and what a clean-up takes.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startRegistry, type Registry } from '../fixtures/registry.ts';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

const credentials = { username: 'berth', password: 'to the sea' };
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

test('logs in, tags and pushes by keyboard; forgets the login', async ({
  engine,
  folder,
  frame,
  images,
  window,
}) => {
  await havePulled(engine, 'busybox');
  await frame.goTo('Settings');
  await window.getByRole('link', { name: 'Registries', exact: true }).click();
  await window.getByLabel(/^Registry/).fill(registry.host);
  await window.getByLabel(/^User name/).fill(credentials.username);
  await window.getByLabel(/^Password/).fill('wrong');
  await window.keyboard.press('Enter');
  await expect(window.getByRole('alert')).toContainText('does not accept this user name and password');
  await window.getByLabel(/^Password/).fill(credentials.password);
  await window.keyboard.press('Enter');
  const known = window.getByRole('list', { name: 'Registries you are logged in to' });
  await expect(known).toContainText(registry.host);
  await expect(known).toContainText('as berth');
  await expect(window.getByLabel(/^Password/)).toHaveValue('');
  await expectAccessibleInBothThemes(window);
  expect(await window.content()).not.toContain(credentials.password);

  await images.open();
  const name = `${registry.host}/me/busybox:mine`;
  await images.row('busybox:latest').focus();
  await window.keyboard.press('u');
  const dialog = window.getByRole('dialog', { name: 'Push busybox:latest' });
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^To/).fill('No Spaces');
  await window.keyboard.press('Enter');
  await expect(dialog).toContainText('An image reference has no spaces');
  await dialog.getByLabel(/^To/).fill(name);
  await window.keyboard.press('Enter');
  await expect(window.getByText(`${name} is in its registry`).first()).toBeVisible();
  await engine.cli(['rmi', name]);

  const file = path.join(folder, 'docker-config/config.json');
  expect(Object.keys((JSON.parse(await readFile(file, 'utf8')) as { auths: object }).auths)).toEqual([
    registry.host,
  ]);
  await frame.goTo('Settings');
  await window.getByRole('link', { name: 'Registries', exact: true }).click();
  await window.getByRole('button', { name: `Log out: ${registry.host}` }).click();
  await expect(window.getByText('You are logged in to no registry.')).toBeVisible();
  expect(await readFile(file, 'utf8')).not.toContain(registry.host);

  await images.open();
  await images.row('busybox:latest').focus();
  await window.keyboard.press('u');
  await dialog.getByLabel(/^To/).fill(name);
  await window.keyboard.press('Enter');
  await expect(window.getByText('The registry does not let you push').first()).toBeVisible();
  await engine.cli(['rmi', name]);
});

test('shows how an image was made, and gives it one more name', async ({ engine, images, window }) => {
  await havePulled(engine, 'busybox');
  await images.open();
  const row = images.row('busybox:latest').first();
  await row.focus();
  await window.keyboard.press('h');
  const history = window.getByRole('dialog', { name: 'How busybox:latest was made' });
  await expect(history).toContainText('test layer 1');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await expect(row).toBeFocused();
  await window.keyboard.press('t');
  await window.getByLabel(/^New name/).fill('another:name');
  await window.keyboard.press('Enter');
  await expect(images.row('another:name')).toBeVisible();
  await engine.cli(['rmi', 'another:name']);
});

test('says before a clean-up what goes and how much comes back', async ({ engine, images, window }) => {
  // What other tests have left without a name is not counted.
  await engine.cli(['image', 'prune', '-f']);
  await havePulled(engine, 'busybox');
  await engine.cli([
    'run',
    '--name',
    'maker',
    'busybox',
    'sh',
    '-c',
    'dd if=/dev/zero of=/big bs=1000 count=90',
  ]);
  for (const text of ['one', 'two']) await engine.cli(['commit', '-m', text, 'maker', 'twice']);
  await engine.cli(['rm', 'maker']);
  await images.open();
  await window.getByRole('button', { name: 'Clean up…' }).click();
  const question = window.getByRole('alertdialog', { name: 'Remove images that nobody needs?' });
  await expect(question.getByRole('button', { name: 'Remove 1 image' })).toBeEnabled();
  await question.getByRole('radio', { name: 'All unused' }).click();
  await expect(question.getByRole('list', { name: 'Images that go' })).toContainText('twice:latest');
  await expectAccessibleInBothThemes(window);
  await question.getByRole('radio', { name: 'Without a name' }).click();
  await question.getByRole('button', { name: 'Remove 1 image' }).click();
  await expect(window.getByText('1 image removed').first()).toBeVisible();
  await expect(images.row('twice:latest')).toBeVisible();
  await engine.cli(['rmi', 'twice']);
});
