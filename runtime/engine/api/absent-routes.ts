// What Docker's API has and this engine has not: each is refused in words, never ignored.
import { EngineError } from '../errors.ts';
import type { Route } from './route.ts';

/** Method, pattern, and what is not implemented. */
const missing: readonly (readonly [Route['method'], string, string])[] = [
  ['GET', '/containers/{name}/checkpoints', 'checkpoints'],
  ['POST', '/containers/{name}/checkpoints', 'checkpoints'],
  ['DELETE', '/containers/{name}/checkpoints', 'checkpoints'],
  ['POST', '/grpc', "BuildKit's own API"],
  ['GET', '/plugins/privileges', 'plugins'],
  ['POST', '/plugins/{name}', 'plugins'],
  ['DELETE', '/plugins/{name}', 'plugins'],
];

/** Routes that only refuse. They come after all others. */
export const absentRoutes: readonly Route[] = missing.map(([method, pattern, what]): Route => ({
  method,
  pattern,
  handle: () => {
    throw new EngineError('notImplemented', `Berth does not implement this yet: ${what}`);
  },
}));
