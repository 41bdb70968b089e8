// Pulls by the page on a real engine: names that a search finds, tags that are suggested, progress, cancel, failures; once wholly by mouse,
// but for what is typed into fields, and once wholly by keyboard.
import type { Locator } from '@playwright/test';
import { startSearchIndex, type SearchIndex } from '../fixtures/search-index.ts';
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts';
import { tabTo } from './keyboard.ts';

let index: SearchIndex;
test.beforeAll(async ({ engine }) => {
  index = await startSearchIndex(engine.machine.enter);
});
test.afterAll(() => index.stop());
// No other name of busybox for the tests that come after.
test.afterEach(async ({ engine }) => {
  await engine.cli(['rmi', '-f', 'busybox:1.36']);
});

test('by mouse', async ({ images, window }) => {
  const { pullDialog } = images;
  const reference = pullDialog.getByLabel(/^Reference/);
  const found = window.getByRole('listbox', { name: 'Names and tags at the registry' }).getByRole('option');
  const button = (name: string | RegExp): Locator => window.getByRole('button', { name }).first();
  await images.open();
  await button('Pull…').click();
  await reference.fill(`${index.host}/harb`);
  await expect(found).toHaveText([
    `${index.host}/tide/harbourofficial · 1,200 stars · Where ships lie`,
    /1 star · <b>Bold<\/b> lights/,
  ]);
  await expectAccessibleInBothThemes(window);
  await found.last().click();
  await expect(reference).toHaveValue(`${index.host}/tide/harbour-lights`);
  await expect(found).toHaveCount(0);
  // Cancelled in the dialog, and beside it.
  await reference.fill(`${index.host}/tide/ebb:1`);
  await pullDialog.getByRole('button', { name: 'Pull', exact: true }).click();
  await expect(pullDialog.getByRole('progressbar', { name: /^Layer/ })).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await pullDialog.getByRole('button', { name: 'Cancel pull' }).click();
  await expect(pullDialog).toContainText('was cancelled');
  await expectAccessibleInBothThemes(window);
  await pullDialog.getByRole('button', { name: 'Try again' }).click();
  await pullDialog.getByRole('button', { name: 'Continue in background' }).click();
  await button(/^Cancel pull: .*ebb:1/).click();
  await expect(button(/^Cancel pull: /)).toHaveCount(0);
  await button('Pull…').click();
  await reference.fill('busybox:');
  await expect(found).toHaveText(['busybox:latest', 'busybox:1.36']);
  await found.last().click();
  await pullDialog.getByRole('button', { name: 'Pull', exact: true }).click();
  await expect(pullDialog.getByText('busybox:1.36 is here')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await pullDialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(images.row('busybox:1.36')).toBeVisible();
});

test('by keyboard', async ({ frame, images, window }) => {
  const { keyboard } = window;
  const { pullDialog } = images;
  const reference = pullDialog.getByLabel(/^Reference/);
  const found = window.getByRole('option');
  const press = async (button: Locator): Promise<void> => {
    await tabTo(button);
    await keyboard.press('Enter');
  };
  const type = async (text: string): Promise<void> => {
    await tabTo(reference);
    await keyboard.press('Control+a');
    await keyboard.type(text);
  };
  await press(window.getByRole('link', { name: /^Images/ }));
  await keyboard.press('p');
  await keyboard.type(`${index.host}/harb`);
  await expect(found).toHaveCount(2);
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await keyboard.press(key);
  await expect(reference).toHaveValue(`${index.host}/tide/harbour-lights`);
  await type(`${index.host}/tide/ebb:1`);
  await keyboard.press('Enter');
  await expect(pullDialog.getByRole('progressbar', { name: /^Layer/ })).toBeVisible();
  await press(pullDialog.getByRole('button', { name: 'Cancel pull' }));
  await expect(pullDialog).toContainText('was cancelled');
  await press(pullDialog.getByRole('button', { name: 'Try again' }));
  await press(pullDialog.getByRole('button', { name: 'Continue in background' }));
  await press(window.getByRole('button', { name: /^Cancel pull: .*ebb:1/ }));
  await expect(window.getByRole('button', { name: /^Cancel pull: / })).toHaveCount(0);
  await keyboard.press('p');
  await keyboard.type('busybox:');
  await expect(found).toHaveText(['busybox:latest', 'busybox:1.36']);
  await keyboard.type('1');
  await expect(found).toHaveText(['busybox:1.36']);
  for (const key of ['ArrowDown', 'Enter', 'Enter']) await keyboard.press(key);
  await expect(pullDialog.getByText('busybox:1.36 is here')).toBeVisible();
  await keyboard.press('Escape');

  // What is wrong is said in the dialog; where nobody answers nothing is suggested, and what was typed is pulled all the same.
  await keyboard.press('p');
  await keyboard.type('No Spaces');
  await keyboard.press('Enter');
  await expect(pullDialog).toContainText('An image reference has no spaces');
  const nobody = '127.0.0.1:9/no-such-thing:1';
  await type(nobody.slice(0, -1));
  await keyboard.press('ArrowDown');
  await expect(found).toHaveCount(0);
  await keyboard.type('1');
  await keyboard.press('Enter');
  await expect(pullDialog.getByRole('alert')).toContainText(`${nobody} could not be pulled`);
  await expect(reference).toHaveValue(nobody);
  await expect(pullDialog.getByRole('button', { name: 'Try again' })).toBeFocused();
  await expectAccessibleInBothThemes(window);
  // The dialog has told it: no task is left.
  await keyboard.press('Escape');
  await frame.openTasks();
  await expect(frame.task(`${index.host}/tide/ebb:1`)).toBeVisible();
  await expect(frame.task(nobody)).toHaveCount(0);
  await keyboard.press('Escape');
  await expect(window.getByRole('button', { name: /^Tasks:/ })).toBeFocused();
});
