// A backend on an {@link EngineOnSocket}, and a window on it, for the tests of one file.
import { afterEach, beforeEach } from 'vitest';
import { createBackend, type Backend, type BackendOptions } from '../../../runtime/backend/backend.ts';
import { createEngineClient } from '../../../runtime/client/engine-client.ts';
import { unixEndpoint } from '../../../runtime/client/endpoint.ts';
import { TestWindow } from '../../fixtures/window.ts';
import { EngineOnSocket, inspection, until } from './engine-on-socket.ts';

/** What each test has anew. */
export interface BackendOnSocket {
  engine: EngineOnSocket;
  backend: Backend;
  window: TestWindow;
}

/** Before each test: an engine with a running container `a`, and a window that knows it. After it: nothing is left open. */
export function useBackend(options: BackendOptions = {}): BackendOnSocket {
  const parts = {} as BackendOnSocket;
  beforeEach(async () => {
    parts.engine = new EngineOnSocket();
    parts.engine.containers.set('a', inspection('a'));
    await parts.engine.listen();
    const { socketPath } = parts.engine;
    parts.backend = createBackend(createEngineClient(unixEndpoint(socketPath)), options);
    parts.window = TestWindow.on(parts.backend);
    await until(() => parts.window.port.engine?.state === 'running');
  });
  afterEach(async () => {
    parts.backend.dispose();
    await until(() => parts.engine.sockets.size === 0);
    await parts.engine.remove();
  });
  return parts;
}
