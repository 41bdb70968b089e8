// Every option of a container is decided on: it takes effect or is refused with a sentence that names it.
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../runtime/engine/errors.ts';
import { containerCreateBody, hostConfig } from '../../../runtime/engine/types.ts';
import { decidedHostFields, refuseUnsupported } from '../../../runtime/engine/containers/unsupported.ts';

function verdict(body: object): { kind: string; message: string } | undefined {
  try {
    refuseUnsupported(containerCreateBody.parse({ Image: 'busybox', ...body }));
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind: error.kind, message: error.message };
  }
}

it('decides on every field of HostConfig', () => {
  expect([...decidedHostFields].sort()).toEqual(Object.keys(hostConfig.shape).sort());
});

it('takes a request without options', () => {
  expect(verdict({})).toBeUndefined();
});

describe('not implemented yet', () => {
  it.each([[{ Cgroup: 'x' }, 'the cgroup specification x is not implemented yet']])(
    '%j',
    (HostConfig, message) => {
      expect(verdict({ HostConfig })).toEqual({ kind: 'notImplemented', message });
    },
  );
});

describe('wrong', () => {
  it.each([
    [{ LogConfig: { Type: 'syslog' } }, 'error looking up logging plugin syslog: plugin "syslog" not found'],
    [{ LogConfig: { Config: { x: 'y' } } }, "unknown log opt 'x' for json-file log driver"],
    [
      { LogConfig: { Type: 'json-file', Config: { tags: 'y' } } },
      "unknown log opt 'tags' for json-file log driver",
    ],
    [{ Runtime: 'kata' }, 'unknown or invalid runtime name: kata'],
    [{ Isolation: 'hyperv' }, 'Invalid isolation: "hyperv" - linux only supports \'default\''],
    [
      { StorageOpt: { size: '1G' } },
      "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
    ],
    [{ StorageOpt: { x: '1G' } }, 'Unknown option x'],
    [{ CgroupParent: '/a/../../b' }, 'invalid cgroup parent: "/a/../../b"'],
    [{ DeviceCgroupRules: ['c 1:3 rwx'] }, "invalid device cgroup rule format: 'c 1:3 rwx'"],
    [{ Devices: [{ PathOnHost: '/dev/null', CgroupPermissions: 'rwz' }] }, 'invalid device mode: rwz'],
    [{ Devices: [{ PathOnHost: 'null' }] }, 'invalid device path: "null"'],
    [{ OomScoreAdj: 1001 }, 'Invalid value 1001, range for oom score adj is [-1000, 1000]'],
    [{ ShmSize: -1 }, 'SHM size can not be less than 0'],
    [
      { Sysctls: { 'kernel.core_pattern': '|/x' } },
      'sysctl "kernel.core_pattern" is not in a separate kernel namespace',
    ],
    [
      { Sysctls: { 'net/../kernel/core_pattern': '|/x' } },
      'sysctl "net/../kernel/core_pattern" is not in a separate kernel namespace',
    ],
    [
      { NetworkMode: 'host', Sysctls: { 'net.ipv4.ip_forward': '1' } },
      'sysctl "net.ipv4.ip_forward" is not in a separate kernel namespace',
    ],
    [
      { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] },
      'could not select device driver "" with capabilities: [[gpu]]',
    ],
  ])('%j', (HostConfig, message) => {
    const expected = message === undefined ? undefined : { kind: 'invalid', message };
    expect(verdict({ HostConfig })).toEqual(expected);
  });
});
