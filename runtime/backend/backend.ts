// The UI's backend: answers the contract over any number of ports, on one engine. The desktop shell gives it message
// ports, the browser mode WebSockets.
import type { EngineClient } from '../client/engine-client.ts';
import type { KeptEngine } from '../client/kept-engine.ts';
import { RegistryCredentials } from '../client/registry-credentials.ts';
import type { Methods } from '../contract/methods.ts';
import type { Port } from '../contract/wire.ts';
import { openBuild, openBuildHistory } from './build-stream.ts';
import { Connection } from './connection.ts';
import { Disposables, type Disposable } from './disposable.ts';
import { EngineLink, unknownEngine, type LinkTimes } from './engine-link.ts';
import { LiveModel } from './live-model.ts';
import { openLogs } from './log-stream.ts';
import { createMethods } from './methods.ts';
import { StatsHub } from './stats-hub.ts';
import { TaskList } from './task-list.ts';
import { TerminalList } from './terminal-list.ts';
import { openTerminal } from './terminal-stream.ts';
import { imageFiles, layerQuery, refuseFailedLoad } from './image-files.ts';
import { volumeFiles } from './volume-methods.ts';
import { openDownload, openUpload } from './file-transfer.ts';

/** A running backend. Disposing closes its ports and its connections to the engine. */
export interface Backend extends Disposable {
  /** What the shell's own menus show and do, without a window. */
  readonly model: Pick<LiveModel, 'engine' | 'snapshot' | 'subscribe'>;
  readonly methods: Methods;
  /** Who keeps the engine, when that turns out later; undefined when it is not ours. */
  setKeeper(keeper: KeptEngine | undefined): void;
  /** Serves a window until its port closes or the result is disposed of. */
  connect(port: Port): Disposable;
}

/** What a backend may be given beside its engine. */
export interface BackendOptions {
  readonly times?: Partial<LinkTimes>;
  /** Where the engine is ours: shows its log, starts it again. */
  readonly keeper?: KeptEngine | undefined;
  /** Credentials for registries; those of the docker CLI by default. */
  readonly credentials?: RegistryCredentials;
}

/** Makes a backend on an engine, whether or not it is there yet. Takes ownership of the client. */
export function createBackend(client: EngineClient, options: BackendOptions = {}): Backend {
  const { times } = options;
  let { keeper } = options;
  const owned = new Disposables();
  owned.add({ dispose: () => client.close() });
  const model = owned.add(new LiveModel(unknownEngine(client.endpoint.url, keeper !== undefined)));
  const link = owned.add(new EngineLink(client, model, times));
  const tasks = owned.add(new TaskList(model));
  const terminals = owned.add(new TerminalList(client, model));
  const stats = owned.add(new StatsHub(client, model));
  const methods = createMethods({
    client,
    tasks,
    terminals,
    credentials: options.credentials ?? new RegistryCredentials(),
    keeper: () => keeper,
  });
  const connections = owned.add(new Disposables());
  let visibleWindows = 0;

  return {
    model,
    methods,
    setKeeper: (next) => {
      keeper = next;
      model.setEngine({ ...model.engine, keeper: next !== undefined });
    },
    connect: (port) => {
      let connection: Connection | undefined = undefined;
      connection = new Connection(port, {
        methods,
        streams: {
          logs: (params, output) => openLogs(client, params, output),
          terminal: (params, output) => openTerminal(terminals, params, output),
          volumeDownload: ({ id, path, kind }, output) =>
            openDownload(client, { path: volumeFiles(id, kind), query: { path } }, output),
          volumeUpload: ({ id, path, kind, sizeBytes }, output) =>
            openUpload(
              client,
              { method: 'PUT', path: volumeFiles(id, kind), query: { path } },
              sizeBytes,
              output,
            ),
          imageDownload: ({ id, layer, path, kind }, output) =>
            openDownload(
              client,
              { path: imageFiles(id, kind), query: { path, ...layerQuery(layer) } },
              output,
            ),
          imageSave: ({ names }, output) =>
            openDownload(client, { path: '/images/get', query: { names } }, output),
          imageLoad: ({ sizeBytes }, output) =>
            openUpload(
              client,
              { method: 'POST', path: '/images/load', query: { quiet: true } },
              sizeBytes,
              output,
              refuseFailedLoad,
            ),
          builds: (_, output) => openBuildHistory(client, output),
          build: (params, output) => openBuild(client, params, output),
          stats: (params, output) => stats.open(params, output),
        },
        model,
        visibilityChanged: (visible) => {
          visibleWindows += visible ? 1 : -1;
          link.setWatched(visibleWindows > 0);
        },
        closed: () => {
          if (connection !== undefined) connections.forget(connection);
        },
      });
      return connections.add(connection);
    },
    dispose: () => owned.dispose(),
  };
}
