// The contract's methods on builds and on the folders that they are made of.
import { randomBytes } from 'node:crypto';
import { buildAnswer } from '../client/build-answers.ts';
import { cachePreviewAnswer, cacheUsageAnswer, prunedCacheAnswer } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { EngineFailure } from '../client/engine-failure.ts';
import type { RegistryCredentials } from '../client/registry-credentials.ts';
import type { CachePrune } from '../contract/builds.ts';
import type { Methods, Result } from '../contract/methods.ts';
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
  | 'builds.cache'
  | 'builds.pruneCache'
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
    'builds.cache': async (wanted) => {
      const usage = { method: 'GET', path: '/system/df', query: { type: 'build-cache' } } as const;
      const { BuildCache } = await client.json(usage, cacheUsageAnswer);
      const sizeBytes = BuildCache.reduce((sum, { Size }) => sum + Size, 0);
      return { items: BuildCache.length, sizeBytes, preview: await prunePreview(client, wanted) };
    },
    'builds.pruneCache': async (wanted) => {
      const request = { method: 'POST', path: '/build/prune', query: pruneQuery(wanted) } as const;
      const { CachesDeleted, SpaceReclaimed } = await client.json(request, prunedCacheAnswer);
      return { removed: CachesDeleted.length, reclaimedBytes: SpaceReclaimed };
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

function pruneQuery({ unusedHours, keepBytes, mounts }: CachePrune) {
  return {
    ...(mounts ? { all: true } : {}),
    ...(keepBytes === 0 ? {} : { 'keep-storage': keepBytes }),
    ...(unusedHours === 0 ? {} : { filters: JSON.stringify({ until: [`${unusedHours}h`] }) }),
  };
}

/** What a prune would remove; null where the engine has no such question. */
async function prunePreview(
  client: EngineClient,
  wanted: CachePrune,
): Promise<Result<'builds.cache'>['preview']> {
  const request = { method: 'GET', path: '/berth/build/prune', query: pruneQuery(wanted) } as const;
  try {
    const { BuildCache, SpaceReclaimed } = await client.json(request, cachePreviewAnswer);
    const items = BuildCache.map(({ ID, Description, Size, Shared }) => ({
      id: ID,
      description: Description,
      sizeBytes: Size,
      shared: Shared,
    }));
    return { items, reclaimBytes: SpaceReclaimed };
  } catch (error) {
    if (error instanceof EngineFailure && error.status === 404) return null;
    throw error;
  }
}
