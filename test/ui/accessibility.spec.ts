// Every page and dialog passes axe's rules, contrast included, in light and in dark.
import { expect, expectAccessibleInBothThemes, havePulled, removeImages, test } from './fixtures.ts';

test('empty pages', async ({ engine, images, window }) => {
  await removeImages(engine);
  await expect(window.getByText('No containers yet')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await images.open();
  await expect(window.getByText('No images yet')).toBeVisible();
  await expectAccessibleInBothThemes(window);
});

test('the list, its menu, its dialogs and the details', async ({ engine, containers, window }) => {
  await havePulled(engine, 'busybox');
  await engine.cli([
    'run',
    '-d',
    '--name',
    'alive',
    '-p',
    '18070:80',
    '--label',
    'a=b',
    'busybox',
    'sh',
    '-c',
    'echo out; echo err >&2; sleep 600',
  ]);
  await engine.cli(['run', '--name', 'failed', 'busybox', 'false']);
  await expect(containers.row('failed')).toContainText('exited 1');
  await expectAccessibleInBothThemes(window);

  await containers.row('alive').getByRole('button', { name: 'More for alive' }).click();
  await expectAccessibleInBothThemes(window);
  await window.getByRole('menuitem', { name: /^Kill/ }).click();
  await expect(window.getByRole('alertdialog')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');

  await containers.fillRun({ image: '', ports: [['0', 'x']], mounts: [['a', 'b']], environment: 'A=1\nB=2' });
  await containers.submitRun();
  await expect(containers.runDialog).toContainText('Which image?');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');

  await containers.row('alive').click();
  await expect(containers.log).toContainText('err');
  await expectAccessibleInBothThemes(window);
  await containers.openTab('Summary');
  await expect(containers.details('alive')).toContainText('PATH');
  await expectAccessibleInBothThemes(window);
  await containers.openTab('Terminal');
  await expect.poll(() => containers.terminalText()).toMatch(/[#$]/);
  await expectAccessibleInBothThemes(window);
});
