// What a start needs, found and taken in order: the image, an address, the room, the files of /etc; and from them the
// request to berth-spawn. Whatever is taken is put on the undo list. Small files that need not survive a power cut are
// written synchronously: a few microseconds each, where a trip through Node's thread pool costs a start several times as much.
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { StartRequest } from '../helper/spawn-requests.ts';
import { containerCapabilities } from './capabilities.ts';
import { containerCgroups } from './cgroup-files.ts';
import { logOption } from './container-creator.ts';
import { joinedContainer, writeEtcFiles } from './container-etc.ts';
import { cgroupPlaceSchema, endpointSchema, type Endpoint } from './container-record.ts';
import type { Container } from './container.ts';
import { hostDevices } from './host-devices.ts';
import { parseNetworkMode, type NetworkMode } from './network-mode.ts';
import { ociConfig } from './oci-config.ts';
import { portRequests, type PortRequest } from './port-bindings.ts';
import { resourceLimits } from './resource-limits.ts';
import { checkPorts } from './start-ports.ts';
import type { Surroundings } from './surroundings.ts';
import type { UndoList } from './undo-list.ts';

/** What a start is about to make, written before the first kernel call; a restarted engine undoes it. */
export const intentSchema = z.object({
  schema: z.literal(1),
  endpoint: endpointSchema.optional(),
  cgroups: z.array(cgroupPlaceSchema),
});

/** A start that is ready to be asked of berth-spawn. */
export interface StartPlan {
  readonly mode: NetworkMode;
  readonly endpoint: Endpoint | undefined;
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
  const { bridge, folders, images, index, names } = around;
  const { record } = container;
  const { hostConfig: host, config } = record;
  const mode = parseNetworkMode(host.NetworkMode);
  const image = await images.runnable(record.imageId);
  const capabilities = containerCapabilities(
    { add: host.CapAdd, drop: host.CapDrop, privileged: host.Privileged },
    around.capabilities,
  );
  const seccomp = usesSeccomp(host.SecurityOpt, host.Privileged)
    ? await around.seccomp.forCapabilities(capabilities)
    : undefined;
  const requests = mode.type === 'bridge' ? portRequests(host, config.ExposedPorts) : [];
  const endpoint = mode.type === 'bridge' ? bridge.connect(record.macAddress) : undefined;
  if (endpoint !== undefined) undo.add('address', () => bridge.release(endpoint));
  checkPorts(index.values(), container, endpoint, requests);
  const places = containerCgroups(around.cgroups, names.cgroupParent, container.id, resourceLimits(host));

  const room = folders.room(container.id);
  mkdirSync(room, { mode: 0o700 });
  undo.add('room', () => rm(room, { recursive: true, force: true }));
  const intent: z.infer<typeof intentSchema> = {
    schema: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    cgroups: places.map(({ path, version }) => ({ path, version })),
  };
  // Not replaced atomically: when it is torn, no kernel call has been made yet.
  writeFileSync(folders.intent(container.id), JSON.stringify(intent), { mode: 0o600 });
  const files = writeEtcFiles(around, container, mode, endpoint);
  await makeSources(container);
  const devices = host.Privileged ? await hostDevices() : [];

  const folder = folders.container(container.id);
  const request: StartRequest = {
    config: ociConfig(record, {
      capabilities,
      ...files,
      network: networkNamespace(index, mode),
      hostDevices: devices,
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
        volatile: host.AutoRemove,
      },
      cgroups: places,
      ...(seccomp === undefined ? {} : { seccomp }),
      ...(endpoint === undefined ? {} : { network: bridge.place(endpoint) }),
      ports: requests.map(({ protocol, hostIp, hostPort, port }) => ({
        proto: protocol === 'udp' ? 'udp' : 'tcp',
        hostIp,
        hostPort,
        address: endpoint?.address ?? '',
        port,
      })),
      ...logPlace(container, folders.log(container.id)),
      stdin: config.OpenStdin ? (config.StdinOnce ? 'once' : 'open') : 'none',
      hold: container.pendingAttaches.size > 0,
      init: host.Init === true,
    },
  };
  return { mode, endpoint, requests, cgroups: intent.cgroups, request };
}

function networkNamespace(
  index: Surroundings['index'],
  mode: NetworkMode,
): 'own' | 'host' | { readonly path: string } {
  if (mode.type === 'host') return 'host';
  if (mode.type !== 'container') return 'own';
  return { path: `/proc/${String(joinedContainer(index, mode.container).record.state.pid)}/ns/net` };
}

/** Whether a container gets the default filter. */
export function usesSeccomp(options: readonly string[], privileged: boolean): boolean {
  const choice = options.findLast((option) => /^seccomp[=:]/.test(option));
  if (choice !== undefined) return !choice.endsWith('unconfined');
  return !privileged;
}

function logPlace(container: Container, path: string): Pick<StartRequest['berth'], 'log'> {
  const { Type, Config } = container.record.hostConfig.LogConfig;
  if (Type === 'none') return {};
  const option = (name: string, otherwise: number): number => {
    const value = Config[name];
    return value === undefined ? otherwise : logOption(name, value);
  };
  return {
    log: { driver: 'json-file', path, maxSize: option('max-size', 0), maxFile: option('max-file', 1) },
  };
}

/** Makes missing bind sources folders, as Docker does for --volume; for --mount they must be there. */
async function makeSources(container: Container): Promise<void> {
  for (const mount of container.record.mounts) {
    if (mount.type !== 'bind') continue;
    if (mount.createSource) {
      const there = await stat(mount.source).then(
        () => true,
        () => false,
      );
      if (!there) await mkdir(mount.source, { recursive: true, mode: 0o755 });
    } else {
      await stat(mount.source).catch((cause: unknown) => {
        throw new EngineError(
          'invalid',
          `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`,
          { cause },
        );
      });
    }
  }
}
