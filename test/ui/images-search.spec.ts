// What the pull dialog suggests: names that a registry's search finds, and the tags of a repository.
import { startSearchIndex, type SearchIndex } from '../fixtures/search-index.ts';
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts';

let index: SearchIndex;
test.beforeAll(async ({ engine }) => {
  index = await startSearchIndex(engine.machine.enter);
});
test.afterAll(() => index.stop());

test('finds names by a search, and takes one by keyboard', async ({ images, window }) => {
  await images.open();
  await window.keyboard.press('p');
  await window.keyboard.type(`${index.host}/harb`);
  const found = window.getByRole('listbox', { name: 'Names and tags at the registry' });
  await expect(found.getByRole('option')).toHaveCount(2);
  await expect(found.getByRole('option').first()).toHaveText(
    `${index.host}/tide/harbourofficial · 1,200 stars · Where ships lie`,
  );
  await expect(found.getByRole('option').last()).toContainText('1 star · <b>Bold</b> lights');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('ArrowDown');
  await window.keyboard.press('ArrowDown');
  await window.keyboard.press('Enter');
  await expect(images.pullDialog.getByLabel(/^Reference/)).toHaveValue(`${index.host}/tide/harbour-lights`);
  await expect(found).toBeHidden();
});

test('lists the tags of a name, and pulls the one that is clicked', async ({ engine, images, window }) => {
  await images.open();
  await window.keyboard.press('p');
  await window.keyboard.type('busybox:');
  const tags = window.getByRole('listbox', { name: 'Names and tags at the registry' });
  await expect(tags.getByRole('option')).toHaveText(['busybox:latest', 'busybox:1.36']);
  await window.keyboard.type('1');
  await expect(tags.getByRole('option')).toHaveText(['busybox:1.36']);
  await tags.getByRole('option', { name: 'busybox:1.36' }).click();
  await window.keyboard.press('Enter');
  await expect(images.pullDialog.getByText('busybox:1.36 is here')).toBeVisible({ timeout: 30_000 });
  // No other name of busybox for the tests that come after.
  await engine.docker.getImage('busybox:1.36').remove();
});

test('suggests nothing where nobody answers, and pulls what was typed all the same', async ({
  images,
  window,
}) => {
  await images.open();
  await window.keyboard.press('p');
  await window.keyboard.type('no-such-thing:');
  await window.keyboard.press('ArrowDown');
  await expect(window.getByRole('option')).toHaveCount(0);
  await window.keyboard.type('1');
  await window.keyboard.press('Enter');
  await expect(images.pullDialog.getByRole('alert')).toContainText('no-such-thing:1 could not be pulled');
});
