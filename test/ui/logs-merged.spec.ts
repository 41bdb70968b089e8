// Several containers' logs in one: by time, each with its name and colour, switched off and on, gone on with after a restart.
import type { Page } from '@playwright/test';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

const names = ['shop-web', 'shop-db'];

test.beforeEach(async ({ engine, containers }) => {
  await havePulled(engine, 'busybox');
  // They write in turn, further apart than a line may be late on a busy machine.
  for (const [index, name] of names.entries()) {
    const script = [
      `sleep 0.${String(index * 5)}`,
      'i=0; while [ $i -lt 4 ]; do i=$((i+1)); echo "turn $i"; sleep 1; done',
      'echo finished; exec sleep 600',
    ].join('; ');
    const label = ['--label', 'com.docker.compose.project=shop'];
    await engine.cli(['run', '-d', '--name', name, ...label, 'busybox', 'sh', '-c', script]);
  }
  await engine.cli(['run', '-d', '--name', 'other', 'busybox', 'sh', '-c', 'echo alone; exec sleep 600']);
  await expect(containers.row('other')).toContainText('running');
});

const lines = (window: Page) => window.getByRole('log').locator('.log-line');
const chip = (window: Page, name: string) =>
  window.getByRole('group', { name: 'Containers shown' }).getByRole('button', { name });

/** Every line's time, as shown. */
async function times(window: Page): Promise<string[]> {
  return lines(window).locator('.log-time').allInnerTexts();
}

test('opens those selected, in the order of their times, and switches single ones', async ({
  engine,
  containers,
  window,
}) => {
  for (const name of names) {
    await containers.row(name).focus();
    await window.keyboard.press('Space');
  }
  await window.keyboard.press('m');
  await expect(window.getByRole('heading', { name: 'Logs', level: 1 })).toBeVisible();
  await expect(lines(window).filter({ hasText: 'finished' })).toHaveCount(2);
  await expect(lines(window)).toHaveCount(10);
  const seen = await times(window);
  expect(seen).toEqual([...seen].sort());
  await expect(lines(window).locator('.log-name')).toContainText(Array<string>(10).fill('shop-'));
  const colours = await lines(window)
    .locator('.log-name')
    .evaluateAll((found) => found.map((name) => `${name.textContent ?? ''} ${getComputedStyle(name).color}`));
  expect(new Set(colours).size).toBe(2);
  await expectAccessibleInBothThemes(window);

  await chip(window, 'shop-web').click();
  await expect(chip(window, 'shop-web')).toHaveAttribute('aria-pressed', 'false');
  await expect(lines(window)).toHaveCount(5);
  await expect(lines(window).locator('.log-name')).toHaveText(Array<string>(5).fill('shop-db'));
  await window.getByRole('textbox', { name: 'Find in the log' }).fill('turn');
  await expect(window.getByRole('search').getByRole('status')).toHaveText('4');
  await chip(window, 'shop-db').focus();
  await window.keyboard.press('Space');
  await expect(window.getByText('All containers are switched off')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('button', { name: 'Show all', exact: true }).click();
  await expect(lines(window)).toHaveCount(10);
  await expect(window.getByRole('search').getByRole('status')).toHaveText('8');

  // One that starts again goes on in the same log; what was read stays.
  await engine.cli(['restart', '-t', '0', 'shop-web']);
  await expect(lines(window).filter({ hasText: 'finished' })).toHaveCount(3);
  await expect(lines(window)).toHaveCount(15);
  await window.reload();
  await expect(lines(window)).toHaveCount(15);
});

test('takes all of a Compose project, and single ones more, by their names', async ({
  containers,
  window,
}) => {
  await window.getByRole('row').filter({ hasText: 'Compose' }).getByRole('button', { name: /^More/ }).click();
  await window.getByRole('menuitem', { name: /^Logs in one/ }).click();
  await expect(lines(window).filter({ hasText: 'finished' })).toHaveCount(2);
  await window.getByRole('button', { name: 'Choose containers' }).click();
  await window.keyboard.type('oth');
  await window.getByRole('checkbox', { name: /^other/ }).check();
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await expect(lines(window).filter({ hasText: 'alone' })).toHaveCount(1);
  await expect(lines(window)).toHaveCount(11);
  await window.getByRole('button', { name: 'Copy what is shown' }).click();
  await expect(window.getByText('11 lines copied')).toBeVisible();
  const copied = await window.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d shop-(web|db) \| turn 1$/m);
  await window.getByRole('link', { name: 'Containers', exact: true }).last().click();
  await expect(containers.list).toBeVisible();
});
