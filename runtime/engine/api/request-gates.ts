// What older clients cannot have meant: a field of a request that their API version did not have is dropped, or refused
// where Docker refuses it; what newer ones say in another place is put where it belongs. Docker's rules and words.
import { EngineError } from '../errors.ts';
import { untrustedMap, type ContainerCreateBody, type ExecCreateBody, type Mount } from '../types.ts';

const deprecatedMac =
  'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.';

/** A create request as it is to be understood from a client of this version. Throws invalid. */
export function gateCreate(
  body: ContainerCreateBody,
  minor: number,
): { body: ContainerCreateBody; warnings: string[] } {
  const warnings: string[] = [];
  const gated: ContainerCreateBody = {
    ...body,
    HostConfig: { ...body.HostConfig, Mounts: body.HostConfig.Mounts.map((each) => gateMount(each, minor)) },
  };
  const host = gated.HostConfig;
  // Their clients remove the container themselves.
  if (minor < 25) host.AutoRemove = false;
  if (minor < 40) {
    host.KernelMemoryTCP = 0;
    // They expect that a container's IPC can be joined.
    if (host.IpcMode === '') host.IpcMode = 'shareable';
  }
  if (minor < 42) host.ConsoleSize = null;
  else host.KernelMemory = 0;
  if (minor < 43) host.Annotations = untrustedMap();
  if (minor < 44 && gated.Healthcheck !== null) {
    gated.Healthcheck = { ...gated.Healthcheck, StartInterval: 0 };
  }
  gateEndpoints(gated, minor, warnings);
  return { body: gated, warnings };
}

/** An exec request as it is to be understood from a client of this version. */
export function gateExec(body: ExecCreateBody, minor: number): ExecCreateBody {
  return {
    ...body,
    ...(minor < 42 ? { ConsoleSize: null } : {}),
    ...(minor < 35 ? { WorkingDir: '' } : {}),
    ...(minor < 25 ? { Env: [] } : {}),
  };
}

function gateMount(mount: Mount, minor: number): Mount {
  const needs = (field: string, version: number): EngineError =>
    new EngineError('invalid', `${field} needs API v1.${String(version)} or newer`);
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = mount;
  if (minor < 44 && bind?.ReadOnlyNonRecursive === true) throw needs('BindOptions.ReadOnlyNonRecursive', 44);
  if (minor < 44 && bind?.ReadOnlyForceRecursive === true) {
    throw needs('BindOptions.ReadOnlyForceRecursive', 44);
  }
  if (minor < 45 && volume !== null && volume.Subpath !== '') throw needs('VolumeOptions.Subpath', 45);
  if (minor < 48 && mount.Type === 'image') throw needs('Mount type "Image"', 48);
  return {
    ...mount,
    ...(bind === null
      ? {}
      : {
          BindOptions: {
            ...bind,
            NonRecursive: minor >= 40 && bind.NonRecursive,
            CreateMountpoint: minor >= 42 && bind.CreateMountpoint,
          },
        }),
    ...(tmpfs !== null && minor < 46 ? { TmpfsOptions: { ...tmpfs, Options: [] } } : {}),
  };
}

function gateEndpoints(body: ContainerCreateBody, minor: number, warnings: string[]): void {
  const endpoints = Object.entries(body.NetworkingConfig.EndpointsConfig);
  if (minor < 44 && endpoints.length > 1) {
    const names = endpoints.map(([name]) => name).sort();
    throw new EngineError(
      'invalid',
      `Container cannot be connected to network endpoints: ${names.join(', ')}`,
    );
  }
  body.NetworkingConfig = {
    EndpointsConfig: untrustedMap(
      endpoints.map(([name, endpoint]) => [
        name,
        {
          ...endpoint,
          MacAddress: minor < 44 ? '' : endpoint.MacAddress,
          GwPriority: minor < 48 ? 0 : endpoint.GwPriority,
        },
      ]),
    ),
  };
  if (minor < 44 || body.MacAddress === '') return;
  warnings.push(deprecatedMac);
  const main = endpoints[0]?.[1].MacAddress ?? '';
  if (main !== '' && main.toLowerCase() !== body.MacAddress.toLowerCase()) {
    throw new EngineError(
      'invalid',
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    );
  }
}
