// Services that answer from memory, so that the API's own behaviour can be tested without a kernel. Each test says
// what it replaces; the rest refuses.
import { Readable } from 'node:stream';
import { EngineError } from '../../../runtime/engine/errors.ts';
import { createEventBus } from '../../../runtime/engine/events/event-bus.ts';
import type { Services } from '../../../runtime/engine/services.ts';
import { noSwarmInfo } from '../../../runtime/engine/swarm/swarm-types.ts';
import { Sessions } from '../../../runtime/engine/session/sessions.ts';

const unexpected = (what: string) => (): never => {
  throw new EngineError('internal', `the test did not expect ${what}`);
};
const noContainer = (name: string): never => {
  throw new EngineError('notFound', `No such container: ${name}`);
};
const noVolume = (name: string): never => {
  throw new EngineError('notFound', `get ${name}: no such volume`);
};

const noManager = (): never => {
  throw new EngineError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
};
const noSwarm = (): never => {
  throw new EngineError('unavailable', 'This node is not part of a swarm');
};

type Replacements = { [S in keyof Services]?: Partial<Services[S]> };

/** Services whose objects do not exist, but for what is replaced. */
export function fakeServices(replace: Replacements = {}): Services {
  return {
    sessions: new Sessions(),
    containers: {
      create: unexpected('create'),
      start: noContainer,
      stop: noContainer,
      restart: noContainer,
      kill: noContainer,
      wait: noContainer,
      remove: noContainer,
      list: () => Promise.resolve([]),
      inspect: noContainer,
      inspectAll: async () => [],
      logs: () => Promise.resolve({ tty: false, stream: Readable.from([]) }),
      searchLogs: noContainer,
      attach: noContainer,
      resize: noContainer,
      rename: noContainer,
      top: noContainer,
      stats: noContainer,
      pause: noContainer,
      unpause: noContainer,
      update: noContainer,
      prune: unexpected('prune'),
      ...replace.containers,
    },
    files: {
      stat: noContainer,
      read: noContainer,
      write: noContainer,
      changes: noContainer,
      export: noContainer,
      commit: noContainer,
      sizes: () => Promise.resolve(new Map()),
      ...replace.files,
    },
    execs: {
      create: noContainer,
      prepareStart: (id) => {
        throw new EngineError('notFound', `No such exec instance: ${id}`);
      },
      resize: unexpected('resize'),
      inspect: unexpected('exec inspect'),
      ...replace.execs,
    },
    images: {
      pull: unexpected('pull'),
      load: unexpected('load'),
      push: unexpected('push'),
      save: unexpected('save'),
      import: unexpected('import'),
      prune: unexpected('image prune'),
      prunePreview: unexpected('image prune preview'),
      distribution: unexpected('distribution'),
      logIn: unexpected('login'),
      search: unexpected('search'),
      list: () => Promise.resolve([]),
      inspect: (name) => {
        throw new EngineError('notFound', `No such image: ${name}`);
      },
      history: (name) => {
        throw new EngineError('notFound', `No such image: ${name}`);
      },
      requirePlatform: unexpected('platform'),
      tags: unexpected('tags'),
      commit: unexpected('commit'),
      tag: unexpected('tag'),
      remove: unexpected('image remove'),
      runnable: unexpected('runnable'),
      layersFolder: '/nowhere',
      layersBytes: () => 0,
      builds: {
        find: unexpected('build find'),
        get: unexpected('build get'),
        lower: unexpected('build lower'),
        pin: unexpected('build pin'),
        makeLayer: unexpected('build layer'),
        layer: unexpected('build layer'),
        add: unexpected('build image'),
        name: unexpected('build name'),
        dropStep: unexpected('build drop'),
        sharing: unexpected('build sharing'),
      },
      files: {
        layers: unexpected('image layers'),
        changes: unexpected('image changes'),
        folder: unexpected('image folder'),
        readFile: unexpected('image file'),
        readArchive: unexpected('image archive'),
      },
      count: () => 0,
      setUsage: unexpected('setUsage'),
      ...replace.images,
    },
    builds: {
      build: unexpected('build'),
      check: unexpected('build check'),
      cacheItems: () => Promise.resolve([]),
      prune: unexpected('build prune'),
      prunePreview: unexpected('build prune preview'),
      history: () => [],
      record: unexpected('build record'),
      forget: unexpected('build forget'),
      cancel: unexpected('build cancel'),
      watch: unexpected('build watch'),
      close: unexpected('build close'),
      ...replace.builds,
    },
    networks: {
      list: () => Promise.resolve([]),
      inspect: unexpected('network inspect'),
      create: unexpected('network create'),
      remove: unexpected('network remove'),
      prune: unexpected('network prune'),
      connect: unexpected('network connect'),
      disconnect: unexpected('network disconnect'),
      ...replace.networks,
    },
    swarm: {
      state: 'inactive',
      info: () => noSwarmInfo,
      init: unexpected('init'),
      join: unexpected('join'),
      leave: noSwarm,
      inspect: noManager,
      update: noManager,
      nodes: noManager,
      node: noManager,
      updateNode: noManager,
      removeNode: noManager,
      demandManager: noManager,
      ...replace.swarm,
    },
    volumes: {
      create: unexpected('volume create'),
      list: () => Promise.resolve([]),
      inspect: noVolume,
      remove: noVolume,
      prune: unexpected('volume prune'),
      usage: () => Promise.resolve([]),
      ...replace.volumes,
    },
    volumeFiles: {
      folder: noVolume,
      readFile: noVolume,
      writeFile: noVolume,
      readArchive: noVolume,
      writeArchive: noVolume,
      remove: noVolume,
      rename: noVolume,
      clone: noVolume,
      ...replace.volumeFiles,
    },
    events: createEventBus(),
    system: {
      info: unexpected('info'),
      version: () => Promise.resolve({ ApiVersion: '1.51' }),
      ...replace.system,
    },
    usage: { listen: () => Promise.resolve(), ...replace.usage },
  };
}
