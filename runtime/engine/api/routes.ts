// All routes over all services, in the order in which they are tried.
import type { Services } from '../services.ts';
import { absentRoutes } from './absent-routes.ts';
import { buildRoutes } from './build-routes.ts';
import { containerRoutes } from './container-routes.ts';
import { diskRoutes } from './disk-routes.ts';
import { execRoutes } from './exec-routes.ts';
import { extensionRoutes } from './extension-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { imageRoutes } from './image-routes.ts';
import { networkRoutes } from './network-routes.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { registryRoutes } from './registry-routes.ts';
import type { Route } from './route.ts';
import { sessionRoute } from './session-route.ts';
import { swarmRoutes } from './swarm-routes.ts';
import { systemRoutes } from './system-routes.ts';
import { imageFileRoutes } from './image-file-routes.ts';
import { volumeFileRoutes } from './volume-file-routes.ts';
import { volumeRoutes } from './volume-routes.ts';

/** What the API serves. */
export function apiRoutes(services: Services): Route[] {
  return [
    ...systemRoutes(services.system, services.events, services.swarm),
    ...extensionRoutes(services.containers, services.images, services.usage),
    ...containerRoutes(services.containers, services.files, services.images),
    ...fileRoutes(services.files),
    ...execRoutes(services.execs),
    ...registryRoutes(services.images),
    ...imageRoutes(services.images),
    ...buildRoutes(services.builds, services.sessions),
    sessionRoute(services.sessions),
    ...networkRoutes(services.networks),
    ...swarmRoutes(services.swarm),
    ...volumeRoutes(services.volumes),
    ...imageFileRoutes(services.images.files),
    ...volumeFileRoutes(services.volumeFiles),
    ...diskRoutes(services),
    ...pluginRoutes,
    ...absentRoutes,
  ];
}
