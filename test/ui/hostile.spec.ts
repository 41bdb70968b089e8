// Text of strangers does nothing: names, labels and log lines with markup, escapes and direction controls are only text.
import { expect, havePulled, test } from './fixtures.ts';

test('shows hostile labels and log lines as text', async ({ engine, containers, window }) => {
  await havePulled(engine, 'busybox');
  const line =
    '<img src=x onerror="document.title=1"> \\033]0;owned\\007 \\033[31mred\\033[0m \\342\\200\\256gnp.exe';
  await engine.cli([
    ...['run', '-d', '--name', 'hostile', '--label', 'note=<script>document.title=2</script>\u202egnp'],
    ...['busybox', 'sh', '-c', `printf '${line}\\n'; exec sleep 600`],
  ]);
  await containers.row('hostile').click();
  await expect(containers.log).toContainText('<img src=x onerror=');
  await expect(containers.log).toContainText('‹U+202E›gnp.exe');
  await expect(containers.log).not.toContainText('owned');
  await expect(containers.log.locator('.sgr-1')).toHaveText('red');
  await containers.openTab('Summary');
  await expect(containers.details('hostile')).toContainText('<script>document.title=2</script>‹U+202E›gnp');
  expect(await window.locator('img[src=x], main script').count()).toBe(0);
  await expect(window).toHaveTitle('Berth');
});
