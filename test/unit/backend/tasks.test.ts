import { describe, expect, it } from 'vitest';
import { unknownEngine } from '../../../runtime/backend/engine-link.ts';
import { LiveModel } from '../../../runtime/backend/live-model.ts';
import { TaskList } from '../../../runtime/backend/task-list.ts';
import type { TaskModel } from '../../../runtime/contract/model.ts';
import { useBackend } from './backend-on-socket.ts';
import { until } from './engine-on-socket.ts';

const layer = 'a'.repeat(12);
const line = (value: object) => `${JSON.stringify(value)}\r\n`;

describe('a pull', () => {
  const on = useBackend();

  it('shows progress by layer, a few times a second, and keeps its end', async () => {
    let asked: string | null = '';
    on.engine.routes.set('POST /images/create', (_request, response, url) => {
      asked = url.searchParams.get('fromImage');
      response.write(line({ status: 'Pulling from library/busybox', id: 'latest' }));
      for (let current = 0; current <= 1000; current += 1) {
        response.write(line({ status: 'Downloading', id: layer, progressDetail: { current, total: 1000 } }));
      }
      response.write(line({ status: 'Pull complete', id: layer, progressDetail: {} }));
      response.end(line({ status: 'Status: Downloaded newer image for busybox:latest' }));
    });
    expect(await on.window.pull('docker.io/library/busybox')).toMatchObject({
      kind: 'pull',
      subject: 'busybox:latest',
      state: 'done',
      status: 'Status: Downloaded newer image for busybox:latest',
      parts: [{ id: layer, status: 'Pull complete', currentBytes: 1000, totalBytes: 1000 }],
      error: '',
    });
    expect(asked).toBe('busybox:latest');
    const told = on.window.port.diffs.filter(({ tasks }) => (tasks?.set.length ?? 0) > 0);
    expect(told.length).toBeLessThan(20);
  });

  it.each([
    ['manifest for nosuch:latest not found: manifest unknown', 'There is no image nosuch:latest'],
    ['pull access denied for x, repository does not exist', 'does not let you pull nosuch:latest'],
    ['dial tcp 127.0.0.1:5000: connect: connection refused', 'cannot be reached'],
    ['write /var/lib/x: no space left on device', 'There is no room for nosuch:latest'],
    ['something else', 'nosuch:latest could not be pulled.'],
  ])('that fails with %j says why', async (message, sentence) => {
    on.engine.routes.set('POST /images/create', (_request, response) => {
      response.end(line({ errorDetail: { message }, error: message }));
    });
    const task = await on.window.pull('nosuch');
    expect(task).toMatchObject({ state: 'failed', error: expect.stringContaining(sentence) });
    expect(task.hint).toContain(message);
  });

  it('says that the engine went away', async () => {
    on.engine.routes.set('POST /images/create', (_request, response) => {
      response.write(line({ status: 'Waiting' }), () => response.destroy());
    });
    expect(await on.window.pull('busybox')).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('The engine went away while it pulled busybox:latest'),
      hint: 'Pull it again when the engine runs.',
    });
  });

  it('of a reference that is being pulled is that pull; cancelling breaks its request off', async () => {
    let gone = false;
    on.engine.routes.set('POST /images/create', (_request, response) => {
      response.on('close', () => (gone = true));
      response.write(line({ status: 'Waiting' }));
    });
    const first = await on.window.call('tasks.pull', { reference: 'busybox' });
    const second = await on.window.call('tasks.pull', { reference: 'docker.io/library/busybox:latest' });
    const id = first.result?.id ?? '';
    expect(second.result?.id).toBe(id);
    const task = () => on.window.port.tasks.get(id);
    await until(() => task()?.status === 'Waiting');
    expect((await on.window.call('tasks.forget', { id })).error).toMatchObject({ code: 'conflict' });
    expect((await on.window.call('tasks.cancel', { id })).result).toEqual({});
    await until(() => gone && task()?.state === 'cancelled');
    expect(on.engine.requests.filter((request) => request === 'POST /images/create')).toHaveLength(1);
    expect((await on.window.call('tasks.forget', { id })).result).toEqual({});
    await until(() => task() === undefined);
    expect((await on.window.call('tasks.cancel', { id })).error).toMatchObject({ code: 'notFound' });
  });

  it('of what is no image name is refused without asking the engine', async () => {
    const { error } = await on.window.call('tasks.pull', { reference: 'Not An Image' });
    expect(error).toMatchObject({ code: 'invalid', message: '"Not An Image" is not the name of an image.' });
    expect(on.engine.requests).not.toContain('POST /images/create');
  });
});

describe('the list of tasks', () => {
  it('keeps the last ended ones, whatever comes from one that has ended', async () => {
    const model = new LiveModel(unknownEngine('unix:///x'));
    const list = new TaskList(model);
    const tasks = (): TaskModel[] => [...model.entities('tasks').values()];
    let tell: (progress: { status: string; parts: [] }) => void = () => undefined;
    for (let count = 0; count < 60; count += 1) {
      list.begin('pull', `image${String(count)}`, async (report) => {
        tell = report;
      });
    }
    const running = list.begin('pull', 'running', () => new Promise(() => undefined));
    await until(() => tasks().every(({ id, state }) => id === running || state === 'done'));
    tell({ status: 'late', parts: [] });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(tasks()).toHaveLength(51);
    expect(tasks().map(({ subject }) => subject)).toContain('image59');
    expect(tasks().map(({ status }) => status)).not.toContain('late');
    list.dispose();
    model.dispose();
  });
});
