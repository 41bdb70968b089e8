// Every job of the page Volumes on a real engine: once wholly by mouse, but for what is typed into fields, and once wholly by keyboard.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../fixtures/command.ts';
import type { BerthEngine } from '../fixtures/engine.ts';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import { chooseByKeys, goToRow, pressAlong, tabTo } from './keyboard.ts';
import { choosing, downloaded } from './transfer.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['run', '--name', 'user', '-v', 'box:/d', 'busybox', 'sh', '-c', 'echo old > /d/note']);
  await engine.docker.createVolume({});
});

const large = Buffer.alloc(5_000_000, 'x');

/** A file and a tar to bring in. */
async function toBringIn(folder: string): Promise<{ file: string; archive: string }> {
  const file = path.join(folder, 'brought');
  const archive = path.join(folder, 'packed.tar');
  await writeFile(file, large);
  await writeFile(path.join(folder, 'unpacked'), 'of a tar');
  await run(['tar', 'cf', archive, '-C', folder, 'unpacked']);
  return { file, archive };
}

const textOf = async (engine: BerthEngine, volume: string, file: string): Promise<string> =>
  (await engine.cli(['run', '--rm', '-v', `${volume}:/d`, 'busybox', 'cat', `/d/${file}`])).stdout;

test('by mouse', async ({ engine, volumes, window, folder }) => {
  const { dialog } = volumes;
  const question = window.getByRole('alertdialog');
  const { file, archive } = await toBringIn(folder);
  const choose = async (name: string, item: RegExp): Promise<void> => {
    await volumes.file(name).getByRole('button', { name: /^More/ }).click();
    await window.getByRole('menuitem', { name: item }).click();
  };
  await volumes.open();
  await window.getByRole('button', { name: 'Create…' }).click();
  await dialog.getByLabel(/^Name/).fill('shelf');
  await dialog.getByRole('radio', { name: 'NFS server' }).click();
  await dialog.getByLabel(/^Server/).fill('192.0.2.7');
  await dialog.getByLabel(/^Path on the server/).fill('/share');
  await dialog.getByLabel(/^Mount options/).fill('ro');
  await dialog.getByLabel(/^Labels/).fill('team=web');
  await dialog.getByRole('button', { name: 'Create volume' }).click();
  await expect(volumes.row('shelf')).toContainText('unused');
  expect(await engine.docker.getVolume('shelf').inspect()).toMatchObject({
    Options: { type: 'nfs', device: ':/share', o: 'addr=192.0.2.7,ro' },
    Labels: { team: 'web' },
  });
  // Who uses it, and its size.
  await expect(volumes.row('box')).toContainText('1 container');
  await volumes.row('box').click();
  await volumes.details('box').getByRole('link', { name: 'user' }).click();
  await expect(window.getByRole('region', { name: 'Details of user' })).toBeVisible();
  await volumes.open();
  await volumes.row('box').click();
  await window.getByRole('tab', { name: 'Files' }).click();
  await choosing(window, file, () => window.getByRole('button', { name: 'Upload files…' }).click());
  await expect(volumes.file('brought')).toContainText('5 MB');
  await choosing(window, archive, () => window.getByRole('button', { name: 'Unpack a tar…' }).click());
  await expect(volumes.file('unpacked')).toBeVisible();
  await volumes.file('note').dblclick();
  await dialog.getByRole('textbox').fill('new\n');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  expect(await textOf(engine, 'box', 'note')).toBe('new\n');
  const back = await downloaded(window, folder, () => choose('brought', /^Download/));
  expect((await readFile(back)).equals(large)).toBe(true);
  await choose('brought', /^Rename/);
  await dialog.getByLabel('New name').fill('renamed');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await choose('renamed', /^Remove/);
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(volumes.file('renamed')).toHaveCount(0);
  const tar = await downloaded(window, folder, () => volumes.choose('box', /^Export/));
  expect((await run(['tar', 'tf', tar])).stdout.split('\n').sort().join(' ')).toBe(' ./ ./note ./unpacked');
  await volumes.choose('box', /^Clone/);
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel(/^Name/).fill('twin');
  await dialog.getByRole('button', { name: 'Clone volume' }).click();
  await expect(volumes.row('twin')).toBeVisible();
  expect(await textOf(engine, 'twin', 'note')).toBe('new\n');
  await volumes.choose('shelf', /^Remove/);
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Remove volume' }).click();
  await expect(volumes.row('shelf')).toHaveCount(0);
  await window.getByRole('button', { name: 'Clean up…' }).click();
  await question.getByRole('checkbox', { name: /^Also those with a name/ }).check();
  await question.getByRole('button', { name: 'Remove 2 volumes' }).click();
  await expect(volumes.row('twin')).toHaveCount(0);
});

test('by keyboard', async ({ engine, volumes, window, folder }) => {
  const { keyboard } = window;
  const { dialog } = volumes;
  const question = window.getByRole('alertdialog');
  const { file, archive } = await toBringIn(folder);
  const press = async (button: string): Promise<void> => {
    await tabTo(window.getByRole('button', { name: button }));
    await keyboard.press('Enter');
  };
  await tabTo(window.getByRole('link', { name: /^Volumes/ }));
  await keyboard.press('Enter');
  await keyboard.press('c');
  await expect(dialog.getByLabel(/^Name/)).toBeFocused();
  await keyboard.type('shelf');
  await keyboard.press('Tab');
  for (const next of ['Memory', 'A folder here']) {
    await pressAlong(dialog.getByRole('radio', { name: next }), 'ArrowRight');
  }
  await keyboard.press('Space');
  await keyboard.press('Tab');
  await keyboard.type(folder);
  await keyboard.press('Enter');
  await expect(volumes.row('shelf')).toContainText('unused');
  expect(await engine.docker.getVolume('shelf').inspect()).toMatchObject({
    Options: { type: 'none', device: folder },
  });
  // Who uses it, and its size.
  await goToRow(volumes.list, volumes.row('box'));
  await keyboard.press('Enter');
  await tabTo(volumes.details('box').getByRole('link', { name: 'user' }));
  await keyboard.press('Enter');
  await expect(window.getByRole('region', { name: 'Details of user' })).toBeVisible();
  await tabTo(window.getByRole('link', { name: /^Volumes/ }));
  await keyboard.press('Enter');
  await goToRow(volumes.list, volumes.row('box'));
  await keyboard.press('f');
  await choosing(window, file, () => press('Upload files…'));
  await expect(volumes.file('brought')).toContainText('5 MB');
  await choosing(window, archive, () => press('Unpack a tar…'));
  await expect(volumes.file('unpacked')).toBeVisible();
  const files = window.getByRole('grid', { name: /^Files in/ });
  await goToRow(files, volumes.file('note'));
  await keyboard.press('Enter');
  await expect(dialog.getByRole('textbox')).toHaveValue('old\n');
  await keyboard.press('Control+a');
  await keyboard.type('new');
  await keyboard.press('Control+s');
  await expect(dialog).toBeHidden();
  expect(await textOf(engine, 'box', 'note')).toBe('new');
  await goToRow(files, volumes.file('brought'));
  const back = await downloaded(window, folder, () => chooseByKeys(volumes.file('brought'), /^Download/));
  expect((await readFile(back)).equals(large)).toBe(true);
  await goToRow(files, volumes.file('brought'));
  await keyboard.press('F2');
  await expect(dialog.getByLabel('New name')).toBeFocused();
  await keyboard.press('Control+a');
  await keyboard.type('renamed');
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await goToRow(files, volumes.file('renamed'));
  await keyboard.press('d');
  await tabTo(question.getByRole('button', { name: 'Remove' }));
  await keyboard.press('Enter');
  await expect(volumes.file('renamed')).toHaveCount(0);
  await goToRow(volumes.list, volumes.row('box'));
  const tar = await downloaded(window, folder, () => chooseByKeys(volumes.row('box'), /^Export/));
  expect((await run(['tar', 'tf', tar])).stdout.split('\n').sort().join(' ')).toBe(' ./ ./note ./unpacked');
  await goToRow(volumes.list, volumes.row('box'));
  await chooseByKeys(volumes.row('box'), /^Clone/);
  await expect(dialog.getByLabel(/^Name/)).toBeFocused();
  await keyboard.press('Control+a');
  await keyboard.type('twin');
  await keyboard.press('Enter');
  await expect(volumes.row('twin')).toBeVisible();
  expect(await textOf(engine, 'twin', 'note')).toBe('new');
  await goToRow(volumes.list, volumes.row('shelf'));
  await keyboard.press('d');
  await tabTo(question.getByRole('button', { name: 'Remove volume' }));
  await keyboard.press('Enter');
  await expect(volumes.row('shelf')).toHaveCount(0);
  await press('Clean up…');
  await tabTo(question.getByRole('checkbox', { name: /^Also those with a name/ }));
  await keyboard.press('Space');
  await tabTo(question.getByRole('button', { name: 'Remove 2 volumes' }));
  await keyboard.press('Enter');
  await expect(volumes.row('twin')).toHaveCount(0);
});
