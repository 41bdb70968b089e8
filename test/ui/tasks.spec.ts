// Long jobs and messages: they go on without a page, can be cancelled and tried again, and how they ended is kept.
import { expect, expectAccessibleInBothThemes, havePulled, removeImages, test } from './fixtures.ts';

test('shows a pull with its layers, and offers to run what came of it', async ({
  engine,
  frame,
  images,
  window,
}) => {
  await removeImages(engine);
  await images.open();
  await images.begin('python:3.11-slim');
  await expect(window.getByText('python:3.11-slim is here')).toBeVisible();
  await frame.openTasks();
  const task = frame.task('python:3.11-slim');
  await expect(task).toContainText('The image is here.');
  await task.getByRole('button', { name: /layers?$/ }).click();
  await expect(task.getByRole('progressbar', { name: /^Layer/ }).first()).toBeVisible();
  await expectAccessibleInBothThemes(window);
  await expect(images.row('python:3.11-slim')).toBeVisible();
  await task.getByRole('button', { name: 'Run…: python:3.11-slim' }).click();
  await expect(window.getByRole('dialog', { name: 'Run python:3.11-slim' })).toBeVisible();
  await window.keyboard.press('Escape');

  // Another window knows it too, until it is cleared.
  await window.reload();
  await frame.openTasks();
  await expect(frame.task('python:3.11-slim')).toBeVisible();
  await frame.tasks.getByRole('button', { name: 'Clear ended' }).click();
  await expect(frame.tasks).toContainText('Nothing is under way');
});

test('cancels a pull, and begins it again', async ({ engine, frame, images }) => {
  await removeImages(engine);
  await images.open();
  await images.begin('python:3.11-slim');
  await frame.openTasks();
  const task = frame.task('python:3.11-slim');
  await task.getByRole('button', { name: 'Cancel: python:3.11-slim' }).click();
  await expect(task.getByRole('img', { name: 'cancelled' })).toBeVisible();
  await task.getByRole('button', { name: 'Try again: python:3.11-slim' }).click();
  await expect(task).toContainText('The image is here.');
  await task.getByRole('button', { name: 'Dismiss: python:3.11-slim' }).click();
  await expect(task).toBeHidden();
});

test('keeps what failed while one was elsewhere', async ({ engine, containers, frame, window }) => {
  await havePulled(engine, 'busybox');
  await engine.cli(['create', '--name', 'broken', 'busybox', '/no/such/program']);
  await containers.row('broken').getByRole('button', { name: 'Start broken' }).click();
  const alert = window.getByRole('alert');
  await expect(alert).toContainText('Could not start broken');
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  await expect(alert).toBeHidden();

  await frame.goTo('Images');
  await engine.cli(['run', '--name', 'faulty', 'busybox', 'sh', '-c', 'sleep 1; exit 3']);
  const bell = window.getByRole('button', { name: /^Notifications/ });
  await expect(bell).toHaveAccessibleName('Notifications: 2 new');
  await bell.click();
  await expect(frame.messages).toContainText('Could not start broken');
  await expectAccessibleInBothThemes(window);
  await frame.messages.getByRole('button', { name: 'faulty ended with a failure', exact: true }).click();
  await expect(containers.details('faulty')).toBeVisible();
  await expect(bell).toHaveAccessibleName('Notifications');
  await frame.openMessages();
  await frame.messages.getByRole('button', { name: 'Clear all' }).click();
  await expect(frame.messages).toContainText('is kept here');
});
