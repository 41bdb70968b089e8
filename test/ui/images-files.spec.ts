// What is in an image: its layers with what they change and waste, its files; images saved to this computer and loaded again.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../fixtures/command.ts';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test('shows the layers of an image, what they change and waste, and its files, by keyboard', async ({
  engine,
  images,
  window,
}) => {
  await havePulled(engine, 'busybox-layers');
  await images.open();
  const details = window.getByRole('region', { name: /busybox-layers:latest/ });
  await images.row('busybox-layers:latest').focus();
  await window.keyboard.press('l');
  const layers = details.getByRole('list', { name: 'Layers, the lowest first' });
  await expect(layers.getByRole('button', { name: /^Browse its files/ })).toHaveCount(4);
  await expect(details.getByRole('status').first()).toContainText('82 B are wasted');
  const third = layers.getByRole('listitem').filter({ hasText: 'Layer 3' });
  await expect(third).toContainText('hides 82 B below');
  await third.getByText('1 added, 3 changed, 3 deleted').click();
  await expect(details.getByRole('list', { name: 'What layer 3 changes' })).toContainText('/data/removed');
  await expectAccessibleInBothThemes(window);

  await third.getByRole('button', { name: /Browse its files/ }).click();
  const folder = details.getByRole('grid', { name: /^Files in/ });
  await folder.getByRole('row').filter({ hasText: 'data' }).focus();
  await window.keyboard.press('Enter');
  await expect(folder.getByRole('row').filter({ hasText: 'removed by this layer' })).toHaveCount(2);
  await expectAccessibleInBothThemes(window);
  await details.getByLabel('Files of').selectOption('All layers together');
  await folder.getByRole('row').filter({ hasText: 'data' }).focus();
  await window.keyboard.press('Enter');
  const replaced = folder.getByRole('row').filter({ hasText: 'replaced' });
  const downloading = window.waitForEvent('download');
  await replaced.focus();
  await window.keyboard.press('Enter');
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('replaced');
  expect(await readFile(await download.path(), 'utf8')).toBe('new\n');
});

test('tells the sizes of an image, and whether its registry has a newer one', async ({
  engine,
  images,
  window,
}) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['tag', 'busybox', 'never-pushed:1']);
  await images.open();
  const row = images.row('busybox:latest').first();
  await row.getByRole('button', { name: /^More/ }).click();
  await window.getByRole('menuitem', { name: /^Details/ }).click();
  const details = window.getByRole('region', { name: /busybox:latest/ });
  await expect(details).toContainText('belong to it alone');
  await details.getByRole('button', { name: 'Is there a newer one?' }).click();
  const told = details.getByRole('list', { name: 'At the registry' });
  await expect(told.getByRole('listitem').filter({ hasText: 'busybox:latest' })).toContainText(
    'this is what the registry has',
  );
  await expect(told.getByRole('listitem').filter({ hasText: 'never-pushed:1' })).toContainText('not known');
  await expectAccessibleInBothThemes(window);
  await engine.cli(['rmi', 'never-pushed:1']);
});

test('saves an image, and loads archives that are chosen or dropped', async ({
  engine,
  folder,
  images,
  window,
}) => {
  await havePulled(engine, 'busybox');
  const { Id } = await engine.docker.getImage('busybox').inspect();
  await images.open();
  await images.row('busybox:latest').focus();
  const downloading = window.waitForEvent('download');
  await window.keyboard.press('s');
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('busybox-latest.tar');
  const file = path.join(folder, 'busybox-latest.tar');
  await download.saveAs(file);
  expect((await run(['tar', 'tf', file])).stdout).toContain('manifest.json');

  await engine.cli(['rmi', '-f', 'busybox']);
  await expect(images.row('busybox:latest')).toHaveCount(0);
  const choosing = window.waitForEvent('filechooser');
  await window.getByRole('button', { name: 'Load…' }).press('Enter');
  await (await choosing).setFiles(file);
  await expect(window.getByText('The images of busybox-latest.tar are here')).toBeVisible();
  await expect(images.row('busybox:latest')).toBeVisible();
  expect((await engine.docker.getImage('busybox').inspect()).Id).toBe(Id);

  const dropped = await window.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['this is no archive of an image'], 'notes.tar'));
    return transfer;
  });
  const list = images.list;
  await list.dispatchEvent('dragover', { dataTransfer: dropped });
  await expect(window.getByText('Drop image archives here to load them')).toBeVisible();
  await list.dispatchEvent('drop', { dataTransfer: dropped });
  await expect(window.getByText('notes.tar could not be loaded')).toBeVisible();
  await expect(window.getByText('Drop image archives here to load them')).toBeHidden();
});
