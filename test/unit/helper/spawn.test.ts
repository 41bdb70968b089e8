// berth-spawn as the engine meets it: requests over descriptor 3, containers that really run.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceProgram } from '../../../runtime/engine/containers/device-program.ts';
import { defaultDeviceRules } from '../../../runtime/engine/containers/device-rules.ts';
import { sanitized, SpawnHarness, unable, until, type Answer } from './spawn-harness.ts';

if (unable !== undefined) console.warn(`left out: ${unable}`);

/** A pid that is no process, or a zombie. */
const gone = (pid: number): boolean => {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return true;
  }
};

const failure = (answer: Answer): string =>
  `${answer.error?.code ?? 'ok'} ${answer.error?.step ?? ''}: ${answer.error?.message ?? ''}`;

describe.skipIf(unable !== undefined)('spawn', { timeout: 60_000 }, () => {
  const spawn = new SpawnHarness();
  beforeAll(() => spawn.open(), 120_000);
  afterAll(() => spawn.close(), 60_000);

  /** What a failed start could have left behind. */
  const leftovers = (id: string): string[] => [
    ...spawn
      .cgroups(id)
      .map((cgroup) => cgroup.path)
      .filter((folder) => existsSync(folder)),
    ...[path.join(spawn.root, 'exec', id, 'io.sock')].filter((file) => existsSync(file)),
    ...spawn
      .onHost('ip', ['-o', 'link'])
      .split('\n')
      .filter((line) => line.includes('veth')),
  ];

  describe('a program', () => {
    it('runs, and its output and exit code arrive', async () => {
      const { output, exitCode } = await spawn.run(['sh', '-c', 'echo hi; exit 7']);
      expect(output).toBe('hi\n');
      expect(exitCode).toBe(7);
    });

    it.each([
      [['nope'], 'ENOENT exec: exec: "nope": executable file not found in $PATH'],
      [['plain'], 'ENOENT exec: exec: "plain": executable file not found in $PATH'],
      [[''], 'ENOENT exec: exec: "": executable file not found in $PATH'],
      [['/x'], 'ENOENT exec: exec: "/x": stat /x: no such file or directory'],
      [['./x'], 'ENOENT exec: exec: "./x": stat ./x: no such file or directory'],
      [['/etc/plain'], 'EACCES exec: exec: "/etc/plain": permission denied'],
      [['/'], 'EISDIR exec: exec: "/": is a directory'],
      [['/etc/plain/x'], 'ENOTDIR exec: exec: "/etc/plain/x": stat /etc/plain/x: not a directory'],
      [['/bin/garbage'], 'ENOEXEC exec: exec /bin/garbage: exec format error'],
    ])('that cannot run is refused in words: %j', async (args, words) => {
      const { id, answer } = await spawn.run(args);
      expect(failure(answer)).toBe(words);
      expect(leftovers(id)).toEqual([]);
    });

    it('has no descriptor but its three streams', async () => {
      const { output } = await spawn.run(['sh', '-c', 'ls /proc/self/fd; readlink /proc/self/fd/0']);
      expect(output).toBe('0\n1\n2\n3\n/dev/null\n'); // 3 is ls's own
    });

    it('sees its host name, its environment and a HOME', async () => {
      const { output } = await spawn.run(['sh', '-c', 'hostname; echo $HOME $X'], {
        process: { env: ['PATH=/bin', 'X=1'] },
      });
      expect(output).toBe('box\n/root 1\n');
      const own = await spawn.run(['sh', '-c', 'echo $HOME'], { process: { env: ['PATH=/bin', 'HOME=/y'] } });
      expect(own.output).toBe('/y\n');
    });

    it('is the first process, and the last thing to end', async () => {
      const { output } = await spawn.run(['sh', '-c', 'echo $$; ls /proc | grep -c "^[0-9]*$"']);
      expect(output).toMatch(/^1\n\d\n$/);
    });

    it.skipIf(sanitized)('gets a minimal init, which reaps and ends as the program does', async () => {
      const { output, exitCode } = await spawn.run(
        [
          'sh',
          '-c',
          'tr "\\0" " " < /proc/1/cmdline; cat /proc/1/comm; (sleep 0.05 &) ; sleep 0.2; ls /proc | grep -c "^[0-9]*$"; exit 5',
        ],
        { berth: { init: true } },
      );
      expect(output).toMatch(/^\/sbin\/docker-init -- sh -c .*docker-init\n[34]\n$/s);
      expect(exitCode).toBe(5);
      const missing = await spawn.run(['nope'], { berth: { init: true } });
      expect(failure(missing.answer)).toContain('executable file not found in $PATH');
    });

    it.skipIf(sanitized)('is sent on the signals that its minimal init gets', async () => {
      const { id, body } = spawn.container(
        ['sh', '-c', 'trap "echo got; exit 9" TERM; echo up; while :; do sleep 0.05; done'],
        { berth: { init: true } },
      );
      const answer = await spawn.call('start', body);
      await until('the trap is set', () => spawn.output(spawn.logPath(id)).includes('up'));
      process.kill(answer.pid ?? 0, 'SIGTERM');
      await spawn.ended(answer.monitor ?? 0);
      expect(spawn.output(spawn.logPath(id))).toBe('up\ngot\n');
      expect(spawn.exitCode(id)).toBe(9);
      await spawn.call('cgroup-delete', { paths: spawn.cgroups(id).map((cgroup) => cgroup.path) });
    });
  });

  describe('the user', () => {
    it.each([
      ['', 'uid=0(root) gid=0(root) groups=0(root) /root'],
      ['bob', 'uid=1000(bob) gid=1001(bob) groups=29(audio),44(video),1001(bob) /home/bob'],
      ['1000', 'uid=1000(bob) gid=1001(bob) groups=29(audio),44(video),1001(bob) /home/bob'],
      ['1001', 'uid=1001 gid=0(root) groups=0(root) /'], // a number, though there is a user of that name
      ['bob:audio', 'uid=1000(bob) gid=29(audio) groups=29(audio) /home/bob'],
      ['bob:123', 'uid=1000(bob) gid=123 groups=123 /home/bob'],
      [':video', 'uid=0(root) gid=44(video) groups=44(video) /root'],
      ['4321:4321', 'uid=4321 gid=4321 groups=4321 /'],
    ])('%j is resolved in the container', async (user, words) => {
      const { output } = await spawn.run(['sh', '-c', 'echo $(id) $HOME'], { user });
      expect(output).toBe(`${words}\n`);
    });

    it.each([
      ['eve', 'unable to find user eve: no matching entries in passwd file'],
      ['-1', 'uids and gids must be in range 0-2147483647'],
      ['broken', 'unable to find user broken: no matching entries in passwd file'],
      ['bob:nogroup', 'unable to find group nogroup: no matching entries in group file'],
      ['4294967296', 'uids and gids must be in range 0-2147483647'],
    ])('%j is refused', async (user, words) => {
      const { id, answer } = await spawn.run(['true'], { user });
      expect(answer.error?.message).toBe(words);
      expect(leftovers(id)).toEqual([]);
    });

    it('gets supplementary groups by name and number', async () => {
      const { output } = await spawn.run(['id', '-G'], { user: 'bob:bob', groups: ['audio', '27'] });
      expect(output.trim().split(' ').sort()).toEqual(['1001', '27', '29']);
      const { answer } = await spawn.run(['true'], { groups: ['nobody'] });
      expect(answer.error?.message).toBe('Unable to find group nobody: no matching entries in group file');
    });

    it('owns its streams', async () => {
      const { output } = await spawn.run(
        ['sh', '-c', 'stat -L -c %u /proc/self/fd/1; echo again > /proc/self/fd/2'],
        { user: 'bob' },
      );
      expect(output.split('\n').sort()).toEqual(['', '1000', 'again']); // two streams: in no order
    });
  });

  describe('privileges', () => {
    const status = async (options: Parameters<typeof spawn.run>[1]): Promise<Map<string, string>> => {
      const { output } = await spawn.run(['cat', '/proc/self/status'], options);
      return new Map(
        [...output.matchAll(/^(\w+):\s+(.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
      );
    };

    it('root has the given capabilities and nothing inheritable', async () => {
      const found = await status({});
      expect(found.get('CapEff')).toBe('00000000a80425fb');
      expect(found.get('CapBnd')).toBe('00000000a80425fb');
      expect(found.get('CapInh')).toBe('0000000000000000');
      expect(found.get('CapAmb')).toBe('0000000000000000');
      expect(found.get('NoNewPrivs')).toBe('0');
      expect(found.get('Seccomp')).toBe('0');
    });

    it('another user has none but the ambient ones', async () => {
      expect((await status({ user: 'bob' })).get('CapEff')).toBe('0000000000000000');
      const capabilities = {
        bounding: ['CAP_NET_RAW'],
        effective: ['CAP_NET_RAW'],
        permitted: ['CAP_NET_RAW'],
        ambient: ['CAP_NET_RAW'],
      };
      const found = await status({ user: 'bob', process: { capabilities } });
      expect(found.get('CapEff')).toBe('0000000000002000');
      expect(found.get('CapAmb')).toBe('0000000000002000');
    });

    it.each(['', 'bob'])('a filter is loaded, with and without no_new_privs, as %j', async (user) => {
      const filter = path.join(spawn.root, 'allow.bpf');
      // BPF_RET|BPF_K SECCOMP_RET_ALLOW
      writeFileSync(filter, Buffer.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]));
      const plain = await status({ user, berth: { seccomp: filter } });
      expect([plain.get('Seccomp'), plain.get('NoNewPrivs')]).toEqual(['2', '0']);
      const strict = await status({ user, berth: { seccomp: filter }, process: { noNewPrivileges: true } });
      expect([strict.get('Seccomp'), strict.get('NoNewPrivs')]).toEqual(['2', '1']);
      writeFileSync(filter, Buffer.from([0x06, 0, 0]));
      const { answer } = await spawn.run(['true'], { user, berth: { seccomp: filter } });
      expect(answer.error?.step).toBe('seccomp');
    });

    it('limits above our own are clamped, lower ones hold', async () => {
      const rlimits = [
        { type: 'RLIMIT_NOFILE', hard: 100, soft: 50 },
        { type: 'RLIMIT_CORE', hard: -1, soft: 0 },
        { type: 'RLIMIT_NPROC', hard: 2 ** 40, soft: 2 ** 40 },
      ];
      const { output, exitCode } = await spawn.run(['sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Sc'], {
        process: { rlimits },
      });
      expect(output).toBe('50\n100\n0\n');
      expect(exitCode).toBe(0);
    });

    it('joins its cgroups and sees itself as their root', async () => {
      const { output } = await spawn.run(['cat', '/proc/self/cgroup']);
      for (const line of output
        .trim()
        .split('\n')
        .filter((text) => /memory|pids|^0:/.test(text)))
        expect(line).toMatch(/:\/$/);
      const container = await spawn.start(['sleep', '1000']);
      for (const cgroup of spawn.cgroups(container.id))
        expect(readFileSync(path.join(cgroup.path, 'cgroup.procs'), 'utf8')).toBe(
          `${String(container.pid)}\n`,
        );
      const memory = spawn.cgroups(container.id).find((cgroup) => cgroup.path.includes('/memory/'));
      if (memory !== undefined)
        expect(readFileSync(path.join(memory.path, 'memory.limit_in_bytes'), 'utf8')).toBe('268435456\n');
      await spawn.stop(container);
      expect(leftovers(container.id)).toEqual([]);
    });
  });

  describe('a cgroup of version 2', () => {
    const parent = (): { path: string; version: 1 | 2 } | undefined =>
      spawn.cgroupParents.find(({ version }) => version === 2);
    const withProgram = (rules: readonly string[] | undefined, hex?: string) => {
      const { id, body } = spawn.container([
        'sh',
        '-c',
        'for device in null zero urandom; do true < /dev/$device && echo $device; done',
      ]);
      const program = rules === undefined ? hex : deviceProgram(rules).toString('hex');
      const cgroups = spawn
        .cgroups(id)
        .map((place) => (place.version === 2 ? { ...place, deviceProgram: program } : place));
      return { id, body: { ...body, berth: { ...Object(body['berth']), cgroups } } };
    };
    const outcome = async ({ id, body }: ReturnType<typeof withProgram>) => {
      const answer = await spawn.call('start', body);
      if (answer.monitor === undefined) return failure(answer);
      await spawn.ended(answer.monitor);
      await spawn.call('cgroup-delete', { paths: spawn.cgroups(id).map((cgroup) => cgroup.path) });
      return spawn
        .output(spawn.logPath(id))
        .split('\n')
        .filter((line) => /^\w+$/.test(line));
    };

    it('gives its devices to nobody but by the rules of its program', async ({ skip }) => {
      if (parent() === undefined) skip();
      expect(await outcome(withProgram(defaultDeviceRules))).toEqual(['null', 'zero', 'urandom']);
      expect(await outcome(withProgram(['c 1:3 rw', 'a 1:9 r', 'c *:* m']))).toEqual(['null', 'urandom']);
      expect(await outcome(withProgram(['a 1:* rwm', 'c *:* m']))).toEqual(['null', 'zero', 'urandom']);
    });

    it('takes no program that is none', async ({ skip }) => {
      if (parent() === undefined) skip();
      for (const hex of ['', 'zz', '95', 'ff'.repeat(8)])
        expect(await outcome(withProgram(undefined, hex))).toMatch(/^\w+ devices: /);
    });
  });

  describe('namespaces', () => {
    const all = ['mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'];
    const without = (...names: string[]) => ({
      namespaces: all.filter((type) => !names.includes(type)).map((type) => ({ type })),
    });

    it('are the host\u2019s own where none is asked for', async () => {
      const { output, answer } = await spawn.run(
        [
          'sh',
          '-c',
          'hostname; for n in pid ipc uts net cgroup mnt; do readlink /proc/self/ns/$n; done; echo $$',
        ],
        { linux: without('pid', 'ipc', 'uts', 'network', 'cgroup') },
      );
      expect(failure(answer)).toBe('ok : ');
      const [name, ...rest] = output.trim().split('\n');
      const ofSpawn = (kind: string): string => readlinkSync(`/proc/${String(spawn.pid)}/ns/${kind}`);
      expect(name).toBe(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
      expect(rest.slice(0, 5)).toEqual(['pid', 'ipc', 'uts', 'net', 'cgroup'].map(ofSpawn));
      expect(rest[5]).not.toBe(ofSpawn('mnt'));
      expect(rest[6]).toBe(String(answer.pid));
    });

    it('of mounts of another container can be the place of a mount\u2019s source', async () => {
      const shm = { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['mode=1777'] };
      const donor = await spawn.start(['sh', '-c', 'echo hello > /dev/shm/note; exec sleep 1000'], {
        mounts: [shm],
      });
      await until('the note is there', () => existsSync(`/proc/${String(donor.pid)}/root/dev/shm/note`));
      const bind = { ...shm, type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate'] };
      const mounts = `/proc/${String(donor.pid)}/ns/mnt`;
      const { output } = await spawn.run(['cat', '/dev/shm/note'], {
        mounts: [{ ...bind, namespace: mounts }],
      });
      expect(output).toBe('hello\n');
      const missing = await spawn.run(['true'], {
        mounts: [{ ...bind, source: '/nosuch', namespace: mounts }],
      });
      expect(failure(missing.answer)).toMatch(/^ENOENT mount: open the source "\/nosuch"/);
      await spawn.stop(donor);
    });

    it('of another container can be joined, and its processes seen', async () => {
      const first = await spawn.start(['sleep', '1000']);
      const joined = ['pid', 'ipc', 'uts'].map((type) => ({
        type,
        path: `/proc/${String(first.pid)}/ns/${type}`,
      }));
      const { output, answer } = await spawn.run(
        ['sh', '-c', 'hostname; ps -o pid,args | grep "[s]leep"; readlink /proc/self/ns/ipc'],
        {
          linux: { namespaces: [...joined, { type: 'mount' }] },
        },
      );
      expect(failure(answer)).toBe('ok : ');
      expect(output).toMatch(/^box\n +1 sleep 1000\n/);
      expect(output).toContain(readlinkSync(`/proc/${String(first.pid)}/ns/ipc`));
      await spawn.stop(first);
    });

    it.each(['user', 'time', 'nonsense'])('of type %s are refused', async (type) => {
      const { answer } = await spawn.run(['true'], { linux: { namespaces: [{ type: 'mount' }, { type }] } });
      expect(failure(answer)).toBe(`EINVAL request: namespaces of type "${type}" are not supported`);
    });

    it('need one of mounts', async () => {
      const { answer } = await spawn.run(['true'], { linux: without('mount') });
      expect(failure(answer)).toBe('EINVAL request: a container needs a mount namespace of its own');
    });

    it.each([[[]], [['cgroup']]])('show the container its own cgroups, without %j', async (missing) => {
      const container = await spawn.start(['sleep', '1000'], { linux: without(...missing) });
      const version1 = spawn.cgroups(container.id).filter((cgroup) => cgroup.version === 1);
      const { output } = await spawn.exec(container, [
        'sh',
        '-c',
        'cd /sys/fs/cgroup; for d in *; do echo $d $(cat $d/cgroup.procs | head -n 1); done; touch x; mkdir memory/x',
      ]);
      for (const cgroup of version1)
        expect(output).toMatch(
          new RegExp(`^${path.basename(path.dirname(path.dirname(cgroup.path)))} 1$`, 'm'),
        );
      expect(output).toContain('touch: x: Read-only file system');
      await spawn.stop(container);
    });

    it.each([[[]], [['cgroup']]])(
      'show a version 2 hierarchy alone as it is, without %j',
      async (missing) => {
        const linux = without(...missing);
        const request = spawn.container(
          [
            'sh',
            '-c',
            'stat -f -c %t /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x',
          ],
          { linux },
        );
        const only = spawn.cgroups(request.id).filter((cgroup) => cgroup.version === 2);
        if (only.length === 0) return;
        const { output } = await spawn.run(
          [
            'sh',
            '-c',
            'stat -f -c %t /sys/fs/cgroup; head -n 1 /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x',
          ],
          {
            linux,
            again: request.id,
            berth: { cgroups: only },
          },
        );
        expect(output).toContain('63677270\n1\n');
        expect(output).toContain('Read-only file system');
      },
    );
  });

  describe('the file system', () => {
    it('hides and protects what is masked and read-only', async () => {
      const { output } = await spawn.run([
        'sh',
        '-c',
        'wc -c < /proc/timer_list; ls /sys/firmware | wc -l; echo 1 > /proc/sys/vm/swappiness; touch /sys/x; chmod 777 /proc/keys; stat -c %t:%T /proc/keys',
      ]);
      expect(output).toContain('0\n0\n');
      expect(output).toContain("can't create /proc/sys/vm/swappiness: Read-only file system");
      expect(output).toContain('touch: /sys/x: Read-only file system');
      expect(output).toContain('chmod: /proc/keys: Read-only file system');
      expect(output).toContain('\n1:3\n');
      expect(statSync('/dev/null').mode & 0o777).toBe(0o666);
    });

    it('has stubs in the init layer only, and they survive', async () => {
      const first = await spawn.run(['sh', '-c', 'ls -a /; cat /etc/hosts; echo mine > /root.txt']);
      expect(first.output).toContain('.dockerenv');
      expect(first.output).toContain('127.0.0.1 localhost');
      const folder = path.join(spawn.root, 'containers', first.id);
      expect(readdirSync(path.join(folder, 'upper'))).toEqual(['root.txt']);
      expect(existsSync(path.join(folder, 'init.done'))).toBe(true);
      expect(lstatSync(path.join(folder, 'init', 'etc', 'hosts')).isFile()).toBe(true);
      const second = await spawn.run(['cat', '/root.txt'], { again: first.id });
      expect(second.output).toBe('mine\n');
    });

    it('keeps the image\u2019s directories as they are above a stub, and makes no other', async () => {
      const layer = spawn.layerPath('6', 'diff');
      mkdirSync(path.join(layer, 'opt', 'app'), { recursive: true });
      execFileSync('chmod', ['1750', path.join(layer, 'opt')]);
      execFileSync('chown', ['12:34', path.join(layer, 'opt')]);
      symlinkSync('opt/app', path.join(layer, 'app'));
      const file = path.join(layer, 'opt', 'there');
      writeFileSync(file, '');
      const mounts = ['/app/data', '/opt/there', '/opt/there2'].map((destination) => ({
        destination,
        type: 'bind',
        source: destination === '/app/data' ? layer : file,
        options: ['bind'],
      }));
      const overlay = { lower: ['6/diff', '1/diff'] };
      const { id, output, answer } = await spawn.run(
        [
          'sh',
          '-c',
          'stat -c "%a %u:%g" /opt; ls /opt /opt/app/data /opt/app; test -f /opt/there2 && echo file',
        ],
        { overlay, mounts },
      );
      expect(failure(answer)).toBe('ok : ');
      expect(output).toBe(
        '1750 12:34\n/opt:\napp\nthere\nthere2\n\n/opt/app:\ndata\n\n/opt/app/data:\napp\nopt\nfile\n',
      );
      const init = path.join(spawn.root, 'containers', id, 'init');
      expect(readdirSync(path.join(init, 'opt')).sort()).toEqual(['app', 'there2']);
      expect(readdirSync(path.join(spawn.root, 'containers', id, 'upper'))).toEqual([]);
      // an attempt that was cut off before the mark: done again
      rmSync(path.join(spawn.root, 'containers', id, 'init.done'));
      execFileSync('chmod', ['0700', path.join(init, 'opt')]);
      const again = await spawn.run(['stat', '-c', '%a', '/opt'], { again: id, overlay, mounts });
      expect(again.output).toBe('1750\n');
    });

    it('of a volatile container can be mounted again', async () => {
      const first = await spawn.run(['sh', '-c', 'echo 1 > /kept'], { overlay: { volatile: true } });
      const second = await spawn.run(['cat', '/kept'], { again: first.id, overlay: { volatile: true } });
      expect([first.exitCode, second.output]).toEqual([0, '1\n']);
    });

    it('takes bind mounts with their options, and tmpfs', async () => {
      const source = path.join(spawn.root, 'volume');
      mkdirSync(source, { recursive: true });
      writeFileSync(path.join(source, 'file'), 'content\n');
      const bind = (destination: string, from: string, options: string[]) => ({
        destination,
        type: 'bind',
        source: from,
        options,
      });
      const { output, answer } = await spawn.run(
        [
          'sh',
          '-c',
          'cat /ro/file /etc/one; touch /ro/x; touch /rw/made; grep -E " (/ro|/rw|/rw/below|/t) " /proc/self/mountinfo | cut -d" " -f5,6; stat -c %a /t',
        ],
        {
          mounts: [
            bind('/ro', source, ['rbind', 'ro', 'nosuid', 'noexec', 'rprivate']),
            bind('/rw', source, ['bind', 'rw']),
            bind('/rw/below', source, ['rbind', 'nodev']),
            bind('/etc/one', path.join(source, 'file'), ['bind']),
            {
              destination: '/t',
              type: 'tmpfs',
              source: 'tmpfs',
              options: ['size=1m', 'mode=1770', 'noexec'],
            },
          ],
        },
      );
      expect(failure(answer)).toBe('ok : ');
      expect(output).toContain('content\ncontent\n');
      expect(output).toContain('touch: /ro/x: Read-only file system');
      expect(output).toMatch(/\/ro ro,nosuid,noexec/);
      expect(output).toMatch(/\/rw rw/);
      expect(output).toMatch(/\/rw\/below rw,nodev/);
      expect(output).toMatch(/\/t rw,noexec/);
      expect(output).toContain('\n1770\n');
      expect(existsSync(path.join(source, 'made'))).toBe(true);
      const absent = await spawn.run(['true'], { mounts: [bind('/x', '/no/such/source', ['rbind'])] });
      expect(failure(absent.answer)).toMatch(/^ENOENT mount: open the source "\/no\/such\/source"/);
      const odd = await spawn.run(['true'], { mounts: [bind('/x', source, ['rbind', 'frob'])] });
      expect(failure(odd.answer)).toMatch(/^EINVAL request: a bind mount has no option "frob"/);
      expect(leftovers(odd.id)).toEqual([]);
    });

    it('shares mounts with the host exactly as asked', async () => {
      const shared = path.join(spawn.root, 'shared');
      mkdirSync(path.join(shared, 'late'), { recursive: true });
      mkdirSync(path.join(shared, 'inner'));
      spawn.inMounts('mount', '--bind', shared, shared);
      spawn.inMounts('mount', '--make-shared', shared);
      const bind = (destination: string, propagation: string) => ({
        destination,
        type: 'bind',
        source: shared,
        options: ['rbind', propagation],
      });
      const capabilities = ['bounding', 'effective', 'permitted'].map((set) => [set, ['CAP_SYS_ADMIN']]);
      const { id, body } = spawn.container(
        [
          'sh',
          '-c',
          'echo up; until test -e /slave/late/x; do sleep 0.02; done; ls /private/late; mount -t tmpfs t /shared/inner && touch /shared/inner/y; mount -t tmpfs t /slave/late && touch /slave/late/z; echo done; sleep 1000',
        ],
        {
          mounts: [bind('/private', 'rprivate'), bind('/slave', 'rslave'), bind('/shared', 'rshared')],
          process: { capabilities: Object.fromEntries(capabilities) },
        },
      );
      const answer = await spawn.call('start', body);
      expect(failure(answer)).toBe('ok : ');
      await until('it is up', () => spawn.output(spawn.logPath(id)).includes('up'));
      spawn.inMounts('mount', '-t', 'tmpfs', 't', path.join(shared, 'late'));
      spawn.inMounts('touch', path.join(shared, 'late', 'x'));
      await until('it is done', () => spawn.output(spawn.logPath(id)).includes('done'));
      expect(spawn.output(spawn.logPath(id))).toBe('up\ndone\n'); // nothing in /private/late
      expect(spawn.inMounts('ls', path.join(shared, 'inner'), path.join(shared, 'late'))).toMatch(
        /inner:\ny\n\n.*late:\nx\n$/,
      );
      // nothing else of the container's mounts reached the host
      expect(spawn.inMounts('cat', '/proc/self/mountinfo')).not.toContain('overlay');
      await spawn.stop({ id, pid: answer.pid ?? 0, monitor: answer.monitor ?? 0 });
      for (const folder of ['inner', 'late', '']) spawn.inMounts('umount', '-l', path.join(shared, folder));
    });

    it('can be read-only as a whole', async () => {
      const { output } = await spawn.run(['sh', '-c', 'touch /x; touch /dev/shm-is-not-here && echo dev'], {
        config: { root: { path: 'rootfs', readonly: true } },
      });
      expect(output).toContain('touch: /x: Read-only file system\n');
      expect(output).toContain('dev\n');
    });

    it('makes a missing working directory, and refuses one outside', async () => {
      const { output } = await spawn.run(['pwd'], { process: { cwd: '/new/deep' }, user: 'bob' });
      expect(output).toBe('/new/deep\n');
      for (const cwd of ['/proc/self/fd/7', '/proc/self/cwd/..', '/proc/1/root']) {
        const { answer } = await spawn.run(['pwd'], { process: { cwd } });
        expect(answer.error?.step, cwd).toBe('cwd');
      }
    });

    it('has a user-owned directory as working directory that root may not enter itself', async () => {
      mkdirSync(spawn.layerPath('2', 'diff', 'private'), { recursive: true, mode: 0o700 });
      execFileSync('chown', ['1000', spawn.layerPath('2', 'diff', 'private')]);
      const capabilities = { bounding: [], effective: [], permitted: [] };
      const overlay = { lower: ['2/diff', '1/diff'] };
      const { output } = await spawn.run(['pwd'], {
        user: 'bob',
        overlay,
        process: { cwd: '/private', capabilities },
      });
      expect(output).toBe('/private\n');
    });

    it('cannot lead a mount outside by a link in the image', async () => {
      const trap = path.join(spawn.root, 'trap');
      mkdirSync(trap);
      writeFileSync(path.join(trap, 'victim'), 'untouched');
      const evil = spawn.layerPath('3', 'diff');
      mkdirSync(evil, { recursive: true });
      symlinkSync(`../../../../../../../..${trap}`, path.join(evil, 'data'));
      symlinkSync('dangling/target', path.join(evil, 'later'));
      const overlay = { lower: ['3/diff', '1/diff'] };
      const mounts = ['/data', '/later'].map((destination) => ({
        destination,
        type: 'tmpfs',
        source: 'tmpfs',
        options: [],
      }));
      const { output } = await spawn.run(
        ['sh', '-c', `touch /data/x /later/y; cd ${trap}; echo *; cd /dangling/target; echo *`],
        { overlay, mounts },
      );
      expect(output).toBe('x\ny\n');
      expect(readdirSync(trap)).toEqual(['victim']);
    });

    it.each(['proc', 'sys'])('refuses an image in which /%s is a link', async (name) => {
      const evil = spawn.layerPath(`4${name}`, 'diff');
      mkdirSync(path.join(evil, 'elsewhere'), { recursive: true });
      symlinkSync('/elsewhere', path.join(evil, name));
      const { id, answer } = await spawn.run(['true'], { overlay: { lower: [`4${name}/diff`, '1/diff'] } });
      expect(failure(answer)).toBe(`ELOOP mount: "/${name}" must be a directory of its own, not a link`);
      expect(leftovers(id)).toEqual([]);
    });

    it('reads no passwd file through a magic link or from a FIFO', async () => {
      const evil = spawn.layerPath('5', 'diff', 'etc');
      mkdirSync(evil, { recursive: true });
      execFileSync('mkfifo', [path.join(evil, 'group')]);
      const fifo = await spawn.run(['true'], { overlay: { lower: ['5/diff', '1/diff'] } });
      expect(fifo.answer.error?.step).toBe('user');
      rmSync(path.join(evil, 'group'));
      symlinkSync('/proc/self/fd/3/etc/passwd', path.join(evil, 'passwd'));
      const magic = await spawn.run(['true'], { user: 'root', overlay: { lower: ['5/diff', '1/diff'] } });
      expect(magic.answer.error?.message).toBe(
        'unable to find user root: no matching entries in passwd file',
      );
    });

    it('runs an image without layers as far as it goes', async () => {
      const { answer } = await spawn.run(['/hello'], { overlay: { lower: [] } });
      expect(failure(answer)).toBe('ENOENT exec: exec: "/hello": stat /hello: no such file or directory');
    });
  });

  describe('kernel settings', () => {
    it('of its own namespaces are written', async () => {
      const { output } = await spawn.run(
        ['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start', '/proc/sys/kernel/msgmax'],
        {
          linux: {
            namespaces: ['mount', 'pid', 'ipc', 'uts', 'network'].map((type) => ({ type })),
            sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0', 'kernel.msgmax': '9000' },
          },
        },
      );
      expect(output).toBe('0\n9000\n');
    });

    it.each(['vm.swappiness', 'kernel.panic', 'net/../vm/swappiness', 'net.ipv4...vm'])(
      'beyond them are refused: %s',
      async (key) => {
        const { id, answer } = await spawn.run(['true'], {
          linux: { namespaces: [{ type: 'mount' }, { type: 'network' }], sysctl: { [key]: '1' } },
        });
        expect(failure(answer)).toMatch(/^EINVAL sysctl: sysctl ".*" is not /);
        expect(leftovers(id)).toEqual([]);
      },
    );
  });

  describe('a terminal', () => {
    it('has the asked size, is the console and belongs to the user', async () => {
      const { output } = await spawn.run(
        [
          'sh',
          '-c',
          'stty size; tty; stat -c "%U %t:%T" $(tty); test /dev/console -ef /dev/pts/0 && echo same',
        ],
        {
          user: 'bob',
          process: { terminal: true, consoleSize: { height: 40, width: 132 } },
        },
      );
      expect(output.replaceAll('\r', '')).toBe('40 132\n/dev/pts/0\nbob 88:0\nsame\n');
    });

    it('is there for an exec too', async () => {
      const container = await spawn.start(['sleep', '1000']);
      const { output } = await spawn.exec(container, ['sh', '-c', 'stty size; tty'], {
        process: { terminal: true, consoleSize: { height: 11, width: 22 } },
      });
      expect(output.replaceAll('\r', '')).toBe('11 22\n/dev/pts/0\n');
      await spawn.stop(container);
    });
  });

  describe('the network', () => {
    const network = (hostName: string, n: number) => ({
      bridge: 'btest0',
      hostName,
      name: 'eth0',
      mac: `02:42:0a:58:00:0${String(n)}`,
      addresses: [`10.88.0.${String(n)}/24`],
      gateways: ['10.88.0.1'],
      mtu: 1400,
    });
    beforeAll(async () => {
      expect(
        failure(await spawn.call('bridge', { name: 'btest0', addresses: ['10.88.0.1/24'], mtu: 1400 })),
      ).toBe('ok : ');
    });

    it('has a bridge that is made once and taken over afterwards', async () => {
      const before = spawn.onHost('ip', ['-o', 'link', 'show', 'btest0']).slice(0, 3);
      expect(
        failure(await spawn.call('bridge', { name: 'btest0', addresses: ['10.88.0.1/24'], mtu: 1400 })),
      ).toBe('ok : ');
      expect(
        spawn.onHost('ip', ['-o', '-4', 'addr', 'show', 'btest0']).match(/inet 10\.88\.0\.1\/24/g),
      ).toHaveLength(1);
      expect(spawn.onHost('ip', ['-o', 'link', 'show', 'btest0']).slice(0, 3)).toBe(before);
      spawn.onHost('ip', ['link', 'add', 'notabridge', 'type', 'veth', 'peer', 'other']);
      expect(failure(await spawn.call('bridge', { name: 'notabridge', mtu: 1400 }))).toMatch(
        /^EEXIST network: .* is not a bridge$/,
      );
      expect(failure(await spawn.call('bridge-delete', { name: 'notabridge' }))).toMatch(/^EINVAL network: /);
      expect(failure(await spawn.call('link-delete', { name: 'notabridge' }))).toBe('ok : ');
      expect(failure(await spawn.call('link-delete', { name: 'notabridge' }))).toBe('ok : ');
      expect(failure(await spawn.call('bridge-delete', { name: 'absent0' }))).toBe('ok : ');
    });

    it('joins the container to the bridge', async () => {
      const { output, answer } = await spawn.run(
        [
          'sh',
          '-c',
          'cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu; ip -4 -o addr show eth0; ip route; ping -c 1 -W 5 10.88.0.1 && ping -c 1 -W 5 127.0.0.1',
        ],
        { berth: { networks: [network('btveth1', 2)] } },
      );
      expect(failure(answer)).toBe('ok : ');
      expect(output).toContain('02:42:0a:58:00:02\n1400\n');
      expect(output).toContain('inet 10.88.0.2/24 brd 10.88.0.255');
      expect(output).toContain('default via 10.88.0.1 dev eth0');
      expect(output.match(/1 packets received/g)).toHaveLength(2);
    });

    it('lets a container reach its own published port', async () => {
      spawn.onHost('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
      spawn.onHost(
        'nft',
        ['-f', '-'],
        `
        table ip hairpin {
          chain prerouting {
            type nat hook prerouting priority -100
            ip daddr 10.88.0.1 tcp dport 8125 dnat to 10.88.0.7:80
          }
          chain postrouting {
            type nat hook postrouting priority 100
            oifname "btest0" ct status dnat masquerade
          }
        }`,
      );
      const { output } = await spawn.run(
        ['sh', '-c', '(echo hello | nc -l -p 80 >/dev/null)& sleep 0.3; nc -w 5 10.88.0.1 8125 </dev/null'],
        {
          berth: { networks: [network('btveth7', 7)] },
        },
      );
      expect(output).toBe('hello\n');
      spawn.onHost('nft', ['delete', 'table', 'ip', 'hairpin']);
      await spawn.call('link-delete', { name: 'btveth7' });
    });

    it('has only lo when it is not asked for', async () => {
      expect((await spawn.run(['ls', '/sys/class/net'])).output).toBe('lo\n');
    });

    it('is left clean by a start that fails late', async () => {
      const { id, answer } = await spawn.run(['nope'], {
        berth: {
          networks: [network('btveth2', 3)],
          ports: [{ proto: 'tcp', hostIp: '0.0.0.0', hostPort: 8123, address: '10.88.0.3', port: 80 }],
        },
      });
      expect(answer.error?.step).toBe('exec');
      expect(leftovers(id)).toEqual([]);
      expect(spawn.onHost('ss', ['-Hltn', 'sport = :8123'])).toBe('');
      const unknown = await spawn.run(['true'], {
        berth: { networks: [{ ...network('btveth3', 3), bridge: 'absent0' }] },
      });
      expect(failure(unknown.answer)).toMatch(/^ENODEV network: find the bridge absent0/);
      expect(leftovers(unknown.id)).toEqual([]);
    });

    it('publishes ports that were bound before, and says which', async () => {
      const ports = [
        { proto: 'tcp', hostIp: '127.0.0.1', hostPort: 0, address: '10.88.0.4', port: 80 },
        { proto: 'tcp', hostIp: '0.0.0.0', hostPort: 8124, address: '10.88.0.4', port: 81 },
        { proto: 'udp', hostIp: '::', hostPort: 8124, address: '10.88.0.4', port: 82 },
      ];
      const container = await spawn.start(['sleep', '1000'], {
        berth: { networks: [network('btveth4', 4)], ports },
      });
      const bound = container.answer.ports ?? [];
      expect(bound.slice(1)).toEqual([8124, 8124]);
      expect(bound[0]).toBeGreaterThan(1023);
      expect(spawn.onHost('ss', ['-Hltn', `sport = :${String(bound[0])}`])).toContain('127.0.0.1');
      const second = await spawn.run(['true'], {
        berth: { networks: [network('btveth5', 5)], ports: ports.slice(1, 2) },
      });
      expect(failure(second.answer)).toBe('EADDRINUSE port: bind tcp4 0.0.0.0:8124: Address already in use');
      expect(leftovers(second.id).filter((text) => !text.includes('btveth4'))).toEqual([]);
      await spawn.stop(container);
      expect(spawn.onHost('ss', ['-Hltn', 'sport = :8124'])).toBe('');
      expect(failure(await spawn.call('link-delete', { name: 'btveth4' }))).toBe('ok : ');
    });

    it('can be that of another container', async () => {
      const first = await spawn.start(['sleep', '1000'], { berth: { networks: [network('btveth6', 6)] } });
      const joined = { type: 'network', path: `/proc/${String(first.pid)}/ns/net` };
      const { output } = await spawn.run(['ip', '-4', '-o', 'addr', 'show', 'eth0'], {
        linux: {
          namespaces: [...['mount', 'pid', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })), joined],
        },
      });
      expect(output).toContain('10.88.0.6/24');
      await spawn.stop(first);
      await spawn.call('link-delete', { name: 'btveth6' });
    });

    it('has its map elements added and removed in one batch', async () => {
      spawn.onHost(
        'nft',
        ['-f', '-'],
        `
        table ip berth {
          map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
          map ports_on { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
        }`,
      );
      const add = [
        ['tcp', 8080, '172.17.0.2', 80],
        ['udp', 53, '172.17.0.3', 5353],
      ];
      const call = (map: string, body: object): Promise<Answer> =>
        spawn.call('map', { table: 'berth', map, ...body });
      const list = (map: string): string => spawn.onHost('nft', ['list', 'map', 'ip', 'berth', map]);
      expect(failure(await call('ports', { add }))).toBe('ok : ');
      expect(list('ports')).toMatch(/tcp \. 8080 : 172\.17\.0\.2 \. 80/);
      expect(list('ports')).toMatch(/udp \. 53 : 172\.17\.0\.3 \. 5353/);
      expect(failure(await call('ports_on', { add: [['127.0.0.1', 'tcp', 443, '172.17.0.2', 8443]] }))).toBe(
        'ok : ',
      );
      expect(list('ports_on')).toMatch(/127\.0\.0\.1 \. tcp \. 443 : 172\.17\.0\.2 \. 8443/);
      // one of these is not there
      expect(
        failure(
          await call('ports', {
            remove: [
              ['tcp', 9, '172.17.0.9', 9],
              ['tcp', 8080, '172.17.0.2', 80],
            ],
            add: [['tcp', 8081, '172.17.0.2', 80]],
          }),
        ),
      ).toBe('ok : ');
      expect(list('ports')).not.toContain('8080');
      expect(list('ports')).toContain('8081');
      expect(list('ports')).toContain('5353');
      expect(failure(await call('absent', { add }))).toMatch(/^ENOENT map: /);
      expect(failure(await call('ports', { add: [['tcp', 0, 'x', 1]] }))).toMatch(/^EINVAL map: /);
      const many = Array.from({ length: 3000 }, (_, index) => ['tcp', 20000 + index, '172.17.0.2', 80]);
      expect(failure(await call('ports', { add: many }))).toBe('ok : ');
      expect(failure(await call('ports', { remove: many }))).toBe('ok : ');
      expect(list('ports')).not.toContain('20001');
      spawn.onHost('nft', ['delete', 'table', 'ip', 'berth']);
    });
  });

  describe('exec', () => {
    it('joins the namespaces, the root and the cgroups of the container', async () => {
      const container = await spawn.start(['sleep', '1000']);
      const { output, exitCode, answer } = await spawn.exec(container, [
        'sh',
        '-c',
        'hostname; echo $PPID; cat /proc/1/cmdline | tr "\\0" " "; cat /proc/self/cgroup; exit 6',
      ]);
      expect(failure(answer)).toBe('ok : ');
      expect(output).toMatch(/^box\n0\nsleep 1000 /);
      for (const line of output.split('\n').filter((text) => /memory|pids|^0:/.test(text)))
        expect(line).toMatch(/:\/$/);
      expect(exitCode).toBe(6);
      const running = spawn.exec(container, ['sleep', '0.3']);
      const first = spawn.cgroups(container.id)[0];
      if (first !== undefined)
        await until(
          'the exec is in the cgroup',
          () => readFileSync(path.join(first.path, 'cgroup.procs'), 'utf8').trim().split('\n').length === 2,
        );
      await running;
      await spawn.stop(container);
    });

    it('has the user, the capabilities, the words and the cleanliness of a start', async () => {
      const container = await spawn.start(['sleep', '1000']);
      expect((await spawn.exec(container, ['id'], { user: 'bob' })).output).toContain('uid=1000(bob)');
      expect((await spawn.exec(container, ['grep', 'CapEff', '/proc/self/status'])).output).toBe(
        'CapEff:\t00000000a80425fb\n',
      );
      expect((await spawn.exec(container, ['ls', '/proc/self/fd'])).output).toBe('0\n1\n2\n3\n');
      expect(failure((await spawn.exec(container, ['nope'])).answer)).toBe(
        'ENOENT exec: exec: "nope": executable file not found in $PATH',
      );
      expect(failure((await spawn.exec(container, ['pwd'], { process: { cwd: '/nowhere' } })).answer)).toBe(
        'ENOENT cwd: chdir to cwd ("/nowhere") set in config.json failed: no such file or directory',
      );
      expect(
        failure((await spawn.exec(container, ['pwd'], { process: { cwd: '/proc/self/fd/3' } })).answer),
      ).toMatch(/cwd: /);
      await spawn.stop(container);
      expect((await spawn.exec(container, ['true'])).answer.error?.step).toBe('join');
    });
  });

  describe('the protocol', () => {
    it('answers what it does not understand', async () => {
      const nameless = spawn.answerTo(0);
      spawn.sendRaw('{"id":');
      expect((await nameless).error?.code).toBe('EINVAL');
      expect(failure(await spawn.call('dance'))).toBe('EINVAL request: unknown operation "dance"');
      expect(failure(await spawn.call('start'))).toBe('EINVAL request: "berth" is missing');
      const { body } = spawn.container(['true']);
      expect(
        failure(await spawn.call('start', { ...body, config: { process: { args: [] }, linux: {} } })),
      ).toBe('EINVAL request: "args" is empty');
    });

    it('starts several at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => spawn.run(['sh', '-c', `sleep 0.1; exit ${String(index)}`])),
      );
      expect(results.map((result) => result.exitCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it('removes cgroups, children first, once they are empty', async () => {
      const cgroup = spawn.cgroups('removal')[0];
      if (cgroup === undefined) return;
      mkdirSync(path.join(cgroup.path, 'child', 'grandchild'), { recursive: true });
      expect(
        failure(await spawn.call('cgroup-delete', { paths: [cgroup.path, `${cgroup.path}-absent`] })),
      ).toBe('ok : ');
      expect(existsSync(cgroup.path)).toBe(false);
      const container = await spawn.start(['sleep', '1000']);
      const busy = spawn.call('cgroup-delete', {
        paths: spawn.cgroups(container.id).map((item) => item.path),
      });
      expect((await spawn.run(['true'])).exitCode).toBe(0); // meanwhile
      expect((await busy).error?.code).toBe('EBUSY');
      await spawn.stop(container);
    });

    it('gives the monitor a socket that only root may open', async () => {
      const container = await spawn.start(['sleep', '1000']);
      const socket = path.join(spawn.root, 'exec', container.id, 'io.sock');
      expect(statSync(socket).mode & 0o777).toBe(0o600);
      expect(readlinkSync(`/proc/${String(container.monitor)}/exe`)).toMatch(/^\/memfd:/);
      expect(readlinkSync(`/proc/${String(spawn.pid)}/exe`)).toMatch(/^\/memfd:/);
      await new Promise<void>((resolve, reject) => {
        // by the folder's descriptor-free short name: the path may be longer than a socket address
        const client = connect(
          path.relative(process.cwd(), socket).length < 100 ? path.relative(process.cwd(), socket) : socket,
          () => {
            client.destroy();
            resolve();
          },
        );
        client.once('error', reject);
      });
      await spawn.stop(container);
      expect(existsSync(socket)).toBe(false);
    });

    it('gives the program the stdin that a client sends, to its end', async () => {
      const { id, body } = spawn.container(['sh', '-c', 'cat; echo end'], { berth: { stdin: 'once' } });
      const answer = await spawn.call('start', body);
      // A socket's path has 108 bytes at most.
      const folder = openSync(path.join(spawn.root, 'exec', id), 'r');
      const frame = (type: number, payload: Buffer): Buffer => {
        const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
        header.writeUInt32BE(payload.length, 4);
        return Buffer.concat([header, payload]);
      };
      const client = connect(`/proc/self/fd/${String(folder)}/io.sock`);
      client.once('connect', () => closeSync(folder));
      client.write(frame(7, Buffer.from([1, 4]))); // hello, gives stdin
      client.end(frame(0, Buffer.from('typed\n')));
      client.resume();
      await spawn.ended(answer.monitor ?? 0);
      expect(spawn.output(spawn.logPath(id))).toBe('typed\nend\n');
      await spawn.call('cgroup-delete', { paths: spawn.cgroups(id).map((cgroup) => cgroup.path) });
    });

    it('starts in cgroups that still wait to be removed', async () => {
      const first = await spawn.start(['sleep', '1000']);
      const cgroups = spawn.cgroups(first.id);
      const removed = spawn.call('cgroup-delete', { paths: cgroups.map((cgroup) => cgroup.path) });
      const second = await spawn.start(['sleep', '1000'], { berth: { cgroups } });
      expect(failure(await removed)).toBe('ok : ');
      for (const cgroup of cgroups)
        expect(readFileSync(path.join(cgroup.path, 'cgroup.procs'), 'utf8')).toContain(String(second.pid));
      await spawn.stop(second);
      await spawn.stop(first);
    });

    it('loses the container with its monitor', async () => {
      const container = await spawn.start(['sleep', '1000']);
      process.kill(container.monitor, 'SIGKILL');
      await spawn.ended(container.monitor);
      await until('init is gone', () => gone(container.pid));
      await spawn.call('cgroup-delete', { paths: spawn.cgroups(container.id).map((item) => item.path) });
    });

    it('leaves containers alone when the engine goes away', async () => {
      const container = await spawn.start(['sleep', '1000']);
      expect(await spawn.closeSocket()).toBe(0);
      expect(gone(container.pid)).toBe(false);
      process.kill(container.pid, 'SIGKILL');
      await until('the monitor is gone', () => gone(container.monitor));
      for (const cgroup of spawn.cgroups(container.id)) execFileSync('rmdir', [cgroup.path]);
    });
  });
});
