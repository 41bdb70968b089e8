// A part of a log by time, times local or UTC, very long lines, and lines written to hurt.
import { expect, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';

test('shows a part of the log by time, says so, and remembers how times are shown', async ({
  engine,
  containers,
  window,
}) => {
  await havePulled(engine, 'busybox');
  const script = 'echo early; sleep 3; echo late; exec sleep 600';
  await engine.cli(['run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', script]);
  await containers.row('talker').click();
  await expect(containers.log).toContainText('late');
  await expect(window.getByText('2 lines · 11 B')).toBeVisible();

  const part = (choice: string) => window.getByRole('button', { name: `Part of the log: ${choice}` });
  await part('All times').click();
  await window.getByRole('menuitemradio', { name: 'Last 15 minutes' }).click();
  await expect(window.getByText('Only what was written from 15 minutes ago on')).toBeVisible();
  await expect(containers.log).toContainText('early');
  await expectAccessibleInBothThemes(window);

  // Between the two lines, to the second.
  const late = Date.parse(
    (await engine.cli(['logs', '--timestamps', 'talker'])).stdout.split('\n')[1]?.split(' ')[0] ?? '',
  );
  await part('Last 15 minutes').press('Enter');
  await window.getByRole('menuitemradio', { name: 'Between…' }).click();
  const dialog = window.getByRole('dialog', { name: 'Part of the log' });
  const field = (ms: number) =>
    window.evaluate((moment) => {
      const local = new Date(moment - new Date(moment).getTimezoneOffset() * 60_000);
      return local.toISOString().slice(0, 19);
    }, ms);
  await dialog.getByLabel('From').fill(await field(late - 1000));
  await dialog.getByLabel('To').fill(await field(late - 3000));
  await expect(dialog).toContainText('It must begin before it ends.');
  await expectAccessibleInBothThemes(window);
  await dialog.getByLabel('To').fill(await field(late + 3000));
  await window.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(containers.log).toContainText('late');
  await expect(containers.log).not.toContainText('early');
  await window.getByRole('button', { name: 'Show all lines' }).click();
  await expect(containers.log).toContainText('early');

  await window.getByRole('button', { name: 'Times: Local time' }).click();
  await window.getByRole('menuitemradio', { name: 'UTC' }).click();
  await expect(containers.log.locator('.log-time').first()).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}Z$/);
  await window.getByRole('button', { name: 'Wrap' }).click();
  await window.reload();
  await expect(containers.log.locator('.log-time').first()).toHaveText(/Z$/);
  await expect(window.getByRole('button', { name: 'Wrap' })).toHaveAttribute('aria-pressed', 'true');
});

test('draws hostile and endless lines as text, cut, and opens them on demand', async ({
  engine,
  containers,
  window,
}) => {
  await havePulled(engine, 'busybox');
  const long =
    'i=0; while [ $i -lt 12 ]; do i=$((i+1)); head -c 1000000 /dev/zero | tr "\\0" "x"; echo; done';
  const hostile = String.raw`\033]52;c;b3duZWQ=\007\033]8;;http://evil.example\007bank\033]8;;\007 \342\200\256gnp.exe a\rb\000c <img src=x onerror=alert(1)>`;
  await engine.cli([
    'run',
    '-d',
    '--name',
    'hostile',
    'busybox',
    'sh',
    '-c',
    `${long}; printf '${hostile}\n'; exec sleep 600`,
  ]);
  await window.evaluate(() => navigator.clipboard.writeText('mine'));
  await containers.row('hostile').click();
  await expect(containers.log).toContainText('bank ‹U+202E›gnp.exe a^Mb^@c <img src=x onerror=alert(1)>');
  await expect(containers.log).not.toContainText('evil');
  expect(await window.evaluate(() => navigator.clipboard.readText())).toBe('mine');
  expect(await containers.log.locator('a, img').count()).toBe(0);
  // What is in the page is a few thousand characters of each.
  const drawn = await containers.log.evaluate((element) => element.textContent?.length ?? 0);
  expect(drawn).toBeLessThan(100_000);
  await expectAccessibleInBothThemes(window);

  const open = containers.log.getByRole('button', { name: /^Show all of this line, 1 MB/ }).last();
  await open.focus();
  await window.keyboard.press('Enter');
  await expect(open).toHaveAttribute('aria-expanded', 'true');
  expect(
    await containers.log
      .locator('.log-json')
      .evaluate((rows) => rows.textContent?.replaceAll('\n', '').length),
  ).toBe(1_000_000);
  await window.keyboard.press('Enter');
  await expect(containers.log.locator('.log-json')).toHaveCount(0);
  await window.getByRole('button', { name: 'Wrap' }).click();
  await expect(containers.log).toContainText('gnp.exe');
  await window.getByRole('button', { name: 'Wrap' }).click();
});
