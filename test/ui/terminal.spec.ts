// Terminals: several sessions that stay, over pages and reloads; find, copy and paste; ends and new starts; hostile output.
import type { Page } from '@playwright/test';
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import { countTerminalBytes, expectFlood } from './terminal-flood.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['run', '-d', '--name', 'host', 'busybox', 'sleep', '600']);
});

const tab = (window: Page, name: string) =>
  window.getByRole('tablist', { name: 'Sessions' }).getByRole('tab', { name: new RegExp(` ${name}$`) });

async function begin(window: Page, item: RegExp): Promise<void> {
  await window.getByRole('button', { name: 'New session' }).click();
  await window.getByRole('menuitem', { name: item }).click();
}

test('keeps several sessions over tabs, pages and a reload', async ({ containers, window }) => {
  await containers.row('host').click();
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await window.keyboard.type('echo first-$((6*7))\n');
  await expect.poll(() => containers.terminalText()).toContain('first-42');
  await begin(window, /^sh$/);
  await expect(tab(window, 'sh')).toHaveAttribute('aria-selected', 'true');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await window.keyboard.type('echo second-$((6*7))\n');
  await expect.poll(() => containers.terminalText()).toContain('second-42');
  expect(await containers.terminalText()).not.toContain('first-42');
  await expectAccessibleInBothThemes(window);

  await window.keyboard.press('Control+F6');
  await expect(tab(window, 'sh')).toBeFocused();
  await window.keyboard.press('ArrowLeft');
  await expect(tab(window, 'Shell')).toBeFocused();
  await expect.poll(() => containers.terminalText()).toContain('first-42');
  await containers.openTab('Logs');
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toContain('first-42');

  await window.reload();
  await expect.poll(() => containers.terminalText()).toContain('second-42');
  await tab(window, 'Shell').click();
  await expect.poll(() => containers.terminalText()).toContain('first-42');
  await window.keyboard.type('echo third-$((6*7))\n');
  await expect.poll(() => containers.terminalText()).toContain('third-42');
  await tab(window, 'sh').locator('[data-close]').click();
  await expect(tab(window, 'sh')).toBeHidden();
  await window.keyboard.press('Control+F6');
  await window.keyboard.press('Delete');
  await expect(window.getByText('No session is open')).toBeVisible();
  await expectAccessibleInBothThemes(window);
});

test('begins any command as any user, says how it ended, and starts it again', async ({
  containers,
  window,
}) => {
  await containers.row('host').click();
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await begin(window, /^Other/);
  const dialog = window.getByRole('dialog', { name: 'New session in host' });
  await dialog.getByRole('textbox', { name: /^Command/ }).fill(`sh -c 'id -un; read line; exit 7'`);
  await dialog.getByRole('textbox', { name: /^User/ }).fill('daemon');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Enter');
  await expect(tab(window, 'sh as daemon')).toBeVisible();
  await expect.poll(() => containers.terminalText()).toContain('daemon');
  await window.keyboard.type('\n');
  await expect(window.getByText('The session ended with exit code 7')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('button', { name: 'Start again' }).click();
  await expect(window.getByText('The session ended with exit code 7')).toBeHidden();
  await expect(tab(window, 'sh as daemon')).toHaveCount(1);
  await expect.poll(() => containers.terminalText()).toContain('daemon');

  await begin(window, /^bash$/);
  await expect(
    window.getByText(/ended with exit code 12[67]|could not be begun|broke off/).first(),
  ).toBeVisible();
});

test('attaches to the main process, and offers the start when nothing runs', async ({
  engine,
  containers,
  window,
}) => {
  await engine.cli(['run', '-dit', '--name', 'main', 'busybox', 'sh']);
  await containers.row('main').click();
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await begin(window, /^Attach/);
  await expect(tab(window, 'Main process')).toBeVisible();
  await containers.terminal.click();
  await window.keyboard.type('echo pid-$$\n');
  await expect.poll(() => containers.terminalText()).toContain('pid-1');
  await window.keyboard.type('exit 3\n');
  await expect(window.getByText('The session ended with exit code 3')).toBeVisible();
  await expect(containers.row('main')).toContainText('exited 3');
  await window.getByRole('button', { name: 'Start container' }).click();
  await expect(containers.row('main')).toContainText('running');
  await expect(tab(window, 'Main process')).toHaveCount(1);
  // The new one's screen, with nothing on it but the prompt.
  await expect.poll(() => containers.terminalText()).toMatch(/^\s*\/ #\s*$/);
  await containers.terminal.click();
  await window.keyboard.type('echo again-$$\n');
  await expect.poll(() => containers.terminalText()).toContain('again-1');

  await engine.cli(['create', '--name', 'idle', 'busybox', 'sleep', '600']);
  await containers.row('idle').click();
  await containers.openTab('Terminal');
  await expect(window.getByText('This container is not running')).toBeVisible();
  await window.getByRole('button', { name: 'Start container' }).click();
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
});

test('finds, copies and pastes', async ({ containers, window }) => {
  await containers.row('host').click();
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await window.keyboard.type('i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "hay $((i*3))"; done\n');
  await expect.poll(() => containers.terminalText()).toContain('hay 600');
  await window.keyboard.press('Control+Shift+F');
  const find = window.getByRole('textbox', { name: 'Find in the terminal' });
  await expect(find).toBeFocused();
  await window.keyboard.type('hay 3');
  const status = window.getByRole('search').getByRole('status');
  await expect(status).toHaveText(/of 39$/);
  await window.keyboard.press('Shift+Enter');
  await window.keyboard.press('Enter');
  await expect(status).toHaveText(/of 39$/);
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await expect(find).toBeHidden();

  // What was found last is selected: it can be copied.
  await window.keyboard.press('Control+Shift+C');
  await expect.poll(() => window.evaluate(() => navigator.clipboard.readText())).toBe('hay 3');
  await window.evaluate(() => navigator.clipboard.writeText('echo pasted-$((6*7))'));
  await window.keyboard.press('Control+Shift+V');
  await window.keyboard.press('Enter');
  await expect.poll(() => containers.terminalText()).toContain('pasted-42');
});

test('lets no output write the clipboard, name the window, hide an address or answer a replay', async ({
  containers,
  window,
}) => {
  await window.evaluate(() => navigator.clipboard.writeText('mine'));
  await containers.row('host').click();
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  const hostile = String.raw`\033]52;c;b3duZWQ=\007\033]0;owned\007\033]8;;http://evil.example\007bank\033]8;;\007 http://good.example/x \033[c\033[6n`;
  await window.keyboard.type(
    `clear; printf '${hostile}'; sleep 1; clear; echo e'n'd; printf '${hostile}\\n'; cat\n`,
  );
  // The second time, after the screen was cleared of the first.
  const second = /end\s+bank http:\/\/good\.example\/x/;
  await expect.poll(() => containers.terminalText()).toMatch(second);
  expect(await window.evaluate(() => navigator.clipboard.readText())).toBe('mine');
  await expect(window).toHaveTitle(/Berth/);
  expect(await window.title()).not.toContain('owned');
  await window.getByRole('tab', { name: 'Logs' }).click();

  // A terminal answers these questions by typing; a replay must not type for the second time.
  await window.reload();
  await window.getByRole('tab', { name: 'Terminal' }).click();
  await expect.poll(() => containers.terminalText()).toMatch(second);
  const before = await containers.terminalText();
  await window.waitForTimeout(500);
  expect(await containers.terminalText()).toBe(before);
});

test('loses no byte of a flood: each is acknowledged when xterm has taken it', async ({
  containers,
  window,
}) => {
  const count = countTerminalBytes(window);
  await window.reload();
  // Straight to the terminal: no other stream carries bytes here.
  await containers.row('host').press('e');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await expectFlood(window, count, 20_000_000, 90_000);
});
