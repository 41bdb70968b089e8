// The frame's pure parts: addresses, what to do about an engine in trouble, lists, tasks, messages, remembered choices.
import { describe, expect, it } from 'vitest';
import type { EngineModel, TaskModel, VolumeModel } from '../../../runtime/contract/model.ts';
import { inertText } from '../../../renderer/src/format/inert.ts';
import { engineFix } from '../../../renderer/src/frame/engine-fix.ts';
import { listVolumes, usersOf } from '../../../renderer/src/pages/volumes/volume-list.ts';
import { networkPath, pagePath, routeOf, settingsPath } from '../../../renderer/src/route.ts';
import { closerOfDialog, openDialog, useDialog } from '../../../renderer/src/state/dialog-store.ts';
import { containerModel as container } from '../../fixtures/container-model.ts';

const byId = <T extends { readonly id: string }>(...values: readonly T[]) =>
  new Map(values.map((one) => [one.id, one]));

function engine(part: Partial<EngineModel>): EngineModel {
  return {
    state: 'down',
    reason: '',
    sinceMs: 0,
    endpoint: 'unix:///run/berth/berth.sock',
    product: '',
    version: '',
    apiVersion: '',
    cpus: 0,
    memoryBytes: 0,
    features: [],
    keeper: false,
    ...part,
  };
}

function volume(id: string, part: Partial<VolumeModel> = {}): VolumeModel {
  return {
    id,
    driver: 'local',
    mountpoint: `/volumes/${id}`,
    createdMs: 1,
    labels: {},
    containers: 0,
    ...part,
  };
}

describe('addresses', () => {
  it('reads back what it writes', () => {
    expect(routeOf(pagePath('volumes', 'data'))).toEqual({ page: 'volumes', id: 'data', tab: 'summary' });
    expect(routeOf(networkPath('n1', 'inspect'))).toEqual({ page: 'networks', id: 'n1', tab: 'inspect' });
    expect(routeOf(pagePath('networks'))).toEqual({ page: 'networks', id: undefined, tab: 'summary' });
    expect(routeOf(pagePath('builds'))).toEqual({ page: 'builds' });
    expect(routeOf(settingsPath('keyboard'))).toEqual({ page: 'settings', section: 'keyboard' });
  });

  it('takes an unknown one for the list of containers, or the first section', () => {
    expect(routeOf('/nowhere/at/all')).toEqual({ page: 'containers', id: undefined, tab: 'logs' });
    expect(routeOf('/settings/nothing')).toEqual({ page: 'settings', section: 'appearance' });
  });
});

describe('engineFix', () => {
  it('offers nothing while all is well, or while it is looked for', () => {
    expect(engineFix(engine({ state: 'running' }))).toBeUndefined();
    expect(engineFix(engine({ state: 'connecting' }))).toBeUndefined();
  });

  it('restarts an engine of ours, hung or down', () => {
    expect(engineFix(engine({ keeper: true }))?.restart).toBe(true);
    expect(engineFix(engine({ keeper: true, state: 'hung' }))?.restart).toBe(true);
  });

  it('gives the command where it is not ours to restart', () => {
    expect(engineFix(engine({}))).toMatchObject({ restart: false, command: 'npx berthd' });
    expect(engineFix(engine({ product: 'Docker' }))?.command).toBe('sudo systemctl start docker');
    expect(engineFix(engine({ product: 'Docker', state: 'hung' }))?.command).toBe(
      'sudo systemctl restart docker',
    );
    expect(engineFix(engine({ state: 'denied' }))?.command).toContain('usermod -aG berth');
    expect(engineFix(engine({ state: 'denied', product: 'Docker' }))?.command).toContain('-aG docker');
  });
});

describe('volumes', () => {
  const all = byId(
    volume('data-10', { containers: 2 }),
    volume('data-2'),
    volume('cache', { driver: 'nfs' }),
  );

  it('are filtered by words and use, and ordered as people count', () => {
    expect(listVolumes(all, 'data', 'all', 'name', true)).toEqual(['data-2', 'data-10']);
    expect(listVolumes(all, '', 'inUse', 'name', true)).toEqual(['data-10']);
    expect(listVolumes(all, 'nfs', 'unused', 'name', true)).toEqual(['cache']);
    expect(listVolumes(all, '', 'all', 'use', false)[0]).toBe('data-10');
  });

  it('know their users by name or by folder, and no bind mounts', () => {
    const mount = { type: 'volume', source: 'data-2', destination: '/a', readOnly: false };
    const users = usersOf(volume('data-2'), [
      container('b', { mounts: [mount] }),
      container('a', { mounts: [{ ...mount, source: '/volumes/data-2', readOnly: true }] }),
      container('c', { mounts: [{ ...mount, type: 'bind', source: '/volumes/data-2' }] }),
    ]);
    expect(users.map((use) => [use.container.name, use.readOnly])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});

describe('inertText', () => {
  it('keeps lines and tabs, and shows what would act', () => {
    expect(inertText('a\n\tb\u001b[31m\u202e')).toBe('a\n\tb^[[31m‹U+202E›');
  });
});

// These touch the browser's storage when loaded.
describe('what the stores tell', async () => {
  Object.assign(globalThis, {
    localStorage: { getItem: () => null, setItem: () => undefined },
    document: { addEventListener: () => undefined, hidden: false },
    window: { matchMedia: () => ({ matches: false, addEventListener: () => undefined }) },
  });
  const { preferencesOf } = await import('../../../renderer/src/state/preferences-store.ts');
  const { tasksInOrder, taskShare } = await import('../../../renderer/src/state/tasks.ts');
  const { endedTasks, failedContainers } = await import('../../../renderer/src/state/notices.ts');

  const task = (id: string, part: Partial<TaskModel> = {}): TaskModel => ({
    id,
    kind: 'pull',
    subject: id,
    state: 'running',
    startedMs: 1,
    endedMs: null,
    status: '',
    parts: [],
    error: '',
    hint: '',
    ...part,
  });

  it('takes remembered choices that make sense, and no others', () => {
    expect(preferencesOf(null).terminalFontPx).toBe(13);
    expect(preferencesOf('{"terminalFontPx":16,"tellTasks":false}')).toMatchObject({
      terminalFontPx: 16,
      tellTasks: false,
      tellContainers: true,
    });
    expect(preferencesOf('{"terminalFontPx":900,"terminalScrollbackLines":7}')).toEqual(preferencesOf(null));
    expect(preferencesOf('not json')).toEqual(preferencesOf(null));
    expect(preferencesOf('null')).toEqual(preferencesOf(null));
  });

  it('lists running tasks first, then the newest', () => {
    const ordered = tasksInOrder([
      task('old', { state: 'done', endedMs: 5 }),
      task('new', { state: 'failed', endedMs: 9 }),
      task('now', { startedMs: 2 }),
    ]);
    expect(ordered.map(({ id }) => id)).toEqual(['now', 'new', 'old']);
  });

  it('knows how far a task is once sizes are known', () => {
    const part = { id: 'a', status: '', currentBytes: 25, totalBytes: 100 };
    expect(taskShare(task('a'))).toBeUndefined();
    expect(taskShare(task('a', { parts: [part] }))).toBe(0.25);
    expect(taskShare(task('a', { state: 'done' }))).toBe(1);
  });

  it('tells of tasks that end, not of those that were found ended or cancelled', () => {
    const before = byId(task('a'), task('b'), task('c'));
    const after = byId(
      task('a', { state: 'done' }),
      task('b', { state: 'cancelled' }),
      task('c'),
      task('d', { state: 'failed' }),
    );
    expect(endedTasks(before, after).map(({ id }) => id)).toEqual(['a']);
  });

  it('tells of containers that fail, however shortly they ran, and not of those that are stopped', () => {
    const before = byId(
      container('a'),
      container('b'),
      container('c', { state: 'exited', exitCode: 1, finishedMs: 1 }),
    );
    const ended = { state: 'exited', finishedMs: 7 } as const;
    const after = byId(
      container('a', { ...ended, exitCode: 1 }),
      container('b', { ...ended, exitCode: 0 }),
      container('c', { ...ended, exitCode: 1 }),
      container('new', { ...ended, exitCode: 1 }),
    );
    expect(failedContainers(before, after).map(({ name }) => name)).toEqual(['a', 'c']);
  });
});

describe('a dialog that answers late', () => {
  it('closes itself', () => {
    openDialog({ kind: 'createNetwork' });
    closerOfDialog()();
    expect(useDialog.getState().dialog).toBeUndefined();
  });

  it('leaves open what was opened after it, and be it of its own kind', () => {
    openDialog({ kind: 'createNetwork' });
    const close = closerOfDialog();
    const later = { kind: 'createNetwork' } as const;
    openDialog(later);
    close();
    expect(useDialog.getState().dialog).toBe(later);
  });
});
