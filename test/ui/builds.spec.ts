// The page Builds on a real engine: from a template to a running container by keyboard and by mouse, mistakes marked while one types and
// where a build fails, cancel, and the history that terminals share.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BerthEngine } from '../fixtures/engine.ts';
import { expect, expectAccessible, expectAccessibleInBothThemes, havePulled, test } from './fixtures.ts';
import { tabTo } from './keyboard.ts';

test.beforeEach(async ({ engine }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['tag', 'busybox', 'alpine']);
});
// Other tests look for the image by its other name.
test.afterEach(async ({ engine }) => {
  await engine.cli(['rmi', 'alpine']);
});

/** A container of the image was made and has run. */
async function expectRun(engine: Pick<BerthEngine, 'docker'>, image: string): Promise<void> {
  const containers = async () =>
    (await engine.docker.listContainers({ all: true })).map(({ Image, State }) => `${Image} ${State}`);
  await expect.poll(containers).toContainEqual(expect.stringMatching(`^${image} (running|exited)`));
}

test('goes from a template to a running container by keyboard', async ({
  builds,
  engine,
  folder,
  window,
}) => {
  await tabTo(window.getByRole('link', { name: /^Builds/ }));
  await window.keyboard.press('Enter');
  await expect(window.getByText('No builds yet')).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('t');
  await expect(builds.dialog).toContainText('Start from a template');
  await expectAccessibleInBothThemes(window);
  await tabTo(builds.dialog.getByRole('radio', { name: 'Node.js' }));
  await window.keyboard.press('ArrowUp');
  await expect(builds.dialog.getByLabel(/^Name of/)).toHaveValue('hello-empty');
  await tabTo(builds.dialog.getByLabel(/^In the folder/));
  await window.keyboard.press('Control+a');
  await window.keyboard.type(folder);
  await window.keyboard.press('Enter');
  await expect(builds.editor).toContainText('FROM alpine');
  await expect(builds.tree.getByRole('treeitem', { name: 'Dockerfile' })).toBeVisible();
  await tabTo(builds.editor);
  await window.keyboard.press('Control+End');
  await window.keyboard.type('RUN echo made here');
  await window.keyboard.press('Escape');
  await window.keyboard.press('Control+Enter');
  const panel = builds.panel('hello-empty:latest');
  await expect(panel.getByRole('status').first()).toContainText('done');
  expect(await readFile(path.join(folder, 'hello-empty/Dockerfile'), 'utf8')).toContain('RUN echo made here');
  await expectAccessibleInBothThemes(window);
  await tabTo(panel.getByRole('tab', { name: 'Steps' }));
  await window.keyboard.press('ArrowRight');
  await expect(panel.getByRole('list', { name: /^Stages of the build/ })).toContainText('FROM alpine');
  await expectAccessible(window);
  await tabTo(panel.getByRole('button', { name: 'Run…' }));
  await window.keyboard.press('Enter');
  await expect(builds.dialog).toContainText('Run hello-empty:latest');
  await window.keyboard.press('Enter');
  await expectRun(engine, 'hello-empty:latest');
});

test('goes from a template to a running container by mouse', async ({ builds, engine, folder, window }) => {
  await builds.open();
  await window.getByRole('button', { name: /^New from template/ }).click();
  await builds.dialog.getByRole('radio', { name: 'Empty' }).click();
  await builds.goTo(folder);
  await builds.dialog.getByRole('button', { name: 'Create' }).click();
  await builds.tree.getByRole('treeitem', { name: 'Dockerfile' }).click();
  await window.getByRole('button', { name: 'New folder…' }).click();
  await builds.dialog.getByLabel('Name').fill('site');
  await builds.dialog.getByRole('button', { name: 'Create' }).click();
  await builds.tree.getByRole('treeitem', { name: 'site' }).click();
  await window.getByRole('button', { name: /^Build/ }).click();
  const panel = builds.panel('hello-empty:latest');
  await expect(panel.getByRole('status').first()).toContainText('done');
  await panel.getByRole('button', { name: 'Run…' }).click();
  await builds.dialog.getByRole('button', { name: /^Run/ }).click();
  await expectRun(engine, 'hello-empty:latest');
});

test('makes, renames and deletes what is in the folder, and loses nothing that was typed', async ({
  builds,
  folder,
  window,
}) => {
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM busybox\n');
  await mkdir(path.join(folder, 'src'));
  await writeFile(path.join(folder, 'src/old.txt'), 'old\n');
  await builds.open();
  await builds.openFolder(folder);
  const item = (name: string | RegExp) => builds.tree.getByRole('treeitem', { name, exact: true });
  await item('src').click();
  await item('src').getByRole('button', { name: 'Actions for src' }).click();
  await window.getByRole('menuitem', { name: 'New file…' }).click();
  await expect(builds.dialog).toContainText('New file in src');
  await builds.dialog.getByLabel('Name').fill('../../out');
  await window.keyboard.press('Enter');
  await expect(builds.dialog).toContainText('has no slash in it');
  await builds.dialog.getByLabel('Name').fill('old.txt');
  await window.keyboard.press('Enter');
  await expect(builds.dialog.getByRole('alert')).toContainText('src/old.txt is there already.');
  await expectAccessibleInBothThemes(window);
  await builds.dialog.getByLabel('Name').fill('new.txt');
  await window.keyboard.press('Enter');
  await expect(window.getByRole('textbox', { name: 'Text of src/new.txt' })).toBeVisible();
  await builds.write('not saved yet');
  // Its name changes while it is open; what was typed stays.
  await item('new.txt').focus();
  await window.keyboard.press('F2');
  await builds.dialog.getByLabel('Name').fill('newer.txt');
  await window.keyboard.press('Enter');
  await expect(window.getByRole('textbox', { name: 'Text of src/newer.txt' })).toHaveText('not saved yet');
  await expectAccessibleInBothThemes(window);
  // Another page, and back.
  await window.getByRole('link', { name: 'History' }).click();
  await expect(window.getByRole('link', { name: /^Editor: .*not saved/ })).toBeVisible();
  await window.getByRole('link', { name: /^Editor:/ }).click();
  await expect(window.getByRole('textbox', { name: 'Text of src/newer.txt' })).toHaveText('not saved yet');
  // The browser asks before the window goes; whoever stays has lost nothing.
  let asked = '';
  window.once('dialog', (dialog) => {
    asked = dialog.type();
    void dialog.dismiss();
  });
  await window.close({ runBeforeUnload: true });
  await expect.poll(() => asked).toBe('beforeunload');
  await expect(builds.editor).toHaveText('not saved yet');
  await item('Dockerfile').click();
  await expect(builds.editor).toHaveText('FROM busybox');
  expect(await readFile(path.join(folder, 'src/newer.txt'), 'utf8')).toBe('not saved yet');
  await item('src').focus();
  await window.keyboard.press('Delete');
  const question = window.getByRole('alertdialog');
  await expect(question).toContainText('The folder and all that is in it are deleted');
  await expectAccessibleInBothThemes(window);
  await question.getByRole('button', { name: 'Delete' }).click();
  await expect(item('src')).toBeHidden();
  await expect.poll(() => readdir(folder)).toEqual(['Dockerfile']);
});

test('takes a folder that is typed before the list of folders is here', async ({
  builds,
  folder,
  window,
}) => {
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM busybox\n');
  const held: (() => void)[] = [];
  let holds = false;
  await window.routeWebSocket(/./, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (holds) held.push(() => socket.send(message));
      else socket.send(message);
    });
  });
  await window.reload();
  await builds.open();
  holds = true;
  await window.getByRole('button', { name: /^Open folder/ }).click();
  const field = builds.dialog.getByLabel(/^Folder/);
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('');
  holds = false;
  for (const send of held) send();
  await expect(field).not.toHaveValue('');
  await window.keyboard.type(folder);
  await expect(field).toHaveValue(folder);
  await window.keyboard.press('Enter');
  await expect(builds.editor).toBeVisible();
});

test('builds with labels, and refuses a platform in words', async ({ builds, engine, folder, window }) => {
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM busybox\n');
  await builds.open();
  await builds.openFolder(folder);
  const options = async (field: RegExp, text: string): Promise<void> => {
    await window.getByRole('button', { name: 'Options…' }).click();
    await builds.dialog.getByLabel(field).fill(text);
  };
  await options(/^Names of the image/, 'with:labels');
  await builds.dialog.getByLabel(/^Labels/).fill('org.example.a=b c');
  await builds.dialog.getByLabel(/^Cache from images/).fill('Not A Name!');
  await builds.dialog.getByRole('button', { name: 'Build', exact: true }).click();
  await expect(builds.dialog).toContainText('is not the name of an image');
  await expectAccessibleInBothThemes(window);
  await builds.dialog.getByLabel(/^Cache from images/).fill('busybox');
  await builds.dialog.getByRole('button', { name: 'Build', exact: true }).click();
  const panel = builds.panel('with:labels');
  await expect(panel.getByRole('status').first()).toContainText('done');
  expect((await engine.docker.getImage('with:labels').inspect()).Config.Labels).toEqual({
    'org.example.a': 'b c',
  });
  await options(/^Platform/, 'linux/s390x');
  await builds.dialog.getByRole('button', { name: 'Build', exact: true }).click();
  await expect(window.getByRole('alert').filter({ hasText: 'needs an emulator' })).toBeVisible();
});

test('marks a mistake while one types, and the line that a build fails at', async ({
  builds,
  folder,
  window,
}) => {
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM busybox\n');
  await writeFile(path.join(folder, '.dockerignore'), 'notes\n');
  await mkdir(path.join(folder, 'notes'));
  await builds.open();
  await builds.openFolder(folder);
  await expect(builds.tree.getByRole('treeitem', { name: /^notes, not sent/ })).toBeVisible();
  await builds.write('FROM busybox\nMAINTAINER me\nCOPYY a /\n');
  await expect(builds.problems).toContainText('unknown instruction: COPYY');
  await expect(builds.problems).toContainText('Line 3, column 1');
  await builds.write('FROM busybox\nMAINTAINER me\nCOPY notes /\n');
  await expect(builds.problems).toContainText('MaintainerDeprecated');
  await expect(builds.problems).toContainText('CopyIgnoredFile');
  await expectAccessibleInBothThemes(window);
  await builds.write('FROM busybox\n');
  await window.keyboard.press('Control+End');
  await window.keyboard.type('WOR');
  await expect(window.getByRole('option', { name: /WORKDIR/ })).toBeVisible();
  await window.keyboard.press('Escape');
  await builds.write('FROM busybox\nRUN true\nRUN echo about to fail && \\\n  cat /nothing\n');
  await window.getByRole('button', { name: /^Build/ }).click();
  const failed = window.locator('.cm-failed-line');
  await expect(failed).toHaveCount(2);
  await expect(failed.first()).toContainText('about to fail');
  await expect(window.locator('.cm-failed-message')).toContainText('returned a non-zero code: 1');
  await expect(builds.steps).toContainText("can't open '/nothing'");
  await expectAccessibleInBothThemes(window);
  // Another program writes the file that is open here.
  await writeFile(path.join(folder, 'Dockerfile'), 'FROM scratch\n');
  await builds.editor.click();
  await window.keyboard.press('Control+End');
  await window.keyboard.insertText('RUN true\n');
  await window.keyboard.press('Control+s');
  await expect(window.getByRole('alert').filter({ hasText: 'changed by another program' })).toBeVisible();
  await window.getByRole('button', { name: 'Load the file from disk' }).click();
  await expect(builds.editor).toHaveText('FROM scratch');
});

test('keeps a history with builds of terminals, cancels, builds again, compares and deletes', async ({
  builds,
  engine,
  folder,
  window,
}) => {
  await writeFile(
    path.join(folder, 'Dockerfile'),
    'FROM busybox AS base\nRUN echo one > /one\nFROM base\nRUN echo two\n',
  );
  const outcome = await engine.cli(['build', '-t', 'by:terminal', folder], { env: { DOCKER_BUILDKIT: '0' } });
  expect(outcome.exitCode, outcome.stderr).toBe(0);
  await builds.open();
  await expect(builds.row('by:terminal')).toContainText('done');
  await builds.openFolder(folder);
  await builds.write('FROM busybox\nRUN echo begun; sleep 600\n');
  await window.keyboard.press('Control+Enter');
  await expect(builds.steps).toContainText('begun');
  await window.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(window.getByRole('status').filter({ hasText: 'cancelled' })).toBeVisible();
  await builds.write('FROM busybox AS base\nRUN echo one > /one\nFROM base\nRUN echo three\n');
  await window.keyboard.press('Control+s');
  await window.getByRole('link', { name: 'History' }).click();
  await builds.row('by:terminal').focus();
  await window.keyboard.press('r');
  await expect(builds.dialog).toContainText('Build again with a folder');
  await builds.dialog.getByLabel(/^Folder/).fill(folder);
  await window.keyboard.press('Enter');
  await expect(builds.row('by:terminal')).toHaveCount(2);
  await expect(builds.list.getByRole('row').nth(1)).toContainText('done');
  await expectAccessibleInBothThemes(window);
  await builds.list.getByRole('row').nth(1).focus();
  await window.keyboard.press('v');
  const table = builds.dialog.getByRole('table');
  await expect(table).toContainText('only in the newer');
  await expect(table.getByRole('row').filter({ hasText: 'RUN echo one' })).toContainText('cached');
  await expectAccessibleInBothThemes(window);
  await window.keyboard.press('Escape');
  await builds.list.getByRole('row').nth(1).focus();
  await window.keyboard.press('d');
  await window.getByRole('button', { name: 'Delete build' }).click();
  await expect(builds.row('by:terminal')).toHaveCount(1);
  expect((await engine.docker.getImage('by:terminal').inspect()).Id).toContain('sha256:');
});
