// `POST /session`: a client gives its connection away, and serves over it what its builds need.
import type { Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { Sessions } from '../session/sessions.ts';
import { skipEmptyChunks } from './body.ts';
import type { Route } from './route.ts';

/** The route of sessions. */
export function sessionRoute(sessions: Sessions): Route {
  return {
    method: 'POST',
    pattern: '/session',
    handle: async ({ hijack, request }) => {
      const header = (name: string): string => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : (value ?? '');
      };
      const protocol = header('upgrade');
      if (protocol === '') throw new EngineError('invalid', 'no upgrade proto in request');
      if (protocol !== 'h2c') throw new EngineError('invalid', `protocol ${protocol} not supported`);
      const id = header('x-docker-expose-session-uuid');
      const methods = header('x-docker-expose-session-grpc-method').split(', ');
      let connection: Duplex | undefined;
      try {
        await sessions.run(id, methods, async () => {
          connection = hijack('');
          await skipEmptyChunks(request, connection);
          return connection;
        });
      } finally {
        connection?.destroy();
      }
    },
  };
}
