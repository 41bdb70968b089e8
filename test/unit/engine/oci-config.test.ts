// The description of a container for berth-spawn: what the default is, and what each option changes of it.
import { describe, expect, it } from 'vitest';
import { defaultCapabilities } from '../../../runtime/engine/containers/capabilities.ts';
import { containerMountSchema } from '../../../runtime/engine/containers/container-mounts.ts';
import { parseMounts } from '../../../runtime/engine/containers/mount-requests.ts';
import {
  createdState,
  recordSchemaVersion,
  type ContainerRecord,
} from '../../../runtime/engine/containers/container-record.ts';
import { containerEnv, ociConfig, type OciContext } from '../../../runtime/engine/containers/oci-config.ts';
import { containerConfig, hostConfig } from '../../../runtime/engine/types.ts';

const context: OciContext = {
  capabilities: defaultCapabilities,
  hostsPath: '/c/hosts',
  hostnamePath: '/c/hostname',
  resolvConfPath: '/c/resolv.conf',
  hostname: 'abc',
  network: 'own',
  joined: {},
  linkEnv: [],
  devices: [],
  mountSources: {
    volume: (name) => `/volumes/${name}`,
    image: () => ({ layers: '/layers', lower: ['1/diff'], empty: '/empty' }),
  },
};

function record(config: object = {}, host: object = {}): ContainerRecord {
  const parsed = hostConfig.parse(host);
  return {
    schema: recordSchemaVersion,
    bootId: 'b',
    id: 'a'.repeat(64),
    name: 'n',
    created: '2026-01-01T00:00:00Z',
    imageId: 'sha256:1',
    path: 'echo',
    args: ['hi'],
    config: containerConfig.parse(config),
    hostConfig: parsed,
    mounts: parseMounts(parsed).map((mount) => containerMountSchema.parse(mount)),
    networks: [],
    links: [],
    state: createdState,
  };
}

it('describes a container without options', () => {
  expect(ociConfig(record(), context)).toEqual({
    process: {
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [] },
      args: ['echo', 'hi'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOSTNAME=abc'],
      cwd: '/',
      capabilities: {
        bounding: defaultCapabilities,
        effective: defaultCapabilities,
        permitted: defaultCapabilities,
        inheritable: [],
        ambient: [],
      },
      rlimits: [],
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    root: { path: 'rootfs', readonly: false },
    hostname: 'abc',
    domainname: '',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      {
        destination: '/dev/mqueue',
        type: 'mqueue',
        source: 'mqueue',
        options: ['nosuid', 'noexec', 'nodev'],
      },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
      },
      ...(['resolv.conf', 'hostname', 'hosts'] as const).map((name) => ({
        destination: `/etc/${name}`,
        type: 'bind',
        source: `/c/${name}`,
        options: ['rbind', 'rw', 'rprivate'],
      })),
      {
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: ['ro', 'nosuid', 'noexec', 'nodev'],
      },
    ],
    linux: {
      namespaces: ['mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'].map((type) => ({ type })),
      devices: [
        ['null', 3],
        ['zero', 5],
        ['full', 7],
        ['random', 8],
        ['urandom', 9],
      ]
        .map(([name, minor]) => ({ path: `/dev/${String(name)}`, major: 1, minor }))
        .concat({ path: '/dev/tty', major: 5, minor: 0 })
        .map((device) => ({ ...device, type: 'c', fileMode: 0o666, uid: 0, gid: 0 })),
      maskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/interrupts',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/sys/devices/virtual/powercap',
        '/sys/firmware',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      sysctl: {
        'net.ipv4.ip_unprivileged_port_start': '0',
        'net.ipv4.ping_group_range': '0 2147483647',
      },
      rootfsPropagation: 'rprivate',
    },
  });
});

describe('options', () => {
  it('give a terminal its size and TERM', () => {
    const { process } = ociConfig(record({ Tty: true }, { ConsoleSize: [33, 99] }), context);
    expect(process.terminal).toBe(true);
    expect(process.consoleSize).toEqual({ height: 33, width: 99 });
    expect(process.env).toContain('TERM=xterm');
  });

  it('lift masks, read-only paths and the read-only /sys of a privileged container', () => {
    const { linux, mounts } = ociConfig(record({}, { Privileged: true }), context);
    expect(linux.maskedPaths).toEqual([]);
    expect(linux.readonlyPaths).toEqual([]);
    expect(mounts.find((mount) => mount.destination === '/sys')?.options).toContain('rw');
  });

  it('mask nothing when told to with an empty list', () => {
    const { linux } = ociConfig(record({}, { MaskedPaths: [], ReadonlyPaths: [] }), context);
    expect(linux.maskedPaths).toEqual([]);
    expect(linux.readonlyPaths).toEqual([]);
  });

  it('share namespaces of the host', () => {
    const host = { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', CgroupnsMode: 'host' };
    const config = ociConfig(record({}, host), { ...context, network: 'host' });
    expect(config.linux.namespaces).toEqual([{ type: 'mount' }]);
    expect(config.linux.sysctl).toEqual({});
    expect(config.mounts.find((mount) => mount.destination === '/dev/shm')?.type).toBe('bind');
    expect(config.hostname).toBe('');
  });

  it("join another container's network", () => {
    const { linux } = ociConfig(record(), { ...context, network: { path: '/proc/7/ns/net' } });
    expect(linux.namespaces).toContainEqual({ type: 'network', path: '/proc/7/ns/net' });
    expect(linux.sysctl).toEqual({});
  });

  it("let a user's mount take the place of a standard one, parents before children", () => {
    const host = { Binds: ['/h/b:/data/sub:ro', '/h/a:/data'], Tmpfs: { '/dev/shm': 'size=1m' } };
    const { mounts } = ociConfig(record({}, host), context);
    expect(mounts.filter((mount) => mount.destination === '/dev/shm')).toEqual([
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'noexec', 'size=1m'],
      },
    ]);
    const order = mounts.map((mount) => mount.destination);
    expect(order.indexOf('/data')).toBeLessThan(order.indexOf('/data/sub'));
    expect(mounts.find((mount) => mount.destination === '/data/sub')?.options).toEqual([
      'rbind',
      'rro',
      'rprivate',
    ]);
  });

  it('set limits, privileges and the root', () => {
    const host = {
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      OomScoreAdj: 500,
    };
    const { process, root } = ociConfig(record({ WorkingDir: '/w' }, host), context);
    expect(process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 }]);
    expect(process.noNewPrivileges).toBe(true);
    expect(process.oomScoreAdj).toBe(500);
    expect(process.cwd).toBe('/w');
    expect(root.readonly).toBe(true);
  });
});

it("lets the container's environment replace the engine's, and take names away", () => {
  expect(
    containerEnv({ Env: ['PATH=/bin', 'A=1', 'B=', 'TERM'] }, 'h', true, [], ['A=2', 'HOSTNAME']),
  ).toEqual(['PATH=/bin', 'A=2', 'B=']);
});
