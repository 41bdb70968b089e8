// The log view: find, filter, copy, download, clear, links, JSON, and a follow that only the person ends.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

const script = [
  'i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo "INFO row $i"; done',
  'echo "see http://127.0.0.1:9/docs. and javascript:alert(1)"',
  `echo '{"level":"warn","msg":"needle in json","list":[1,2]}'`,
  'echo "ERROR needle (two)"; echo "to stderr" >&2',
  'exec sleep 600',
].join('; ');

test.beforeEach(async ({ engine, containers }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', script]);
  await containers.row('talker').click();
  await expect(containers.log).toContainText('to stderr');
  await expect(containers.log).toContainText('needle (two)');
});

const find = (window: Page) => window.getByRole('textbox', { name: 'Find in the log' });
const status = (window: Page) => window.getByRole('search').getByRole('status');

test('finds by keyboard, counts, and goes from match to match', async ({ containers, window }) => {
  await containers.log.press('Control+f');
  await expect(find(window)).toBeFocused();
  await window.keyboard.type('ROW 1');
  await expect(status(window)).toHaveText('111');
  await window.keyboard.press('Enter');
  await expect(status(window)).toHaveText('1 of 111');
  await expect(containers.log.locator('[data-current]')).toHaveText(/INFO row 1$/);
  await expect(containers.log.locator('[data-current] mark')).toBeInViewport();
  await window.keyboard.press('Shift+Enter');
  await expect(status(window)).toHaveText('111 of 111');
  await expect(containers.log.locator('[data-current] mark')).toBeInViewport();
  await window.getByRole('button', { name: 'Wrap' }).click();
  await window.getByRole('button', { name: 'Next match (Enter)' }).click();
  await expect(containers.log.locator('[data-current]')).toHaveText(/INFO row 1$/);
  await expect(containers.log.locator('[data-current] mark')).toBeInViewport();
  await expectAccessibleInBothThemes(window);
  await find(window).focus();
  await window.keyboard.press('Alt+c');
  await expect(status(window)).toHaveText('0');
  await window.keyboard.press('Escape');
  await expect(find(window)).toHaveValue('');
  await expect(containers.log).toBeFocused();
  await window.getByRole('button', { name: 'Match case' }).click();
  await window.getByRole('button', { name: 'Wrap' }).click();
});

test('takes regular expressions, says what is wrong with them, and survives one that never ends', async ({
  containers,
  window,
}) => {
  await find(window).fill('needle.*(json|two');
  await window.keyboard.press('Alt+r');
  await expect(window.getByRole('alert')).toContainText('Unterminated group');
  await expectAccessibleInBothThemes(window);
  await find(window).fill('needle.*(json|two)');
  await expect(status(window)).toHaveText('2');
  await expect(containers.log.locator('mark')).toHaveText(['needle in json', 'needle (two']);

  await find(window).fill('(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*(.*)*\u00a7');
  await expect(window.getByRole('alert')).toContainText('takes too long');
  await find(window).fill('row 600');
  await expect(status(window)).toHaveText('1');
});

test('shows only matches or errors, says so, and offers the way back', async ({ containers, window }) => {
  await find(window).fill('row 59');
  await window.getByRole('button', { name: 'Matches only' }).click();
  await expect(window.getByText('11 of 604 lines')).toBeVisible();
  await expect(containers.log.locator('.log-line')).toHaveCount(11);
  await find(window).fill('nowhere to be found');
  await expect(window.getByText('No line passes the filter')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('button', { name: 'Clear filter' }).last().click();
  await expect(containers.log).toContainText('to stderr');
  await find(window).fill('');
  await window.keyboard.press('Alt+e');
  await expect(containers.log.locator('.log-line')).toHaveText([/needle \(two\)/, /to stderr/]);
  await expectAccessibleInBothThemes(window);
});

test('copies and downloads what is shown, clears the view and brings it back', async ({
  containers,
  window,
}) => {
  await window.getByRole('button', { name: 'Times: Local time' }).click();
  await window.getByRole('menuitemradio', { name: 'No times' }).click();
  await find(window).fill('needle');
  await window.getByRole('button', { name: 'Matches only' }).click();
  await expect(window.getByText('2 of 604 lines')).toBeVisible();
  const wanted = '{"level":"warn","msg":"needle in json","list":[1,2]}\nERROR needle (two)\n';
  await window.getByRole('button', { name: 'Copy what is shown' }).click();
  await expect(window.getByText('2 lines copied')).toBeVisible();
  expect(await window.evaluate(() => navigator.clipboard.readText())).toBe(wanted);
  const coming = window.waitForEvent('download');
  await window.getByRole('button', { name: 'Download' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe('talker.log');
  expect(await readFile(await file.path(), 'utf8')).toBe(wanted);
  await find(window).press('Escape');
  await window.getByRole('button', { name: 'Clear the view' }).click();
  await expect(window.getByText('604 earlier lines cleared away.')).toBeVisible();
  await expect(containers.log).toBeHidden();
  await window.getByRole('button', { name: 'Show again' }).click();
  await expect(containers.log).toContainText('to stderr');
});

test('links only to the web, and folds JSON open', async ({ containers, window }) => {
  const link = containers.log.getByRole('link');
  await expect(link).toHaveCount(1);
  await expect(link).toHaveText('http://127.0.0.1:9/docs');
  await expect(link).toHaveAttribute('rel', /noreferrer/);
  await expect(link).toHaveAttribute('target', '_blank');
  const fold = containers.log.getByRole('button', { name: 'JSON over several lines' });
  await fold.focus();
  await window.keyboard.press('Enter');
  await expect(fold).toHaveAttribute('aria-expanded', 'true');
  await expect(containers.log.locator('.log-json')).toContainText('"msg": "needle in json"');
  await expect(containers.log.getByText('"msg": "needle in json"')).toBeInViewport();
  await expectAccessibleInBothThemes(window);
  await fold.press('Enter');
  await expect(containers.log.locator('.log-json')).toHaveCount(0);
});

test('goes on following when scroll events come that are not the person’s', async ({
  containers,
  window,
}) => {
  const jump = window.getByRole('button', { name: /Jump to latest/ });
  await containers.log.evaluate((element) => (element.scrollTop -= 3000));
  await expect(containers.log.getByText('to stderr')).toBeInViewport();
  await expect(jump).toBeHidden();
  await containers.log.press('Home');
  await jump.click();
  await expect(containers.log.getByText('to stderr')).toBeInViewport();
  await expect(jump).toBeHidden();
  await containers.log.press('PageUp');
  await expect(jump).toBeVisible();
  await containers.log.press('End');
  await expect(jump).toBeHidden();
});
