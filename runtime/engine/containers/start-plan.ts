// What a start needs, found and taken in order: the image, an address, the room, the files of /etc; and from them the
// request to berth-spawn. Whatever is taken is put on the undo list. Small files that need not survive a power cut are
// written synchronously: a few microseconds each, where a trip through Node's thread pool costs a start several times as much.
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { StartRequest } from '../helper/spawn-requests.ts';
import { prepareSources } from './bind-sources.ts';
import { containerCapabilities } from './capabilities.ts';
import { containerCgroups } from './cgroup-files.ts';
import { makeCgroupParents } from './cgroup-parents.ts';
import { containerDevices } from './container-devices.ts';
import { linksEnvironment } from './container-links.ts';
import { gatewayEndpoint, takeEndpoints } from './container-endpoints.ts';
import { joinedContainer, writeEtcFiles } from './container-etc.ts';
import { cgroupPlaceSchema, endpointSchema, type Endpoint } from './container-record.ts';
import { getsResolver, writeResolver } from './container-resolver.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';
import { joinedNamespaces } from './joined-namespaces.ts';
import { attributesJson, logPlan } from './log-options.ts';
import { parseNetworkMode, type NetworkMode } from './network-mode.ts';
import { ociConfig } from './oci-config.ts';
import { portRequests, type PortRequest } from './port-bindings.ts';
import { resourceLimits } from './resource-limits.ts';
import { checkPorts, spawnPorts } from './start-ports.ts';
import type { Surroundings } from './surroundings.ts';
import type { UndoList } from './undo-list.ts';

/** What a start is about to make, written before the first kernel call; a restarted engine undoes it. */
export const intentSchema = z.object({
  schema: z.literal(1),
  endpoints: z.array(endpointSchema),
  cgroups: z.array(cgroupPlaceSchema),
});

/** A start that is ready to be asked of berth-spawn. */
export interface StartPlan {
  readonly mode: NetworkMode;
  readonly endpoints: readonly Endpoint[];
  /** Ports to publish, in the order of the request's. */
  readonly requests: readonly PortRequest[];
  readonly cgroups: z.infer<typeof intentSchema>['cgroups'];
  readonly request: StartRequest;
}

/** Prepares a start; throws what Docker says when something is missing or taken. */
export async function planStart(
  around: Surroundings,
  container: Container,
  undo: UndoList,
): Promise<StartPlan> {
  const { folders, images, index, names, networks } = around;
  const { record } = container;
  const { hostConfig: host, config } = record;
  const mode = parseNetworkMode(host.NetworkMode);
  const linkEnv = linksEnvironment(index, record);
  const image = await images.runnable(record.imageId);
  const capabilities = containerCapabilities(
    { add: host.CapAdd, drop: host.CapDrop, privileged: host.Privileged },
    around.capabilities,
  );
  const seccomp = await around.seccomp.forContainer(host, host.Privileged, capabilities);
  const joined = joinedNamespaces(host, index);
  const devices = await containerDevices(host);
  const endpoints = await takeEndpoints(networks, record, undo);
  const gateway = gatewayEndpoint(endpoints);
  const published = gateway === undefined ? undefined : networks.byId(gateway.networkId)?.spec;
  // The containers of a macvlan or an ipvlan are on a wire of their own: the host forwards nothing to them.
  const requests =
    published?.driver === 'bridge'
      ? portRequests(host, config.ExposedPorts, {
          defaultIp: published.hostBinding,
          ipv6: networks.hostHasIpv6,
        })
      : [];
  checkPorts(index.values(), container, gateway, requests);
  const parent = host.CgroupParent === '' ? names.cgroupParent : path.posix.resolve('/', host.CgroupParent);
  const places = containerCgroups(around.cgroups, parent, container.id, resourceLimits(host, devices));
  // On v2 controllers are handed down from above, else there is no file to write a limit to.
  if (host.CgroupParent !== '' && around.cgroups.v2 !== undefined) {
    await makeCgroupParents(around.cgroups, parent, around.log);
  }

  const room = folders.room(container.id);
  mkdirSync(room, { mode: 0o700 });
  undo.add('room', () => rm(room, { recursive: true, force: true }));
  const intent: z.infer<typeof intentSchema> = {
    schema: 1,
    endpoints,
    cgroups: places.map(({ path: folder, version }) => ({ path: folder, version })),
  };
  // Not replaced atomically: when it is torn, no kernel call has been made yet.
  writeFileSync(folders.intent(container.id), JSON.stringify(intent), { mode: 0o600 });
  if (getsResolver(container, endpoints)) writeResolver(around, record, endpoints, record.networks);
  const files = writeEtcFiles(around, container, mode, endpoints);
  await prepareSources(record.mounts);
  const mountSources = await around.volumes.sources(record.mounts);
  if (record.mounts.some(({ type }) => type === 'volume')) {
    await around.volumes.begin(container);
    undo.add('volumes', () => around.volumes.end(container));
  }

  const folder = folders.container(container.id);
  const request: StartRequest = {
    config: ociConfig(record, {
      capabilities,
      ...files,
      linkEnv,
      network: config.NetworkDisabled ? 'own' : networkNamespace(index, mode),
      joined,
      devices: devices.nodes,
      mountSources,
    }),
    berth: {
      id: container.id,
      dir: room,
      user: config.User,
      groups: host.GroupAdd,
      overlay: {
        layers: images.layersFolder,
        lower: image.lower,
        init: `${folder}/init`,
        upper: `${folder}/upper`,
        work: `${folder}/work`,
        volatile: host.AutoRemove || container.passing,
      },
      cgroups: places,
      ...(seccomp === undefined ? {} : { seccomp }),
      networks: endpoints.flatMap((each) => networks.byId(each.networkId)?.place(each) ?? []),
      ...(getsResolver(container, endpoints) ? { resolver: folders.resolver(container.id) } : {}),
      ports: spawnPorts(requests, gateway),
      ...placeLog(folders, container),
      stdin: config.OpenStdin ? (config.StdinOnce ? 'once' : 'open') : 'none',
      hold: container.pendingAttaches.size > 0,
      init: host.Init === true,
    },
  };
  return { mode, endpoints, requests, cgroups: intent.cgroups, request };
}

function networkNamespace(
  index: Surroundings['index'],
  mode: NetworkMode,
): 'own' | 'host' | { readonly path: string } {
  if (mode.type === 'host') return 'host';
  if (mode.type !== 'container') return 'own';
  return { path: `/proc/${String(joinedContainer(index, mode.container).record.state.pid)}/ns/net` };
}

/** Makes the place that the log is written to, in the words of the request; nothing for one that is not written. */
function placeLog(folders: Folders, container: Container): Pick<StartRequest['berth'], 'log'> {
  const plan = logPlan(container.record);
  if (plan === undefined) return {};
  const file = folders.log(container.id, plan.driver);
  if (plan.driver === 'local') mkdirSync(path.dirname(file), { mode: 0o700, recursive: true });
  const place = {
    driver: plan.driver,
    path: file,
    maxSize: plan.maxSizeBytes,
    maxFile: plan.maxFiles,
    maxBuffer: plan.maxBufferBytes ?? 0,
  };
  if (plan.attributes.size === 0) return { log: place };
  const attrs = folders.logAttributes(container.id);
  writeFileSync(attrs, `"attrs":${attributesJson(plan.attributes)},`, { mode: 0o600 });
  return { log: { ...place, attrs } };
}
