// The palette: finds every object, page and command; acts; and leaves the focus where it was.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
});

test('opens by mouse and by keys, and gives the focus back', async ({
  engine,
  containers,
  frame,
  window,
}) => {
  await engine.cli(['create', '--name', 'alpha', 'busybox', 'true']);
  await containers.row('alpha').focus();
  await window.keyboard.press('Control+k');
  await expect(frame.palette.getByRole('combobox')).toBeFocused();
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await expect(frame.palette).toBeHidden();
  await expect(containers.row('alpha')).toBeFocused();

  const button = window.getByRole('button', { name: 'Search' });
  await expect(button).toContainText('Ctrl K');
  await button.click();
  await frame.palette.getByRole('combobox').fill('no such thing');
  await expect(frame.palette).toContainText('Nothing is called “no such thing”.');
  await window.keyboard.press('Escape');
  await expect(button).toBeFocused();
});

test('goes to a container, and does with it what is typed', async ({ engine, containers, frame, window }) => {
  await engine.cli([
    'run',
    '-d',
    '--name',
    'web',
    'busybox',
    'sh',
    '-c',
    'trap "exit 0" TERM; while :; do sleep 0.1; done',
  ]);
  await expect(containers.row('web')).toContainText('running');
  await frame.search('web');
  await window.keyboard.press('Enter');
  await expect(containers.details('web')).toBeVisible();
  await expect(containers.row('web')).toBeFocused();

  await frame.search('stop web');
  await expect(frame.option('Stop web')).toHaveAttribute('aria-selected', 'true');
  await window.keyboard.press('Enter');
  await expect(containers.row('web')).toContainText('exited');

  // Tab shows what else there is; only what makes sense now.
  await frame.search('web');
  await window.keyboard.press('Tab');
  await expect(frame.option('Start')).toBeVisible();
  await expect(frame.option('Stop')).toBeHidden();
  await window.keyboard.press('Backspace');
  await expect(frame.option(/^web/)).toBeVisible();
  await window.keyboard.type('web');
  await window.keyboard.press('Tab');
  await window.keyboard.type('remove');
  await window.keyboard.press('Enter');
  const question = window.getByRole('alertdialog', { name: 'Remove web?' });
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(containers.row('web')).toBeFocused();
});

test('reaches pages, settings, images, networks and commands', async ({ frame, window }) => {
  await frame.search('networks');
  await frame.option(/^Networks/).click();
  await expect(window.getByRole('heading', { name: 'Networks', level: 1 })).toBeVisible();

  await frame.search('bridge');
  await window.keyboard.press('Enter');
  await expect(window.getByRole('region', { name: 'Details of bridge' })).toBeVisible();

  await frame.search('settings key');
  await window.keyboard.press('Enter');
  await expect(window).toHaveURL(/#\/settings\/keyboard$/);

  await frame.search('theme dark');
  await window.keyboard.press('Enter');
  await expect(window.locator('html')).toHaveAttribute('data-theme', 'dark');

  await frame.search('busybox');
  await frame.option(/busybox:latest/).click();
  await expect(window.getByRole('dialog', { name: 'Run busybox:latest' })).toBeVisible();
  await window.keyboard.press('Control+k');
  await expect(frame.palette).toBeHidden();
});
