// What each option of a container makes of it, seen from inside: limits, devices, namespaces, security options, users.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deviceNumbers } from '../../runtime/engine/containers/host-devices.ts';
import { request, valueAt } from '../fixtures/contract-table.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;
const onV1 = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');

const run = async (options: readonly string[], script: string) =>
  await engine.cli(['run', '--rm', ...options, 'busybox', 'sh', '-c', script]);
const output = async (options: readonly string[], script: string): Promise<string> => {
  const result = await run(options, script);
  expect(result.stderr.replace(/^WARNING:.*\n/gm, '')).toBe('');
  return result.stdout;
};
const create = async (host: object, more: object = {}) =>
  await request(engine.socket, {
    method: 'POST',
    path: '/containers/create',
    body: JSON.stringify({ Image: 'busybox', Cmd: ['true'], HostConfig: host, ...more }),
  });

beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterEach(async () => {
  await removeContainers(engine.docker);
  await engine.leakCheck();
});
afterAll(() => engine.stop());

describe.runIf(onV1)('a limit', () => {
  const limits = [
    ...['-m', '64m', '--memory-reservation', '32m', '--memory-swap', '96m', '--memory-swappiness', '7'],
    ...['--oom-kill-disable', '--pids-limit', '33', '--cpu-shares', '512', '--cpu-period', '50000'],
    ...['--cpu-quota', '25000', '--cpuset-cpus', '0', '--cpuset-mems', '0'],
  ];

  it('is what the kernel holds', async () => {
    const files = [
      'memory/memory.limit_in_bytes',
      'memory/memory.soft_limit_in_bytes',
      'memory/memory.memsw.limit_in_bytes',
      'memory/memory.swappiness',
      'pids/pids.max',
      'cpu/cpu.shares',
      'cpu/cpu.cfs_period_us',
      'cpu/cpu.cfs_quota_us',
      'cpuset/cpuset.cpus',
      'cpuset/cpuset.mems',
    ];
    const script = `cd /sys/fs/cgroup; cat ${files.join(' ')}; head -1 memory/memory.oom_control`;
    expect((await output(limits, script)).split('\n')).toEqual([
      ...['67108864', '33554432', '100663296', '7', '33', '512', '50000', '25000', '0', '0'],
      ...['oom_kill_disable 1', ''],
    ]);
  });

  it('of processors is their share', async () => {
    expect(await output(['--cpus', '0.5'], 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us')).toBe('50000\n');
  });

  it('of a disk is written for its numbers', async () => {
    const disk = ['/dev/vda', '/dev/sda', '/dev/nvme0n1', '/dev/loop0'].find((file) => existsSync(file));
    if (disk === undefined) return;
    const options = ['read-bps', 'write-bps', 'read-iops', 'write-iops'].flatMap((kind, index) => [
      `--device-${kind}`,
      `${disk}:${String(1000 + index)}`,
    ]);
    const found = await output(options, 'cd /sys/fs/cgroup/blkio; cat blkio.throttle.*_device');
    expect(found.split('\n').map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([
      ...['1000', '1002', '1001', '1003', ''],
    ]);
  });

  it('of a disk that is none cannot be kept', async () => {
    const missing = await run(['--device-read-bps', '/dev/nosuch:1000'], 'true');
    expect(missing.exitCode).toBe(127); // the CLI takes these words for those of a missing command
    expect(missing.stderr).toContain('stat /dev/nosuch: no such file or directory');
  });

  it('that this kernel has not is taken back, and inspect shows it', async () => {
    const created = await request(engine.socket, {
      method: 'POST',
      path: '/v1.41/containers/create',
      body: JSON.stringify({ Image: 'busybox', HostConfig: { BlkioWeight: 500, KernelMemory: 64 << 20 } }),
    });
    const warnings = valueAt(created.text, ['Warnings']) ?? '';
    expect(warnings).toContain('kernel memory limit capabilities');
    const { HostConfig } = await engine.docker.getContainer(valueAt(created.text, ['Id']) ?? '').inspect();
    expect(HostConfig).toMatchObject(warnings.includes('Block I/O weight') ? { BlkioWeight: 0 } : {});
    expect(HostConfig).not.toHaveProperty('KernelMemory');
  });

  it('belongs to a parent of the user’s', async () => {
    const parent = `/bt-options-${String(process.pid)}`;
    try {
      const found = await output(
        ['--cgroup-parent', parent, '--cgroupns', 'host'],
        'grep memory /proc/self/cgroup',
      );
      expect(found).toMatch(new RegExp(`:memory:${parent}/[0-9a-f]{64}\\n`));
    } finally {
      for (const controller of [
        'memory',
        'cpu',
        'cpuacct',
        'pids',
        'devices',
        'freezer',
        'blkio',
        'cpuset',
      ]) {
        await rm(`/sys/fs/cgroup/${controller}${parent}`, { recursive: false, force: true }).catch(() =>
          engine.run(['rmdir', `/sys/fs/cgroup/${controller}${parent}`]),
        );
      }
    }
  });
});

describe('a process', () => {
  it('has the ulimits that were asked for, clamped to the engine’s own', async () => {
    const hard = /Max open files +\d+ +(\d+)/.exec(await readFile('/proc/self/limits', 'utf8'))?.[1] ?? '';
    expect(await output(['--ulimit', 'nofile=100:200'], 'ulimit -Sn; ulimit -Hn')).toBe('100\n200\n');
    const created = await create({
      Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 900_000_000 }],
      OomScoreAdj: -999,
    });
    const warnings = valueAt(created.text, ['Warnings']) ?? '';
    const bounding = /CapBnd:\s+(\w+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
    const mayRaise = ((BigInt(`0x${bounding}`) >> 24n) & 1n) === 1n;
    if (mayRaise) expect(warnings).toBe('[]');
    else expect(warnings).toContain(`the hard limit of ulimit nofile is ${hard}`);
    const clamped = await output(
      ['--ulimit', 'nofile=100:900000000', '--oom-score-adj', '-999'],
      'ulimit -Hn; cat /proc/self/oom_score_adj',
    );
    if (!mayRaise) expect(clamped.split('\n')[0]).toBe(hard);
  });

  it('has a score for the OOM killer', async () => {
    expect(await output(['--oom-score-adj', '300'], 'cat /proc/self/oom_score_adj')).toBe('300\n');
  });

  it('is who it is asked to be', async () => {
    const user = async (...options: string[]) => await output(options, 'id -u; id -g; id -G');
    expect(await user('-u', '1000')).toBe('1000\n0\n0\n');
    expect(await user('-u', '1000:1001')).toBe('1000\n1001\n1001\n');
    expect(await user('-u', 'nobody')).toMatch(/^65534\n65534\n/);
    expect(await user('-u', 'nobody:daemon')).toMatch(/^65534\n1\n1\n/);
    expect(await user('-u', '5:6', '--group-add', 'audio', '--group-add', '4242')).toMatch(
      /^5\n6\n(6 \d+ 4242|\d+ 4242 6|6 4242 \d+|4242 \d+ 6)\n/,
    );
  });

  it.each([
    ['nosuch', 'unable to find user nosuch: no matching entries in passwd file'],
    ['0:nosuch', 'unable to find group nosuch: no matching entries in group file'],
    ['99999999999', 'uids and gids must be in range 0-2147483647'],
    ['-1', 'uids and gids must be in range 0-2147483647'],
  ])('cannot be the user %s', async (user, words) => {
    const result = await run([`--user=${user}`], 'true');
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toContain(`: ${words}`);
    expect(result.stderr).not.toContain('OCI runtime');
  });
});

describe('a device', () => {
  /** One that everybody may open who is let near it, and that no container has. */
  const device = ['/dev/loop-control', '/dev/net/tun', '/dev/fuse'].find((file) => existsSync(file)) ?? '';
  const open = ': < /dev/x && echo read; : > /dev/x && echo wrote';

  it('is there under the name it was given, with what it may be used for', async () => {
    expect(await output(['--device', `${device}:/dev/x`], `ls -l /dev/x | cut -c1; ${open}`)).toBe(
      'c\nread\nwrote\n',
    );
    const readOnly = await run(['--device', `${device}:/dev/x:r`], open);
    expect(readOnly.stdout).toBe('read\n');
    expect(readOnly.stderr).toMatch(/not permitted/);
    expect(await output(['--device', '/dev/zero:/dev/null'], 'head -c1 /dev/null | wc -c')).toBe('1\n');
  });

  it('is every one of a folder', async () => {
    if (!existsSync('/dev/mapper/control') && !existsSync('/dev/net/tun')) return;
    const folder = existsSync('/dev/net/tun') ? '/dev/net' : '/dev/mapper';
    expect(await output(['--device', `${folder}:/dev/folder`], 'ls /dev/folder')).toMatch(/tun|control/);
  });

  it('that is not there or none is refused when the container starts', async () => {
    for (const [device, why] of [
      ['/dev/nosuch', 'no such file or directory'],
      ['/etc/passwd', 'not a device node'],
      ['/etc', 'not a device node'],
    ] as const) {
      const result = await run(['--device', `${device}:/dev/x`], 'true');
      expect(result.exitCode).not.toBe(0);
      expect(result.stderr).toContain(
        `error gathering device information while adding custom device "${device}": ${why}`,
      );
    }
  });

  it('may be used when a rule says so', async () => {
    const { rdev } = await stat(device);
    const { major, minor } = deviceNumbers(rdev);
    const script = `mknod /dev/x c ${String(major)} ${String(minor)}; ${open}`;
    expect((await run([], script)).stderr).toMatch(/not permitted/);
    expect(await output(['--device-cgroup-rule', `c ${String(major)}:* rw`], script)).toBe('read\nwrote\n');
  });
});

describe('namespaces', () => {
  const readlink = async (options: readonly string[], name: string) =>
    (await output(options, `readlink /proc/self/ns/${name}`)).trim();

  it.each([
    ['pid', ['--pid', 'host']],
    ['ipc', ['--ipc', 'host']],
    ['uts', ['--uts', 'host']],
    ['net', ['--network', 'host']],
    ['cgroup', ['--cgroupns', 'host']],
  ] as const)('of the host are shared when asked: %s', async (name, options) => {
    // The engine under test has a network namespace of its own.
    const host = (await engine.run(['readlink', `/proc/self/ns/${name}`])).stdout.trim();
    expect(await readlink(options, name)).toBe(host);
    expect(await readlink([], name)).not.toBe(host);
  });

  it('leave nobody behind who shares the host’s processes', async () => {
    await engine.cli([
      'run',
      '-d',
      '--pid',
      'host',
      '--name',
      'shared',
      'busybox',
      'sh',
      '-c',
      'sleep 987 & exec sleep 986',
    ]);
    await engine.cli(['kill', 'shared']);
    await engine.cli(['wait', 'shared']);
    await expect
      .poll(async () => (await engine.run(['pgrep', '-f', '^sleep 98[67]$'])).stdout, { timeout: 10_000 })
      .toBe('');
  });

  it('of another container: processes', async () => {
    await engine.cli(['run', '-d', '--name', 'owner', 'busybox', 'sleep', '1000']);
    expect(await output(['--pid', 'container:owner'], 'ps | grep -c "[s]leep 1000"')).toBe('1\n');
    await engine.cli(['run', '-d', '--name', 'guest', '--pid', 'container:owner', 'busybox', 'sleep', '900']);
    const owner = await engine.docker.getContainer('owner').inspect();
    const guest = await engine.docker.getContainer('guest').inspect();
    expect(guest.HostConfig.PidMode).toBe(`container:${owner.Id}`);
    expect((await engine.cli(['exec', 'owner', 'ps'])).stdout).toContain('sleep 900');
    // The end of the first process is the end of all that are in its namespace.
    await engine.cli(['kill', 'owner']);
    expect((await engine.cli(['wait', 'guest'])).stdout).toBe('137\n');
    expect((await engine.cli(['start', 'guest'])).stderr).toMatch(
      /cannot join PID of a non running container: [0-9a-f]{64}: Container [0-9a-f]{64} is not running/,
    );
  });

  it('of another container: IPC with its shared memory', async () => {
    await engine.cli(['run', '-d', '--name', 'donor', '--ipc', 'shareable', 'busybox', 'sleep', '1000']);
    await engine.cli(['exec', 'donor', 'sh', '-c', 'echo hello > /dev/shm/note']);
    const script = 'cat /dev/shm/note; echo back > /dev/shm/answer; readlink /proc/self/ns/ipc';
    const [note, link] = (await output(['--ipc', 'container:donor'], script)).split('\n');
    expect(note).toBe('hello');
    const donor = await engine.cli([
      'exec',
      'donor',
      'sh',
      '-c',
      'cat /dev/shm/answer; readlink /proc/1/ns/ipc',
    ]);
    expect(donor.stdout).toBe(`back\n${link ?? ''}\n`);
    await engine.cli(['run', '-d', '--name', 'closed', 'busybox', 'sleep', '1000']);
    expect((await run(['--ipc', 'container:closed'], 'true')).stderr).toMatch(
      /non-shareable IPC \(hint: use IpcMode:shareable for the donor container\)/,
    );
  });

  it('of another container: the network, and the files that belong to it', async () => {
    await engine.cli(['run', '-d', '--name', 'net', '--add-host', 'x:10.1.2.3', 'busybox', 'sleep', '1000']);
    const script = 'cat /etc/hosts /etc/hostname; readlink /proc/self/ns/net';
    const own = await engine.cli(['exec', 'net', 'sh', '-c', script]);
    expect(await output(['--network', 'container:net'], script)).toBe(own.stdout);
  });

  it('without shared memory have no /dev/shm', async () => {
    expect((await run(['--ipc', 'none'], 'ls -d /dev/shm')).stderr).toMatch(/No such file/);
    expect(await output([], 'stat -f -c %T /dev/shm')).toBe('tmpfs\n');
  });

  it('that are nobody’s are refused when it is created', async () => {
    expect(await create({ PidMode: 'container:nosuch' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('No such container: nosuch') as string,
    });
    expect(await create({ UTSMode: 'host' }, { Hostname: 'x' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('conflicting options: hostname and the UTS mode') as string,
    });
  });
});

describe('security options', () => {
  it('no-new-privileges', async () => {
    expect(
      await output(['--security-opt', 'no-new-privileges'], 'grep NoNewPrivs /proc/self/status'),
    ).toMatch(/\t1\n/);
    expect(await output([], 'grep NoNewPrivs /proc/self/status')).toMatch(/\t0\n/);
  });

  it('seccomp: none, the default one, or a profile of the user’s', async () => {
    const seccomp = 'grep ^Seccomp: /proc/self/status';
    expect(await output(['--security-opt', 'seccomp=unconfined'], seccomp)).toMatch(/\t0\n/);
    expect(await output([], seccomp)).toMatch(/\t2\n/);
    const profile = path.join(engine.folder, 'profile.json');
    await writeFile(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
        syscalls: [
          { names: ['chmod', 'fchmodat', 'fchmodat2'], action: 'SCMP_ACT_ERRNO', errnoRet: 5 },
          { name: 'mkdir', action: 'SCMP_ACT_ERRNO', excludes: { caps: ['CAP_CHOWN'] } },
        ],
      }),
    );
    const options = ['--security-opt', `seccomp=${profile}`];
    expect((await run(options, 'mkdir /x && echo made; chmod 700 /x')).stdout).toBe('made\n');
    expect((await run(options, 'chmod 700 /')).stderr).toMatch(/(Input\/output|I\/O) error/);
    expect((await run([...options, '--cap-drop', 'CHOWN'], 'mkdir /x')).stderr).toMatch(/not permitted/);
    // An exec is confined by the same profile.
    await engine.cli(['run', '-d', '--name', 'confined', ...options, 'busybox', 'sleep', '1000']);
    expect((await engine.cli(['exec', 'confined', 'chmod', '700', '/'])).stderr).toMatch(
      /(Input\/output|I\/O) error/,
    );
  });

  it('a profile that cannot be read is refused', async () => {
    expect(await create({ SecurityOpt: ['seccomp={"defaultAction":"NOSUCH"}'] })).toMatchObject({
      status: 400,
      text: expect.stringContaining('string NOSUCH is not a valid action for seccomp') as string,
    });
  });

  it('systempaths=unconfined leaves nothing masked', async () => {
    const mounts = 'grep -c " /proc/" /proc/self/mounts';
    expect((await run(['--security-opt', 'systempaths=unconfined'], mounts)).stdout).toBe('0\n');
    expect(Number((await run([], mounts)).stdout)).toBeGreaterThan(3);
  });

  it('of modules that do not run here have no effect, which is said', async () => {
    if (existsSync('/sys/module/apparmor')) return;
    const created = await create({ SecurityOpt: ['apparmor=mine', 'label=type:x'] });
    expect(valueAt(created.text, ['Warnings'])).toContain('AppArmor is not enabled on this machine');
  });

  it('a privileged container has what the engine has, and no more', async () => {
    const bounding = /CapBnd:\s+(\w+)/.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '';
    const script =
      'grep CapEff /proc/self/status; ls /dev | wc -l; mount -t tmpfs x /mnt && echo mounted; touch /proc/sys/kernel/domainname && echo written';
    const [capabilities, devices, ...rest] = (await output(['--privileged'], script)).split('\n');
    expect(capabilities).toBe(`CapEff:\t${bounding}`);
    expect(Number(devices)).toBeGreaterThan(15);
    expect(rest).toEqual(['mounted', 'written', '']);
  });
});

describe('the file system', () => {
  it('is read-only when asked, but for what is mounted into it', async () => {
    const script = 'touch /x; touch /t/x && echo written; touch /dev/shm/x && echo shm';
    const result = await run(['--read-only', '--tmpfs', '/t'], script);
    expect(result.stdout).toBe('written\nshm\n');
    expect(result.stderr).toMatch(/Read-only file system/);
  });

  it('has a tmpfs with its options, and shared memory of the asked size', async () => {
    const tmpfs = '/t:size=1m,mode=700,exec';
    const found = await output(
      ['--tmpfs', tmpfs, '--shm-size', '2m'],
      'grep " /t " /proc/self/mounts; stat -c %a /t; df -k /t /dev/shm | tail -2 | awk "{print \\$2}"',
    );
    expect(found).toMatch(/ rw,nosuid,nodev,(relatime,)?size=1024k,mode=700/);
    expect(found).not.toContain('noexec');
    expect(found.split('\n').slice(-4)).toEqual(['700', '1024', '2048', '']);
  });

  it.each([
    ['/x:size=1m,evil', 'invalid tmpfs option'],
    ['relative', 'mount path must be absolute'],
    ['/', "destination can't be '/'"],
  ])('refuses the tmpfs %s', async (tmpfs, words) => {
    const result = await run(['--tmpfs', tmpfs], 'true');
    expect(result).toMatchObject({ exitCode: 125 });
    expect(result.stderr).toContain(words);
  });
});

describe('kernel settings', () => {
  it('of its own namespaces are set', async () => {
    const found = await output(
      [
        '--sysctl',
        'net.ipv4.ip_forward=1',
        '--sysctl',
        'kernel.shmmni=99',
        '--sysctl',
        'fs.mqueue.msg_max=8',
      ],
      'cd /proc/sys; cat net/ipv4/ip_forward kernel/shmmni fs/mqueue/msg_max',
    );
    expect(found).toBe('1\n99\n8\n');
  });

  it.each([
    ['kernel.core_pattern=|/x', []],
    ['net.ipv4.ip_forward=1', ['--network', 'host']],
    ['kernel.shmmni=9', ['--ipc', 'host']],
    ['net/../kernel/core_pattern=x', []],
  ] as const)('of the host are refused: %s %j', async (setting, options) => {
    const before = await readFile('/proc/sys/kernel/core_pattern', 'utf8');
    const result = await run(['--sysctl', setting, ...options], 'true');
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toMatch(/is not in a separate kernel namespace|not allowed|invalid argument/);
    expect(await readFile('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });
});

describe('names', () => {
  it('of the container, its domain, other hosts and the resolver', async () => {
    const found = await output(
      [
        ...['--hostname', 'box', '--domainname', 'example.test', '--add-host', 'one:10.0.0.1'],
        ...['--add-host', 'six:fd00::6', '--add-host', 'gate:host-gateway', '--dns', '10.0.0.53'],
        ...['--dns-search', 'a.test', '--dns-search', 'b.test', '--dns-option', 'ndots:3'],
      ],
      'hostname; cat /proc/sys/kernel/domainname /etc/hostname /etc/resolv.conf; grep -E "one|six|gate|box" /etc/hosts',
    );
    expect(found.split('\n')).toEqual([
      ...['box', 'example.test', 'box', 'nameserver 10.0.0.53', 'search a.test b.test', 'options ndots:3'],
      ...['10.0.0.1\tone', 'fd00::6\tsix', expect.stringMatching(/^172\.\d+\.\d+\.1\tgate$/) as string],
      expect.stringMatching(/^172\..*\tbox\.example\.test box$/) as string,
      '',
    ]);
  });

  it.each([
    { ExtraHosts: ['a\n10.0.0.1 evil:10.0.0.2'] },
    { ExtraHosts: ['a:10.0.0.1\n10.0.0.1 evil'] },
    { Dns: ['10.0.0.1\nnameserver 10.0.0.2'] },
    { DnsSearch: ['a\noptions x'] },
    { DeviceCgroupRules: ['c 1:3 rwm\na *:* rwm'] },
    { CgroupParent: '/../../../etc' },
    { Sysctls: { 'net.ipv4.x\nkernel.core_pattern': '1' } },
    { LogConfig: { Type: 'json-file', Config: { path: '/etc/x' } } },
    { PidMode: 'container:../../1' },
  ])('that smuggle something are refused: %j', async (host) => {
    expect((await create(host)).status).toBe(400);
  });

  it.each([{ Hostname: 'a\n10.0.0.1 evil' }, { Domainname: 'a b' }, { User: 'a\nb' }, { Env: ['A=\0'] }])(
    'of its own that smuggle something are refused: %j',
    async (config) => {
      const created = await create({}, config);
      if (created.status === 400) return;
      const started = await request(engine.socket, {
        method: 'POST',
        path: `/containers/${valueAt(created.text, ['Id']) ?? ''}/start`,
      });
      expect(started.status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('Docker’s refusals', () => {
  it.each([
    [
      { StorageOpt: { size: '1G' } },
      "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
    ],
    [
      { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] },
      'could not select device driver "" with capabilities: [[gpu]]',
    ],
    [{ Runtime: 'kata' }, 'unknown or invalid runtime name: kata'],
    [{ IOMaximumIOps: 1 }, 'Invalid QoS settings: linux does not support configuration of maximum IOPs'],
  ])('%j', async (host, message) => {
    const answer = await create(host);
    expect(answer.status).toBe(400);
    expect(valueAt(answer.text, ['message'])).toBe(message);
  });

  it('but runs what asks for the runtime by the name that Docker gives its own', async () => {
    expect(await output(['--runtime', 'runc'], 'echo ok')).toBe('ok\n');
  });
});

it('tells in /info what the machine can enforce', async () => {
  const info: unknown = await engine.docker.info();
  expect(info).toMatchObject({
    MemoryLimit: onV1 || existsSync('/sys/fs/cgroup/memory.stat') || expect.any(Boolean),
    CgroupDriver: 'cgroupfs',
    CgroupVersion: onV1 ? '1' : '2',
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
    DefaultRuntime: 'berth',
    Runtimes: { runc: { path: 'berth-spawn' } },
  });
});
