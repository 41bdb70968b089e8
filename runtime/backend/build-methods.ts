// The contract's methods on builds and on the folders that they are made of.
import { randomBytes } from 'node:crypto';
import { buildAnswer } from '../client/build-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { Methods } from '../contract/methods.ts';
import { buildWork, rebuildWork } from './build-task.ts';
import { makeFolder, removeEntry, renameEntry } from './context-changes.ts';
import {
  createContext,
  listContext,
  listFolders,
  openContextFolder,
  readText,
  writeText,
} from './context-folder.ts';
import { measureContext } from './context-pack.ts';
import { pullReference } from './image-pull.ts';
import type { TaskList } from './task-list.ts';

type BuildMethods = Pick<
  Methods,
  | 'tasks.build'
  | 'tasks.rebuild'
  | 'builds.cancel'
  | 'builds.remove'
  | 'folders.list'
  | 'contexts.open'
  | 'contexts.create'
  | 'contexts.list'
  | 'contexts.measure'
  | 'contexts.read'
  | 'contexts.write'
  | 'contexts.makeFolder'
  | 'contexts.rename'
  | 'contexts.remove'
>;

/** They reject with engine failures; the connection gives them the contract's form. */
export function buildMethods(
  client: EngineClient,
  tasks: TaskList,
  credentials: RegistryCredentials,
): BuildMethods {
  const newId = (): string => randomBytes(8).toString('hex');
  const subjectOf = (tags: readonly string[], folder: string): string =>
    tags[0] ?? folder.split(/[/\\]/).findLast((part) => part !== '') ?? folder;
  return {
    'tasks.build': async (options) => {
      const tags = options.tags.map(pullReference);
      const cacheFrom = options.cacheFrom.map(pullReference);
      const id = newId();
      const work = buildWork(client, credentials, id, { ...options, tags, cacheFrom });
      return { id: tasks.begin('build', subjectOf(tags, options.folder), work, id) };
    },
    'tasks.rebuild': async ({ id: remembered, folder }) => {
      const path = `/berth/builds/${segment(remembered)}`;
      const { request } = await client.json({ method: 'GET', path }, buildAnswer);
      const id = newId();
      const work = rebuildWork(client, credentials, id, remembered, folder, request.dockerfile);
      const from = folder === '' ? request.remote : folder;
      return { id: tasks.begin('build', subjectOf(request.tags, from), work, id) };
    },
    'builds.cancel': async ({ id }) => {
      if (tasks.isRunning(id)) tasks.cancel(id);
      else await client.text({ method: 'POST', path: '/build/cancel', query: { id } });
      return {};
    },
    'builds.remove': async ({ id }) => {
      await client.text({ method: 'DELETE', path: `/berth/builds/${segment(id)}` });
      return {};
    },
    'folders.list': ({ path }) => listFolders(path),
    'contexts.open': ({ folder }) => openContextFolder(folder),
    'contexts.create': (wanted) => createContext(wanted),
    'contexts.list': ({ folder, path, dockerfile }) => listContext(folder, path, dockerfile),
    'contexts.measure': ({ folder, dockerfile }) => measureContext(folder, dockerfile),
    'contexts.read': ({ folder, path }) => readText(folder, path),
    'contexts.write': ({ folder, path, text, version }) => writeText(folder, path, text, version),
    'contexts.makeFolder': async ({ folder, path }) => {
      await makeFolder(folder, path);
      return {};
    },
    'contexts.rename': async ({ folder, path, name }) => {
      await renameEntry(folder, path, name);
      return {};
    },
    'contexts.remove': async ({ folder, path }) => {
      await removeEntry(folder, path);
      return {};
    },
  };
}
