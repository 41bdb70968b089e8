// What Docker's API has and this engine has not: each is refused in words, never ignored. Swarm's calls get
// Docker's own answer of a machine that is in no swarm.
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
  ['POST', '/swarm/init', 'swarm mode'],
  ['POST', '/swarm/join', 'swarm mode'],
  ['POST', '/swarm/unlock', 'swarm mode'],
];

const notManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

/** Method and pattern of what only a swarm manager answers. */
const managersOnly: readonly (readonly [Route['method'], string])[] = [
  ['GET', '/swarm'],
  ['GET', '/swarm/unlockkey'],
  ['POST', '/swarm/update'],
  ...['nodes', 'services', 'tasks', 'secrets', 'configs'].flatMap((family) => [
    ['GET', `/${family}`] as const,
    ['GET', `/${family}/{name}`] as const,
    ['POST', `/${family}/{name}`] as const,
    ['DELETE', `/${family}/{name}`] as const,
  ]),
];

/** Routes that only refuse. They come after all others. */
export const absentRoutes: readonly Route[] = [
  ...missing.map(([method, pattern, what]): Route => ({
    method,
    pattern,
    handle: () => {
      throw new EngineError('notImplemented', `Berth does not implement this yet: ${what}`);
    },
  })),
  ...managersOnly.map(([method, pattern]): Route => ({
    method,
    pattern,
    handle: () => {
      throw new EngineError('unavailable', notManager);
    },
  })),
  {
    method: 'POST',
    pattern: '/swarm/leave',
    handle: () => {
      throw new EngineError('unavailable', 'This node is not part of a swarm');
    },
  },
];
