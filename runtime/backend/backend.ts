// The UI's backend: answers the contract over any number of ports, on one engine. The desktop shell gives it message
// ports, the browser mode WebSockets.
import type { EngineClient } from '../client/engine-client.ts';
import type { Methods } from '../contract/methods.ts';
import type { Port } from '../contract/wire.ts';
import { Connection } from './connection.ts';
import { Disposables, type Disposable } from './disposable.ts';
import { EngineLink, unknownEngine, type LinkTimes } from './engine-link.ts';
import { LiveModel } from './live-model.ts';
import { createMethods } from './methods.ts';

/** A running backend. Disposing closes its ports and its connections to the engine. */
export interface Backend extends Disposable {
  /** What the shell's own menus show and do, without a window. */
  readonly model: Pick<LiveModel, 'engine' | 'snapshot' | 'subscribe'>;
  readonly methods: Methods;
  /** Serves a window until its port closes or the result is disposed of. */
  connect(port: Port): Disposable;
}

/** Makes a backend on an engine, whether or not it is there yet. Takes ownership of the client. */
export function createBackend(client: EngineClient, times: Partial<LinkTimes> = {}): Backend {
  const owned = new Disposables();
  owned.add({ dispose: () => client.close() });
  const model = owned.add(new LiveModel(unknownEngine(client.endpoint.url)));
  const link = owned.add(new EngineLink(client, model, times));
  const methods = createMethods(client);
  const connections = owned.add(new Disposables());
  let visibleWindows = 0;

  return {
    model,
    methods,
    connect: (port) => {
      let connection: Connection | undefined = undefined;
      connection = new Connection(port, {
        client,
        methods,
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
