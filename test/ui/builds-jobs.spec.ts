// Every job of the page Builds, once by mouse and once by keyboard alone, on a real engine; each dialog is accessible in both themes.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, expectAccessible, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import { pressAlong, tabTo } from './keyboard.ts';

const dockerfile = [
  'FROM busybox AS tools',
  'ARG WHO=nobody',
  'RUN echo made for $WHO > /who; echo for $WHO',
  'FROM busybox AS app',
  'COPY --from=tools /who /who',
  'CMD ["cat", "/who"]',
  'FROM nothing-like-it AS unused',
  '',
].join('\n');

test.beforeEach(async ({ engine, folder }) => {
  await havePulled(engine, 'busybox');
  await mkdir(path.join(folder, 'src'));
  await mkdir(path.join(folder, 'notes'));
  await writeFile(path.join(folder, 'src/a.txt'), 'a\n');
  await writeFile(path.join(folder, 'notes/b.txt'), 'b\n');
  await writeFile(path.join(folder, '.dockerignore'), 'notes\n');
  await writeFile(path.join(folder, 'Dockerfile'), dockerfile);
});

test('all by mouse', async ({ builds, engine, folder, window }) => {
  await builds.open();
  await window.getByRole('button', { name: /^Open folder/ }).click();
  await builds.goTo(folder, /^Folder/);
  await builds.dialog.getByRole('button', { name: 'Open', exact: true }).click();
  // The tree, and what .dockerignore leaves out.
  const item = (name: string | RegExp) => builds.tree.getByRole('treeitem', { name, exact: true });
  await item('src').click();
  await expect(item('a.txt')).toBeVisible();
  await expect(builds.tree.getByRole('treeitem', { name: /^notes, not sent/ })).toBeVisible();
  // Colours, help, completion, checks.
  const keyword = builds.editor.getByText('COPY', { exact: true });
  await expect(keyword).toHaveCSS('font-weight', '600');
  await keyword.hover();
  await expect(window.locator('.cm-help')).toContainText('COPY');
  await builds.write(`${dockerfile}WOR`);
  await window.keyboard.type('K');
  await window.getByRole('option', { name: /WORKDIR/ }).click();
  await expect(builds.editor).toContainText('WORKDIR');
  await builds.write(`${dockerfile}MAINTAINER me\n`);
  await builds.problems.getByRole('button', { name: /MaintainerDeprecated/ }).click();
  await expect(window.locator('.cm-activeLine')).toContainText('MAINTAINER me');
  await builds.write(dockerfile);
  // Arguments, target, names, no cache.
  await window.getByRole('button', { name: 'Options…' }).click();
  await builds.dialog.getByLabel(/^Names of the image/).fill('jobs:mouse jobs:too');
  await builds.dialog.getByLabel(/^Target/).fill('app');
  await builds.dialog.getByLabel(/^Build arguments/).fill('WHO=mouse');
  await builds.dialog.getByLabel(/^Without cache/).check();
  await expectAccessibleInBothThemes(window);
  await builds.dialog.getByRole('button', { name: 'Apply' }).click();
  await window.getByRole('button', { name: /^Build/ }).click();
  const panel = builds.panel('jobs:mouse');
  const status = panel.getByRole('status').first();
  await expect(status).toContainText('done');
  await expect(status).toContainText(/\d s/);
  // The list with its logs, the graph.
  await builds.steps.getByRole('button', { name: /^done: RUN echo made/ }).click();
  await expect(builds.steps).toContainText('for mouse');
  await panel.getByRole('button', { name: 'Go to line 5' }).click();
  await expect(window.locator('.cm-activeLine')).toContainText('COPY --from=tools');
  await panel.getByRole('tab', { name: 'Graph' }).click();
  const graph = panel.getByRole('list', { name: /^Stages of the build/ });
  await expect(graph).toContainText('waits for tools');
  await expect(graph).not.toContainText('nothing-like-it');
  await expectAccessibleInBothThemes(window);
  // Again with the cache; both names are the image's.
  await window.getByRole('button', { name: 'Options…' }).click();
  await builds.dialog.getByLabel(/^Without cache/).uncheck();
  await builds.dialog.getByRole('button', { name: 'Build', exact: true }).click();
  await expect(status).toContainText('4 cached');
  const image = await engine.docker.getImage('jobs:mouse').inspect();
  expect(image.RepoTags.sort()).toEqual(['jobs:mouse', 'jobs:too']);
  // One that fails is marked, one that goes on is cancelled.
  const fails = `FROM busybox\nRUN printf '#!/bin/sh\\nexit 1' > /bin/pip; chmod +x /bin/pip\nRUN pip install -r requirements.txt\n`;
  await builds.write(fails);
  await window.getByRole('button', { name: 'Options…' }).click();
  await builds.dialog.getByLabel(/^Target/).fill('');
  await builds.dialog.getByRole('button', { name: 'Build', exact: true }).click();
  const marked = window.locator('.cm-failed-line');
  await expect(marked).toHaveText('RUN pip install -r requirements.txt');
  const sentence = 'put "COPY requirements.txt ." on a line above line 3.';
  await expect(window.locator('.cm-failed-message')).toContainText(sentence);
  await expect(panel.locator('.notice')).toContainText(sentence);
  await builds.write('FROM busybox\nRUN echo begun; sleep 600\n');
  await window.getByRole('button', { name: /^Build/ }).click();
  await expect(builds.steps).toContainText('begun');
  await panel.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(status).toContainText('cancelled');
  await builds.write(dockerfile);
  await window.getByRole('button', { name: 'Save' }).click();
  // The history: again, compare, run, delete.
  await window.getByRole('link', { name: 'History' }).click();
  const rows = builds.row('jobs:mouse');
  await expect(rows).toHaveCount(4);
  const choose = async (row: number, name: RegExp): Promise<void> => {
    await rows.nth(row).getByRole('button', { name: /^More/ }).click();
    await window.getByRole('menuitem', { name }).click();
  };
  await choose(2, /^Build again(?! with)/);
  await expect(status).toContainText('4 cached');
  await choose(3, /^Compare/);
  await builds.dialog.getByLabel('The other build').selectOption({ index: 3 });
  await expect(builds.dialog.getByRole('table')).toContainText('Without cache');
  await builds.dialog.getByRole('button', { name: 'Close' }).last().click();
  await choose(3, /^Run/);
  await expectAccessibleInBothThemes(window);
  await builds.dialog.getByRole('button', { name: /^Run/ }).click();
  await expect.poll(async () => (await engine.docker.listContainers({ all: true })).length).toBe(1);
  await builds.open();
  await choose(0, /^Delete/);
  await expectAccessibleInBothThemes(window);
  await window.getByRole('button', { name: 'Delete build' }).click();
  await expect(rows).toHaveCount(4);
  // What the cache takes, and the way to have it back.
  await window.getByRole('button', { name: /^Clean up/ }).click();
  const question = window.getByRole('alertdialog');
  await expect(question.getByRole('list', { name: 'What goes of the cache' })).toContainText('RUN echo made');
  await expectAccessibleInBothThemes(window);
  await question.getByLabel('Keep of the newest').selectOption('1 GB');
  await expect(question).toContainText('There is nothing of the kind');
  await question.getByLabel('Keep of the newest').selectOption('nothing');
  await question.getByRole('button', { name: /^Remove \d/ }).click();
  await expect(question).toBeHidden();
  const { BuildCache } = (await engine.docker.df()) as { BuildCache: object[] };
  expect(BuildCache).toEqual([]);
});

test('all by keyboard', async ({ builds, engine, folder, window }) => {
  const { keyboard } = window;
  await tabTo(window.getByRole('link', { name: /^Builds/ }));
  await keyboard.press('Enter');
  await keyboard.press('o');
  await tabTo(builds.dialog.getByLabel(/^Folder/));
  await keyboard.press('Control+a');
  await keyboard.type(folder);
  await expectAccessibleInBothThemes(window);
  await keyboard.press('Enter');
  await expect(builds.editor).toBeVisible();
  // The tree.
  const item = (name: string | RegExp) => builds.tree.getByRole('treeitem', { name, exact: true });
  await tabTo(item('Dockerfile'));
  await keyboard.press('End');
  await keyboard.press('Home');
  for (let lines = 0; lines < 4; lines++) {
    if (await item('src').evaluate((line) => line === document.activeElement)) break;
    await keyboard.press('ArrowDown');
  }
  await keyboard.press('ArrowRight');
  await expect(item('a.txt')).toBeVisible();
  await keyboard.press('ArrowLeft');
  await expect(item('a.txt')).toBeHidden();
  // Help, completion, checks.
  await tabTo(builds.editor);
  await keyboard.press('Control+Home');
  await keyboard.press('ArrowRight');
  await keyboard.press('Control+Shift+Space');
  await expect(window.locator('.cm-help')).toContainText('FROM');
  await keyboard.press('Escape');
  await expect(window.locator('.cm-help')).toBeHidden();
  await keyboard.press('Control+End');
  await keyboard.type('STOP');
  await expect(window.getByRole('option', { name: /STOPSIGNAL/ })).toBeVisible();
  await expectAccessible(window);
  // Whoever is too quick for the list is not heard.
  await window.waitForTimeout(100);
  await keyboard.press('Enter');
  await expect(builds.editor).toContainText('STOPSIGNAL');
  await keyboard.press('Control+a');
  await keyboard.insertText(`${dockerfile}MAINTAINER me\n`);
  await keyboard.press('Control+Home');
  await expect(builds.problems).toContainText('MaintainerDeprecated');
  // The list has a problem a moment before the editor marks it.
  await expect(async () => {
    await keyboard.press('F8');
    await expect(window.locator('.cm-activeLine')).toContainText('MAINTAINER me', { timeout: 1000 });
  }).toPass();
  await keyboard.press('Escape');
  await keyboard.press('Control+a');
  await keyboard.insertText(dockerfile);
  await keyboard.press('Control+s');
  // Options.
  const fill = async (field: RegExp, text: string): Promise<void> => {
    await tabTo(builds.dialog.getByLabel(field));
    await keyboard.press('Control+a');
    await keyboard.type(text);
  };
  await tabTo(window.getByRole('button', { name: 'Options…' }));
  await keyboard.press('Enter');
  await fill(/^Names of the image/, 'jobs:keys');
  await fill(/^Target/, 'app');
  await fill(/^Build arguments/, 'WHO=keys');
  await tabTo(builds.dialog.getByLabel(/^Without cache/));
  await keyboard.press('Space');
  await tabTo(builds.dialog.getByRole('button', { name: 'Apply' }));
  await keyboard.press('Enter');
  await tabTo(builds.editor);
  await keyboard.press('Control+Enter');
  const panel = builds.panel('jobs:keys');
  const status = panel.getByRole('status').first();
  await expect(status).toContainText('done');
  await tabTo(builds.steps.getByRole('button', { name: /^done: RUN echo made/ }));
  await keyboard.press('Enter');
  await expect(builds.steps).toContainText('for keys');
  await tabTo(panel.getByRole('button', { name: 'Go to line 5' }));
  await keyboard.press('Enter');
  await expect(window.locator('.cm-activeLine')).toContainText('COPY --from=tools');
  await tabTo(panel.getByRole('tab', { name: 'Steps' }));
  await keyboard.press('ArrowRight');
  await expect(panel.getByRole('list', { name: /^Stages of the build/ })).toContainText('waits for tools');
  // One that fails, one that is cancelled.
  await tabTo(builds.editor);
  await keyboard.press('Control+a');
  await keyboard.insertText('FROM busybox AS app\nRUN cat /nothing\n');
  await keyboard.press('Control+Enter');
  await expect(window.locator('.cm-failed-line')).toHaveText('RUN cat /nothing');
  await keyboard.press('Control+a');
  await keyboard.insertText('FROM busybox AS app\nRUN echo begun; sleep 600\n');
  await keyboard.press('Control+Enter');
  await expect(builds.steps).toContainText('begun');
  await tabTo(panel.getByRole('button', { name: 'Cancel', exact: true }));
  await keyboard.press('Enter');
  await expect(status).toContainText('cancelled');
  await tabTo(builds.editor);
  await keyboard.press('Control+a');
  await keyboard.insertText(dockerfile);
  await keyboard.press('Control+s');
  // The history.
  await tabTo(window.getByRole('link', { name: 'History' }));
  await keyboard.press('Enter');
  const rows = builds.row('jobs:keys');
  await expect(rows).toHaveCount(3);
  const focus = async (down: number): Promise<void> => {
    await tabTo(builds.list.locator('[role=row][tabindex="0"]'));
    await keyboard.press('Home');
    for (let lines = 0; lines < down; lines++) await keyboard.press('ArrowDown');
  };
  await focus(2);
  await keyboard.press('r');
  await expect(rows).toHaveCount(4);
  await expect(status).toContainText('done');
  await focus(0);
  await keyboard.press('v');
  await expect(builds.dialog.getByRole('table')).toContainText('only in the newer');
  await keyboard.press('Escape');
  await focus(0);
  await keyboard.press('d');
  await tabTo(window.getByRole('button', { name: 'Delete build' }));
  await keyboard.press('Enter');
  await expect(rows).toHaveCount(3);
  await focus(2);
  await keyboard.press('Enter');
  await tabTo(panel.getByRole('button', { name: 'Run…' }));
  await keyboard.press('Enter');
  await expect(builds.dialog).toContainText('Run jobs:keys');
  await keyboard.press('Enter');
  await expect.poll(async () => (await engine.docker.listContainers({ all: true })).length).toBe(1);
  // The cache, by age and with the mounts.
  await tabTo(window.getByRole('link', { name: /^Builds/ }));
  await keyboard.press('Enter');
  await tabTo(window.getByRole('button', { name: /^Clean up/ }));
  await keyboard.press('Enter');
  const question = window.getByRole('alertdialog');
  await expect(question).toContainText(/The cache holds \d/);
  await tabTo(question.getByRole('radio', { name: 'Any time' }));
  await pressAlong(question.getByRole('radio', { name: 'A day' }), 'ArrowRight');
  await keyboard.press('Space');
  await expect(question).toContainText('There is nothing of the kind');
  await pressAlong(question.getByRole('radio', { name: 'Any time' }), 'ArrowLeft');
  await keyboard.press('Space');
  await tabTo(question.getByLabel(/^Also cache mounts/));
  await keyboard.press('Space');
  await tabTo(question.getByRole('button', { name: /^Remove \d/ }));
  await keyboard.press('Enter');
  await expect(question).toBeHidden();
});
