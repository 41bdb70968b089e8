// What a field of a request means to clients of different API versions.
import { describe, expect, it } from 'vitest';
import { gateCreate, gateExec } from '../../../runtime/engine/api/request-gates.ts';
import { infoJson } from '../../../runtime/engine/api/shape.ts';
import { containerCreateBody, execCreateBody, type SystemInfo } from '../../../runtime/engine/types.ts';

const create = (minor: number, host: object, more: object = {}) =>
  gateCreate(containerCreateBody.parse({ Image: 'x', HostConfig: host, ...more }), minor);

describe('a create request', () => {
  it.each([
    [39, { IpcMode: '' }, { IpcMode: 'shareable' }],
    [40, { IpcMode: '' }, { IpcMode: '' }],
    [39, { KernelMemoryTCP: 5 }, { KernelMemoryTCP: 0 }],
    [41, { ConsoleSize: [1, 2] }, { ConsoleSize: null }],
    [42, { ConsoleSize: [1, 2] }, { ConsoleSize: [1, 2] }],
    [41, { KernelMemory: 5 }, { KernelMemory: 5 }],
    [42, { KernelMemory: 5 }, { KernelMemory: 0 }],
    [42, { Annotations: { a: 'b' } }, { Annotations: {} }],
    [43, { Annotations: { a: 'b' } }, { Annotations: { a: 'b' } }],
    [
      41,
      { Mounts: [{ Type: 'bind', BindOptions: { NonRecursive: true, CreateMountpoint: true } }] },
      { Mounts: [{ BindOptions: { NonRecursive: true, CreateMountpoint: false } }] },
    ],
    [
      45,
      { Mounts: [{ Type: 'tmpfs', TmpfsOptions: { SizeBytes: 5, Options: [['exec']] } }] },
      { Mounts: [{ TmpfsOptions: { SizeBytes: 5, Options: [] } }] },
    ],
    [
      46,
      { Mounts: [{ Type: 'tmpfs', TmpfsOptions: { Options: [['exec']] } }] },
      { Mounts: [{ TmpfsOptions: { Options: [['exec']] } }] },
    ],
  ])('1.%s %j', (minor, host, meant) => {
    expect(create(minor, host).body.HostConfig).toMatchObject(meant);
  });

  it('has a start interval of health checks since 1.44', () => {
    const check = { Healthcheck: { Test: ['CMD', 'true'], StartInterval: 5 } };
    expect(create(43, {}, check).body.Healthcheck?.StartInterval).toBe(0);
    expect(create(44, {}, check).body.Healthcheck?.StartInterval).toBe(5);
  });

  it.each([
    [
      43,
      { BindOptions: { ReadOnlyNonRecursive: true } },
      'BindOptions.ReadOnlyNonRecursive needs API v1.44 or newer',
    ],
    [
      43,
      { BindOptions: { ReadOnlyForceRecursive: true } },
      'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer',
    ],
    [44, { VolumeOptions: { Subpath: 'a' } }, 'VolumeOptions.Subpath needs API v1.45 or newer'],
    [47, { Type: 'image' }, 'Mount type "Image" needs API v1.48 or newer'],
  ])('1.%s has no mount with %j', (minor, mount, message) => {
    expect(() => create(minor, { Mounts: [mount] })).toThrow(message);
    expect(() => create(minor + 1, { Mounts: [mount] })).not.toThrow();
  });

  it('names one network until 1.44, and a MAC address for each since', () => {
    const endpoints = (mac: string) => ({
      NetworkingConfig: { EndpointsConfig: { bridge: { MacAddress: mac, GwPriority: 5 } } },
    });
    const mac = '02:42:ac:11:00:05';
    const two = { NetworkingConfig: { EndpointsConfig: { b: {}, a: {} } } };
    expect(() => create(43, {}, two)).toThrow('Container cannot be connected to network endpoints: a, b');
    expect(() => create(44, {}, two)).not.toThrow();
    const old = create(43, {}, { ...endpoints(mac), MacAddress: mac });
    expect(old.body.NetworkingConfig.EndpointsConfig['bridge']?.MacAddress).toBe('');
    expect(old.warnings).toEqual([]);
    const recent = create(44, {}, { ...endpoints(mac), MacAddress: mac });
    expect(recent.body.NetworkingConfig.EndpointsConfig['bridge']).toMatchObject({
      MacAddress: mac,
      GwPriority: 0,
    });
    expect(recent.warnings).toEqual([
      'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.',
    ]);
    expect(create(48, {}, endpoints('')).body.NetworkingConfig.EndpointsConfig['bridge']?.GwPriority).toBe(5);
    expect(() => create(44, {}, { ...endpoints(mac), MacAddress: '02:42:ac:11:00:06' })).toThrow(
      'the container-wide MAC address must match',
    );
  });
});

it('an exec has its environment since 1.25, its folder since 1.35, its size since 1.42', () => {
  const body = execCreateBody.parse({ Cmd: ['x'], Env: ['A=1'], WorkingDir: '/w', ConsoleSize: [1, 2] });
  expect(gateExec(body, 24)).toMatchObject({ Env: [], WorkingDir: '', ConsoleSize: null });
  expect(gateExec(body, 25)).toMatchObject({ Env: ['A=1'], WorkingDir: '', ConsoleSize: null });
  expect(gateExec(body, 35)).toMatchObject({ WorkingDir: '/w', ConsoleSize: null });
  expect(gateExec(body, 42)).toEqual(body);
});

it('/info tells each version what it knows', () => {
  const info = {
    BridgeNfIptables: true,
    CDISpecDirs: [],
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    RegistryConfig: { Mirrors: [] },
  } as unknown as SystemInfo;
  expect(infoJson(info, 51)).toEqual({
    CDISpecDirs: [],
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    RegistryConfig: { Mirrors: [] },
    Warnings: null,
  });
  expect(infoJson(info, 49)).toHaveProperty('BridgeNfIptables', true);
  expect(infoJson(info, 48)['RegistryConfig']).toHaveProperty('AllowNondistributableArtifactsCIDRs', []);
  expect(infoJson(info, 43)).not.toHaveProperty('CDISpecDirs');
  expect(infoJson(info, 41)).toHaveProperty('KernelMemory', false);
  expect(infoJson(info, 24)['SecurityOptions']).toEqual(['seccomp', 'cgroupns']);
});
