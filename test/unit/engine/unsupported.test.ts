// Every option of a container is decided on: it takes effect or is refused with a sentence that names it.
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../runtime/engine/errors.ts';
import { containerConfig, containerCreateBody, hostConfig } from '../../../runtime/engine/types.ts';
import { decidedHostFields, refuseUnsupported } from '../../../runtime/engine/containers/unsupported.ts';

const image = containerConfig.parse({ Volumes: { '/var/lib/data': {} } });

function verdict(body: object): { kind: string; message: string } | undefined {
  try {
    refuseUnsupported(containerCreateBody.parse({ Image: 'busybox', ...body }), image);
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
  it.each([
    [{ VolumesFrom: ['other'] }, '--volumes-from is not implemented yet'],
    [{ VolumeDriver: 'nfs' }, 'the volume driver nfs is not implemented yet'],
    [{ IpcMode: 'container:x' }, 'the IPC mode container:x is not implemented yet'],
    [{ Cgroup: 'x' }, 'the cgroup specification x is not implemented yet'],
    [{ Links: ['a:b'] }, '--link is not implemented yet'],
    [{ PidMode: 'container:x' }, 'the PID mode container:x is not implemented yet'],
    [{ StorageOpt: { size: '1G' } }, '--storage-opt is not implemented yet'],
    [{ UTSMode: 'x' }, 'the UTS mode x is not implemented yet'],
    [{ UsernsMode: 'x' }, 'the user namespace mode x is not implemented yet'],
    [{ CgroupParent: '/x' }, '--cgroup-parent /x is not implemented yet'],
    [{ BlkioWeight: 10 }, '--blkio-weight is not implemented yet'],
    [{ BlkioWeightDevice: [{ Path: '/dev/x', Weight: 1 }] }, '--blkio-weight-device is not implemented yet'],
    [{ BlkioDeviceReadBps: [{ Path: '/dev/x', Rate: 1 }] }, '--device-read-bps is not implemented yet'],
    [{ BlkioDeviceWriteBps: [{ Path: '/dev/x', Rate: 1 }] }, '--device-write-bps is not implemented yet'],
    [{ BlkioDeviceReadIOps: [{ Path: '/dev/x', Rate: 1 }] }, '--device-read-iops is not implemented yet'],
    [{ BlkioDeviceWriteIOps: [{ Path: '/dev/x', Rate: 1 }] }, '--device-write-iops is not implemented yet'],
    [{ CpuRealtimePeriod: 1 }, '--cpu-rt-period is not implemented yet'],
    [{ CpuRealtimeRuntime: 1 }, '--cpu-rt-runtime is not implemented yet'],
    [{ Devices: [{ PathOnHost: '/dev/null' }] }, '--device is not implemented yet'],
    [{ DeviceCgroupRules: ['c 1:3 r'] }, '--device-cgroup-rule is not implemented yet'],
    [{ KernelMemory: 1 }, '--kernel-memory is not implemented yet'],
    [{ KernelMemoryTCP: 1 }, 'a kernel memory limit for TCP is not implemented yet'],
    [{ OomKillDisable: true }, '--oom-kill-disable is not implemented yet'],
    [
      { SecurityOpt: ['seccomp={"defaultAction":"x"}'] },
      'a seccomp profile of your own is not implemented yet',
    ],
    [{ SecurityOpt: ['apparmor=mine'] }, 'an AppArmor profile is not implemented yet'],
    [{ SecurityOpt: ['label=type:x'] }, 'an SELinux label is not implemented yet'],
  ])('%j', (HostConfig, message) => {
    expect(verdict({ HostConfig })).toEqual({ kind: 'notImplemented', message });
  });

  it('an anonymous volume of the user, but not one of the image', () => {
    expect(verdict({ Volumes: { '/mine': {} } })?.message).toBe(
      'an anonymous volume (/mine) is not implemented yet',
    );
    expect(verdict({ Volumes: { '/var/lib/data': {} } })).toBeUndefined();
  });
});

describe('wrong', () => {
  it.each([
    [{ LogConfig: { Type: 'syslog' } }, "logger: no log driver named 'syslog' is registered"],
    [{ LogConfig: { Config: { x: 'y' } } }, undefined],
    [
      { LogConfig: { Type: 'json-file', Config: { tag: 'y' } } },
      "unknown log opt 'tag' for json-file log driver",
    ],
    [{ Runtime: 'kata' }, 'unknown or invalid runtime name: kata'],
    [{ Isolation: 'hyperv' }, 'invalid isolation ("hyperv") on linux'],
    [{ OomScoreAdj: 1001 }, 'Invalid value 1001, range for oom score adj is [-1000, 1000]'],
    [{ Memory: 4096 }, 'Minimum memory limit allowed is 6MB'],
    [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
    [{ CpusetCpus: 'a' }, 'Invalid value a for cpuset cpus'],
    [{ ShmSize: -1 }, 'SHM size can not be less than 0'],
    [{ CpuCount: 1 }, 'invalid option: CpuCount is for Windows containers'],
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
    [{ SecurityOpt: ['what=ever'] }, 'invalid --security-opt 2: "what=ever"'],
    [
      { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] },
      'could not select device driver "" with capabilities: [[gpu]]',
    ],
  ])('%j', (HostConfig, message) => {
    const expected = message === undefined ? undefined : { kind: 'invalid', message };
    expect(verdict({ HostConfig })).toEqual(expected);
  });
});
