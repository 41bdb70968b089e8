// The page Volumes on a real engine: what it says of them, of what is wrong, and of what removing them means.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

test('creates volumes of several kinds, and says what is wrong', async ({ engine, volumes, window }) => {
  await volumes.open();
  await expect(window.getByText('No volumes yet')).toBeVisible();
  await window.keyboard.press('c');
  await expect(volumes.dialog).toContainText('Create a volume');
  await window.keyboard.type('not good');
  await volumes.dialog.getByRole('radio', { name: 'A folder here' }).click();
  await volumes.dialog.getByRole('button', { name: 'Create volume' }).click();
  await expect(volumes.dialog).toContainText('A name has two or more letters');
  await expect(volumes.dialog).toContainText('This is needed.');
  await expectAccessibleInBothThemes(window);
  await volumes.dialog.getByLabel(/^Name/).fill('shelf');
  await volumes.dialog.getByRole('radio', { name: 'Memory' }).click();
  await volumes.dialog.getByLabel(/^Size limit/).fill('2m');
  await volumes.dialog.getByLabel(/^Labels/).fill('team=web, draft');
  await window.keyboard.press('Enter');
  await expect(volumes.row('shelf')).toContainText('unused');
  expect(await engine.docker.getVolume('shelf').inspect()).toMatchObject({
    Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=2m' },
    Labels: { team: 'web', draft: '' },
  });
});

test('shows what a volume holds and who uses it, and goes through its files by keyboard', async ({
  engine,
  volumes,
  window,
}) => {
  const script =
    'mkdir -p /d/conf/deep; echo "port = 80" > /d/conf/app.ini; chown 7:8 /d/conf/app.ini; head -c 2000 /dev/zero > /d/blob; sleep 600';
  await engine.cli(['run', '-d', '--name', 'user', '-v', 'box:/d:rw', 'busybox', 'sh', '-c', script]);
  await expect.poll(async () => (await engine.cli(['exec', 'user', 'ls', '/d/blob'])).exitCode).toBe(0);
  await volumes.open();
  await expect(volumes.row('box')).toContainText('1 container');
  await expect(volumes.row('box')).toContainText('2 kB');
  await volumes.row('box').click();
  await expect(volumes.details('box')).toContainText('user');
  await expectAccessibleInBothThemes(window);
  await volumes.row('box').focus();
  await window.keyboard.press('f');
  await expect(volumes.file('conf')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await volumes.file('conf').focus();
  await window.keyboard.press('Enter');
  await expect(volumes.file('app.ini')).toContainText('7:8');
  await volumes.file('app.ini').focus();
  await window.keyboard.press('Enter');
  const text = volumes.dialog.getByRole('textbox');
  await expect(text).toHaveValue('port = 80\n');
  await expectAccessibleInBothThemes(window);
  await text.fill('port = 81\n');
  await window.keyboard.press('Control+s');
  await expect(volumes.dialog).toBeHidden();
  expect(
    (await engine.cli(['exec', 'user', 'sh', '-c', 'cat /d/conf/app.ini; stat -c %u:%g /d/conf/app.ini']))
      .stdout,
  ).toBe('port = 81\n7:8\n');
  await volumes.file('app.ini').focus();
  await window.keyboard.press('Backspace');
  await expect(volumes.file('blob')).toBeVisible();
  // What is no text is not opened as one.
  await volumes.file('blob').dblclick();
  await expect(volumes.dialog).toContainText('The file is no text.');
  await volumes.dialog.getByRole('button', { name: 'Close' }).last().click();
});

test('renames and removes files, by keyboard and by mouse', async ({ engine, volumes, window }) => {
  await engine.cli([
    ...['run', '-d', '--name', 'user', '-v', 'box:/d', 'busybox', 'sh', '-c'],
    'mkdir /d/sub; touch /d/sub/inner /d/one /d/two; sleep 600',
  ]);
  await expect.poll(async () => (await engine.cli(['exec', 'user', 'ls', '/d/two'])).exitCode).toBe(0);
  const files = async () =>
    (await engine.cli(['exec', 'user', 'find', '/d', '-type', 'f'])).stdout.trim().split('\n');
  await volumes.open();
  await volumes.choose('box', /^Files/);
  await volumes.file('one').focus();
  await window.keyboard.press('F2');
  const name = volumes.dialog.getByLabel('New name');
  await expect(name).toHaveValue('one');
  await name.fill('a/b');
  await window.keyboard.press('Enter');
  await expect(volumes.dialog).toContainText('no “/”');
  await expectAccessibleInBothThemes(window);
  await name.fill('two');
  await window.keyboard.press('Enter');
  await expect(volumes.dialog).toContainText('two is there already');
  await name.fill('three');
  await window.keyboard.press('Enter');
  await expect(volumes.file('three')).toBeVisible();
  await expect(volumes.file('one')).toHaveCount(0);
  await volumes.file('sub').getByRole('button', { name: /^More/ }).click();
  await window.getByRole('menuitem', { name: /^Remove/ }).click();
  const question = window.getByRole('alertdialog');
  await expect(question).toContainText('It is gone for good, with all that is in it');
  await expect(question).toContainText('1 container uses this volume');
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(volumes.file('sub')).toHaveCount(0);
  await volumes.file('two').focus();
  await window.keyboard.press('d');
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(volumes.file('two')).toHaveCount(0);
  expect(await files()).toEqual(['/d/three']);
});

test('removes and cleans up, with the consequences in words', async ({ engine, volumes, window }) => {
  await engine.cli(['create', '--name', 'holder', '-v', 'held:/d', 'busybox']);
  for (const name of ['gone', 'other']) await engine.cli(['volume', 'create', name]);
  await engine.docker.createVolume({});
  await volumes.open();
  await volumes.row('held').focus();
  await window.keyboard.press('d');
  const question = window.getByRole('alertdialog');
  await expect(question).toContainText('1 container refers to it, running or not. Remove it first.');
  await expect(question.getByRole('button', { name: 'Remove volume' })).toBeDisabled();
  await window.keyboard.press('Escape');
  await volumes.choose('gone', /^Remove/);
  await expect(question).toContainText('nothing can bring them back');
  await question.getByRole('button', { name: 'Remove volume' }).click();
  await expect(volumes.row('gone')).toHaveCount(0);
  await window.getByRole('button', { name: /^Clean up/ }).click();
  await expect(question.getByRole('button', { name: 'Remove 1 volume' })).toBeEnabled();
  await question.getByRole('checkbox', { name: /^Also those with a name/ }).check();
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove 2 volumes' }).click();
  await expect(volumes.row('other')).toHaveCount(0);
  const left = async () => (await engine.docker.listVolumes()).Volumes.map(({ Name }) => Name);
  await expect.poll(left).toEqual(['held']);
});

test('mounts a volume from the run dialog, and links it from the container', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['volume', 'create', 'site']);
  await window.keyboard.press('n');
  const dialog = window.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Image' }).fill('busybox');
  await dialog.getByLabel(/^Name/).fill('mounts');
  await dialog.getByLabel(/^Command/).fill('sleep 600');
  await dialog.getByRole('button', { name: 'Add mount' }).click();
  await window.keyboard.type('sit');
  await window.keyboard.press('ArrowDown');
  await window.keyboard.press('Enter');
  await dialog.getByLabel('Path in the container 1').fill('/srv');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(containers.row('mounts')).toContainText('running');
  await containers.row('mounts').click();
  await window.getByRole('tab', { name: 'Summary' }).click();
  await window.getByRole('tabpanel').getByRole('link', { name: 'site' }).click();
  await expect(window.getByRole('region', { name: /site/ })).toContainText('/srv');
});
