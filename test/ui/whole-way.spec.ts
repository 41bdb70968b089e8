// The whole way, as the first issue tells it: pull, run with a port and a folder, watch the log, type in a shell, stop,
// remove. Once by mouse, once by keyboard alone.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from './fixtures.ts';
import { tabTo } from './keyboard.ts';

// Ends at once when it is stopped; as process 1 it has to say so itself.
const serve = `sh -c "trap 'exit 0' TERM; httpd -p 80 -h /data; i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done"`;

test('pulls, runs, reads, types, stops and removes by mouse', async ({
  engine,
  containers,
  images,
  folder,
  window,
}) => {
  await writeFile(path.join(folder, 'index.html'), 'from the host\n');
  await images.open();
  await images.pull('busybox');
  await expect(images.row('busybox:latest')).toBeVisible();

  await images.row('busybox:latest').getByRole('button', { name: 'Run busybox:latest' }).click();
  await containers.run({
    image: 'busybox:latest',
    name: 'web',
    command: serve,
    ports: [['18080', '80']],
    mounts: [[folder, '/data']],
    environment: 'GREETING=hello there\nEMPTY=',
  });

  const row = containers.row('web');
  await expect(row).toContainText('running');
  await expect(row.getByRole('link', { name: '18080 → 80' })).toHaveAttribute(
    'href',
    'http://localhost:18080/',
  );
  await expect(containers.log).toContainText('line 1');
  await expect(containers.log).toContainText(/line [1-9][0-9]/);

  const { stdout } = await engine.run(['wget', '-qO-', 'http://127.0.0.1:18080/']);
  expect(stdout).toBe('from the host\n');

  await containers.openTab('Terminal');
  await expect(containers.terminal).toBeVisible();
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await window.keyboard.type('echo "$GREETING" > /data/made; stty size\n');
  await expect.poll(() => containers.terminalText()).toMatch(/\d+ \d+/);
  await window.keyboard.type('exit 7\n');
  await expect(containers.details('web')).toContainText('exit code 7');

  await containers.openTab('Summary');
  await containers.details('web').getByRole('button', { name: 'Show values' }).click();
  await expect(containers.details('web')).toContainText('hello there');

  await row.getByRole('button', { name: 'Stop web' }).click();
  await expect(row).toContainText(/stopping|exited/);
  await expect(row).toContainText('exited');

  await containers.chooseFromMenu('web', /^Remove/);
  const question = window.getByRole('alertdialog', { name: 'Remove web?' });
  await expect(question).toContainText('gone for good');
  await question.getByRole('button', { name: 'Remove container' }).click();
  await expect(row).toBeHidden();
  await expect(containers.details('web')).toBeHidden();

  await images.open();
  await images.row('busybox:latest').getByRole('button', { name: /^More/ }).click();
  await window.getByRole('menuitem', { name: /^Remove/ }).click();
  await window.getByRole('button', { name: 'Remove image' }).click();
  await expect(images.row('busybox:latest')).toBeHidden();
});

test('pulls, runs, reads, types, stops and removes by keyboard alone', async ({
  engine,
  containers,
  folder,
  window,
}) => {
  const { keyboard } = window;
  // Run at once: the image is not here, so it is pulled in the same go.
  await keyboard.press('n');
  await expect(containers.runDialog).toBeVisible();
  await keyboard.type('busybox');
  await keyboard.press('Tab');
  await keyboard.type('keys');
  await keyboard.press('Tab');
  await keyboard.type(serve);
  const run = containers.runDialog;
  await tabTo(run.getByRole('button', { name: 'Add port' }), 12);
  await keyboard.press('Enter');
  await keyboard.type('18081');
  await tabTo(run.getByRole('textbox', { name: 'Container port 1' }), 12);
  await keyboard.type('80');
  await tabTo(run.getByRole('button', { name: 'Add mount' }), 12);
  await keyboard.press('Enter');
  await tabTo(run.getByRole('combobox', { name: /^Folder/ }), 12);
  await keyboard.type(folder);
  await tabTo(run.getByRole('textbox', { name: /^Path in the container/ }), 12);
  await keyboard.type('/data');
  await keyboard.press('Enter');
  await expect(containers.details('keys')).toBeVisible();
  await expect(containers.log).toContainText('line 1');
  await expect(containers.row('keys')).toContainText('18081');

  await focusRow(window, 'keys');
  await keyboard.press('e');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await keyboard.type('echo $((6*7))\n');
  await expect.poll(() => containers.terminalText()).toContain('42');
  await keyboard.press('Control+F6');
  await expect(window.getByRole('tab', { name: 'Shell' })).toBeFocused();
  await keyboard.press('Shift+Tab');
  await expect(window.getByRole('tab', { name: 'Terminal' })).toBeFocused();
  await keyboard.press('ArrowLeft');
  await expect(containers.log).toContainText('line');

  await focusRow(window, 'keys');
  await keyboard.press('s');
  await expect(containers.row('keys')).toContainText('exited');
  await keyboard.press('s');
  await expect(containers.row('keys')).toContainText('running');
  const startedAt = async () => (await engine.docker.getContainer('keys').inspect()).State.StartedAt;
  const before = await startedAt();
  await keyboard.press('r');
  await expect.poll(startedAt).not.toBe(before);
  await expect(containers.row('keys')).toContainText('running');
  await keyboard.press('d');
  await expect(window.getByRole('alertdialog')).toContainText('It is running');
  await expect(window.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(window.getByText('No containers yet')).toBeVisible();
});

/** Goes to the list by Tab, as one does: at most once around the page. */
async function focusRow(page: import('@playwright/test').Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('role') === 'row' ? element.textContent : null;
    });
    if (focused?.includes(name) === true) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`No row of ${name} was reached by Tab`);
}
