// The page Images beyond the whole way: pull failures, pulls that go on in the background, images in use.
import { expect, havePulled, test } from './fixtures.ts';

test('says in the dialog why a pull failed, and keeps the reference', async ({ images, window }) => {
  await images.open();
  await window.keyboard.press('p');
  await window.keyboard.type('No Spaces');
  await window.keyboard.press('Enter');
  await expect(images.pullDialog).toContainText('An image reference has no spaces');
  await images.pullDialog.getByLabel(/^Reference/).fill('no-such-image-here:1');
  await window.keyboard.press('Enter');
  await expect(images.pullDialog.getByRole('alert')).toContainText(
    'no-such-image-here:1 could not be pulled',
  );
  await expect(images.pullDialog.getByLabel(/^Reference/)).toHaveValue('no-such-image-here:1');
  await expect(images.pullDialog.getByRole('button', { name: 'Try again' })).toBeFocused();
});

test('shows the layers of a pull, and lets it go on in the background', async ({ images, window }) => {
  await images.open();
  await window.getByRole('button', { name: 'Pull…' }).first().click();
  await images.pullDialog.getByLabel(/^Reference/).fill('python:3.11-slim');
  await window.keyboard.press('Enter');
  await expect(images.pullDialog.getByRole('progressbar', { name: /^Layer/ }).first()).toBeVisible();
  // Enter again must not undo what it just began.
  await expect(images.pullDialog.getByRole('button', { name: 'Continue in background' })).toBeFocused();
  await window.keyboard.press('Enter');
  await expect(images.pullDialog).toBeHidden();
  await expect(window.getByText('python:3.11-slim is here')).toBeVisible({ timeout: 60_000 });
  await expect(images.row('python:3.11-slim')).toBeVisible();
});

test('does not offer to remove an image in use, and says by what', async ({ engine, images, window }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['create', '--name', 'user', 'busybox', 'true']);
  await images.open();
  await expect(images.row('busybox:latest')).toContainText('1 container');
  await images.row('busybox:latest').focus();
  await window.keyboard.press('d');
  const question = window.getByRole('alertdialog', { name: 'Remove busybox:latest?' });
  await expect(question).toContainText('1 container uses it');
  await expect(question.getByRole('button', { name: 'Remove image' })).toBeDisabled();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await engine.cli(['rm', 'user']);
  await expect(images.row('busybox:latest')).toContainText('unused');
});
