// Settings apply at once and are remembered; every shortcut is printed.
import { expect, expectAccessible, expectAccessibleInBothThemes, test } from './fixtures.ts';

test('takes a theme and remembers it', async ({ frame, window }) => {
  await frame.goTo('Settings');
  await window.getByRole('radio', { name: 'Dark' }).click();
  await expect(window.locator('html')).toHaveAttribute('data-theme', 'dark');
  await window.reload();
  await expect(window.locator('html')).toHaveAttribute('data-theme', 'dark');
  await window.getByRole('radio', { name: 'System' }).click();
  await expect(window.locator('html')).toHaveAttribute('data-theme', 'light');
  await window.getByRole('button', { name: 'Switch to the dark theme' }).click();
  await expect(window.getByRole('radio', { name: 'Dark' })).toBeChecked();
});

test('walks through the sections by keyboard, each accessible', async ({ window }) => {
  await window.keyboard.press('Control+,');
  await expect(window.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  for (const section of [
    'Appearance',
    'Terminal',
    'Logs',
    'Notifications',
    'Engine',
    'Registries',
    'Keyboard',
    'About',
  ]) {
    await window.getByRole('link', { name: section, exact: true }).focus();
    await window.keyboard.press('Enter');
    await expect(window.getByRole('region', { name: section })).toBeVisible();
    if (['Appearance', 'Notifications', 'Engine', 'Registries'].includes(section))
      await expectAccessibleInBothThemes(window);
    else await expectAccessible(window);
  }
});

test('remembers the terminal and the notifications', async ({ window }) => {
  await window.keyboard.press('6');
  await window.getByRole('link', { name: 'Terminal', exact: true }).click();
  await window.getByRole('button', { name: 'Bigger' }).click();
  await window.getByRole('radio', { name: '50,000' }).click();
  await window.getByRole('link', { name: 'Notifications', exact: true }).click();
  await window.getByRole('switch', { name: 'Finished tasks' }).click();
  await window.reload();
  await expect(window.getByRole('switch', { name: 'Finished tasks' })).not.toBeChecked();
  await window.getByRole('link', { name: 'Terminal', exact: true }).click();
  await expect(window.getByText('13.5 px')).toBeVisible();
  await expect(window.getByRole('radio', { name: '50,000' })).toBeChecked();
});

test('tells which engine this is, and that it is not ours to restart', async ({ engine, frame, window }) => {
  await frame.goTo('Settings');
  await window.getByRole('link', { name: 'Engine', exact: true }).click();
  const section = window.getByRole('region', { name: 'Engine' });
  await expect(section).toContainText(engine.socket);
  await expect(section).toContainText('Engine running since');
  await expect(section).toContainText('Berth did not start this engine');
  await expect(section.getByRole('button', { name: /Restart/ })).toBeHidden();
});

test('prints every shortcut on ?', async ({ window }) => {
  await window.keyboard.press('?');
  const dialog = window.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toContainText('Search and commands');
  await expect(dialog).toContainText('Ctrl K');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});
