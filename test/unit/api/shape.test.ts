// What older API versions get, and what Go would leave out.
import { describe, expect, it } from 'vitest';
import {
  containerInspectJson,
  eventLine,
  imageInspectJson,
  imageSummaryJson,
  networkJson,
} from '../../../runtime/engine/api/shape.ts';
import {
  type ContainerInspect,
  containerConfig,
  containerCreateBody,
  type ImageInspect,
  type ImageSummary,
  type NetworkInspect,
} from '../../../runtime/engine/types.ts';

const body = {
  Image: 'busybox',
  Healthcheck: { Test: ['CMD', 'true'], StartInterval: 1_000_000 },
  HostConfig: { Mounts: [{ Type: 'bind', Source: '/a', Target: '/b' }], Annotations: { a: 'b' } },
};
const { HostConfig } = containerCreateBody.parse(body);
const Config = containerConfig.parse(body);

const container: ContainerInspect = {
  Id: 'c',
  Created: '2026-01-01T00:00:00Z',
  Path: 'sh',
  Args: [],
  State: {
    Status: 'created',
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 0,
    ExitCode: 0,
    Error: '',
    StartedAt: '0001-01-01T00:00:00Z',
    FinishedAt: '0001-01-01T00:00:00Z',
  },
  Image: 'sha256:1',
  ResolvConfPath: '',
  HostnamePath: '',
  HostsPath: '',
  LogPath: '',
  Name: '/c',
  RestartCount: 0,
  Driver: 'overlay2',
  Platform: 'linux',
  MountLabel: '',
  ProcessLabel: '',
  AppArmorProfile: '',
  ExecIDs: null,
  HostConfig,
  GraphDriver: { Name: 'overlay2', Data: null },
  Mounts: [],
  Config,
  NetworkSettings: {
    Bridge: '',
    SandboxID: '',
    SandboxKey: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: {},
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: '',
    Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
    Networks: {},
  },
};

const image: ImageInspect = {
  Id: 'sha256:1',
  RepoTags: [],
  RepoDigests: [],
  Parent: '',
  Comment: '',
  Container: '',
  ContainerConfig: Config,
  DockerVersion: '',
  Author: '',
  Config: { ...Config, Image: '', Healthcheck: null, Cmd: ['sh'], WorkingDir: '/' },
  Architecture: 'amd64',
  Os: 'linux',
  Size: 5,
  GraphDriver: { Name: 'overlay2', Data: null },
  RootFS: { Type: 'layers', Layers: [] },
  Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
};

const summary: ImageSummary = {
  Id: 'sha256:1',
  ParentId: '',
  RepoTags: [],
  RepoDigests: [],
  Created: 1,
  Size: 5,
  SharedSize: -1,
  Labels: null,
  Containers: 2,
};

const network: NetworkInspect = {
  Name: 'bridge',
  Id: 'n',
  Created: '',
  Scope: 'local',
  Driver: 'bridge',
  EnableIPv4: true,
  EnableIPv6: false,
  IPAM: { Driver: 'default', Options: null, Config: [] },
  Internal: false,
  Attachable: false,
  Ingress: false,
  ConfigFrom: { Network: '' },
  ConfigOnly: false,
  Containers: {},
  Options: {},
  Labels: {},
};

describe('answers', () => {
  it('leave out what Go leaves out', () => {
    const { Config: config, HostConfig: host } = containerInspectJson(container, 51);
    expect(config).not.toHaveProperty('StopSignal');
    expect(config).not.toHaveProperty('ExposedPorts');
    expect(config).toHaveProperty('Volumes');
    expect(host).not.toHaveProperty('Sysctls');
    expect(host).not.toHaveProperty('KernelMemory');
    expect(host).toHaveProperty('Mounts', [{ Type: 'bind', Source: '/a', Target: '/b' }]);
  });

  it.each([
    [51, true, true],
    [43, false, true],
    [42, false, false],
  ])('for containers at 1.%i', (minor, interval, annotations) => {
    const json = containerInspectJson(container, minor);
    expect(JSON.stringify(json).includes('StartInterval')).toBe(interval);
    expect(JSON.stringify(json).includes('Annotations')).toBe(annotations);
  });

  it('hold only what images have in the config of an image since 1.50', () => {
    expect(imageInspectJson(image, 50)['Config']).toEqual({ Cmd: ['sh'], WorkingDir: '/' });
    expect(imageInspectJson(image, 49)['Config']).toMatchObject({ Cmd: ['sh'], Hostname: '', OnBuild: null });
  });

  it.each([
    [51, { Containers: 2 }, false],
    [50, { Containers: -1 }, false],
    [43, { Containers: -1, VirtualSize: 5 }, true],
  ])('for images at 1.%i', (minor, expected, virtual) => {
    expect(imageSummaryJson(summary, minor)).toMatchObject(expected);
    expect('VirtualSize' in imageSummaryJson(summary, minor)).toBe(virtual);
    expect('VirtualSize' in imageInspectJson(image, minor)).toBe(virtual);
  });

  it('say EnableIPv4 since 1.47', () => {
    expect(networkJson(network, 47)).toHaveProperty('EnableIPv4', true);
    expect(networkJson(network, 46)).not.toHaveProperty('EnableIPv4');
  });

  it('keep the nanoseconds of an event', () => {
    const line = eventLine({
      Type: 'daemon',
      Action: 'reload',
      Actor: { ID: 'd', Attributes: {} },
      scope: 'local',
      time: 1_700_000_000,
      timeNano: 1_700_000_000_123_456_789n,
      sequence: 7,
    });
    expect(line).toBe(
      '{"Type":"daemon","Action":"reload","Actor":{"ID":"d","Attributes":{}},"scope":"local","time":1700000000,"sequence":7,"timeNano":1700000000123456789}\n',
    );
  });
});
