// Drives the built berth-spawn over its socket, in network and mount namespaces of its own, with a busybox image.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { z } from 'zod';
import { makeProgram } from './make-program.ts';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file));

/** With BERTH_SANITIZE=1 the sanitized spawn is tried. It needs its libraries, so it cannot be an init in a container. */
export const sanitized = process.env['BERTH_SANITIZE'] === '1';

/** Why these tests cannot run here, or undefined when they can. */
export const unable: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'spawn needs root on Linux'
    : busybox === undefined
      ? 'spawn needs busybox-static'
      : undefined;

const answerSchema = z.object({
  id: z.number(),
  ok: z.boolean().optional(),
  pid: z.number().optional(),
  monitor: z.number().optional(),
  ports: z.array(z.number()).optional(),
  error: z.object({ code: z.string(), step: z.string(), message: z.string() }).optional(),
});
export type Answer = z.infer<typeof answerSchema>;
const messageSchema = z.union([
  z.object({ hello: z.object({ protocol: z.number(), pid: z.number() }) }),
  z.object({ event: z.literal('monitor-exit'), pid: z.number() }),
  answerSchema,
]);

/** Docker's default capabilities. */
export const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
].map((name) => `CAP_${name}`);

export interface MountRequest {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  readonly namespace?: string;
}

/** What a test changes of the usual container. */
export interface ContainerOptions {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly process?: Readonly<Record<string, unknown>>;
  readonly mounts?: readonly MountRequest[];
  readonly linux?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly berth?: Readonly<Record<string, unknown>>;
  readonly overlay?: Readonly<Record<string, unknown>>;
  /** Give it the same folders as this earlier container: a second start. */
  readonly again?: string;
}

const device = (name: string, major: number, minor: number) => ({
  path: `/dev/${name}`,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

/** Waits for a condition that some other process brings about. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never came to be: ${what}`);
}

/** One berth-spawn with its folders, its cgroup parent and everything started through it. */
export class SpawnHarness {
  readonly root = mkdtempSync(path.join(tmpdir(), 'berth-spawn-'));
  readonly cgroupParents: { path: string; version: 1 | 2 }[] = [];
  pid = 0;
  #child: ChildProcess | undefined;
  #stream: Duplex | undefined;
  #received = Buffer.alloc(0);
  #nextId = 1;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #exited = new Set<number>();
  #hello: (() => void) | undefined;
  #containers = 0;

  async open(): Promise<void> {
    const program = makeProgram('spawn', sanitized ? 'sanitized' : 'plain');
    const monitor = makeProgram('monitor', 'plain');
    this.#makeImage();
    this.#findCgroups();
    mkdirSync(path.join(this.root, 'exec'));
    const child = spawn(
      'unshare',
      [
        '--net',
        '--mount',
        '--propagation',
        'private',
        program,
        '--exec-root',
        path.join(this.root, 'exec'),
        '--monitor',
        monitor,
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
    );
    this.#child = child;
    const stream = child.stdio[3];
    if (!(stream instanceof Duplex)) throw new Error('descriptor 3 is no socket');
    this.#stream = stream;
    const greeted = new Promise<void>((resolve) => (this.#hello = resolve));
    stream.on('data', (bytes: Buffer) => {
      this.#receive(bytes);
    });
    await greeted;
    this.onHost('ip', ['link', 'set', 'lo', 'up']);
  }

  /** Ends spawn by closing its socket; resolves when it is gone. */
  async closeSocket(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    this.#stream?.destroy();
    return ended;
  }

  async close(): Promise<void> {
    await this.closeSocket();
    for (const parent of this.cgroupParents) {
      if (existsSync(parent.path)) execFileSync('rmdir', [parent.path]);
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Sends a request and resolves with its answer. */
  call(op: string, body: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const id = this.#nextId++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.sendRaw(JSON.stringify({ id, op, ...body }));
    return answered;
  }

  /** Sends one frame as it is; the answer to what has no id comes under 0. */
  sendRaw(text: string): void {
    const frame = Buffer.alloc(4 + Buffer.byteLength(text));
    frame.writeUInt32BE(frame.length - 4);
    frame.write(text, 4);
    this.#stream?.write(frame);
  }

  answerTo(id: number): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** A start request for `args`, and the id of the container. */
  container(
    args: readonly string[],
    options: ContainerOptions = {},
  ): { id: string; body: Record<string, unknown> } {
    const id = options.again ?? `${String(++this.#containers).padStart(4, '0')}${'c'.repeat(60)}`;
    const folder = path.join(this.root, 'containers', id);
    const dir = path.join(this.root, 'exec', id);
    mkdirSync(folder, { recursive: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(folder, 'hosts'), '127.0.0.1 localhost\n');
    rmSync(this.logPath(id), { force: true });
    const config = {
      process: {
        terminal: false,
        args,
        env: ['PATH=/usr/bin:/bin'],
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
        ...options.process,
      },
      root: { path: 'rootfs', readonly: false },
      hostname: 'box',
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
        {
          destination: '/dev',
          type: 'tmpfs',
          source: 'tmpfs',
          options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
        },
        {
          destination: '/dev/pts',
          type: 'devpts',
          source: 'devpts',
          options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
        },
        { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
        {
          destination: '/sys/fs/cgroup',
          type: 'cgroup',
          source: 'cgroup',
          options: ['ro', 'nosuid', 'noexec', 'nodev'],
        },
        {
          destination: '/dev/mqueue',
          type: 'mqueue',
          source: 'mqueue',
          options: ['nosuid', 'noexec', 'nodev'],
        },
        {
          destination: '/etc/hosts',
          type: 'bind',
          source: path.join(folder, 'hosts'),
          options: ['rbind', 'rprivate'],
        },
        ...(options.mounts ?? []),
      ],
      linux: {
        namespaces: ['mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'].map((type) => ({ type })),
        devices: [device('null', 1, 3), device('zero', 1, 5), device('urandom', 1, 9), device('tty', 5, 0)],
        maskedPaths: ['/proc/keys', '/proc/timer_list', '/proc/absent', '/sys/firmware', '/proc/acpi'],
        readonlyPaths: ['/proc/bus', '/proc/sys', '/proc/sysrq-trigger'],
        ...options.linux,
      },
      ...options.config,
    };
    const berth = {
      id,
      dir,
      user: options.user ?? '',
      groups: options.groups ?? [],
      overlay: {
        layers: path.join(this.root, 'layers'),
        lower: ['1/diff'],
        init: path.join(folder, 'init'),
        upper: path.join(folder, 'upper'),
        work: path.join(folder, 'work'),
        volatile: false,
        ...options.overlay,
      },
      cgroups: this.cgroups(id),
      log: { driver: 'json-file', path: this.logPath(id), maxSize: 0, maxFile: 1 },
      stdin: 'none',
      hold: false,
      ...options.berth,
    };
    return { id, body: { config, berth } };
  }

  cgroups(id: string): { path: string; version: number; files?: [string, string][] }[] {
    return this.cgroupParents.map((parent) => ({
      path: path.join(parent.path, id),
      version: parent.version,
      ...(parent.path.includes('/memory/') ? { files: [['memory.limit_in_bytes', '268435456']] } : {}),
    }));
  }

  /** Runs a container to its end: its answer, its output and its exit code (-1 when it did not start). */
  async run(
    args: readonly string[],
    options: ContainerOptions = {},
  ): Promise<{ id: string; answer: Answer; output: string; exitCode: number }> {
    const { id, body } = this.container(args, options);
    const answer = await this.call('start', body);
    if (answer.monitor === undefined) return { id, answer, output: '', exitCode: -1 };
    await this.ended(answer.monitor);
    await this.call('cgroup-delete', { paths: this.cgroups(id).map((cgroup) => cgroup.path) });
    return { id, answer, output: this.output(this.logPath(id)), exitCode: this.exitCode(id) };
  }

  /** Starts a container that stays, and fails when that fails. */
  async start(
    args: readonly string[],
    options: ContainerOptions = {},
  ): Promise<{ id: string; pid: number; monitor: number; answer: Answer }> {
    const { id, body } = this.container(args, options);
    const answer = await this.call('start', body);
    if (answer.pid === undefined || answer.monitor === undefined)
      throw new Error(answer.error?.message ?? 'no pid');
    return { id, pid: answer.pid, monitor: answer.monitor, answer };
  }

  async stop(container: { id: string; pid: number; monitor: number }): Promise<void> {
    process.kill(container.pid, 'SIGKILL');
    await this.ended(container.monitor);
    await this.call('cgroup-delete', { paths: this.cgroups(container.id).map((cgroup) => cgroup.path) });
  }

  /** Runs a program in a running container. */
  async exec(
    container: { id: string; pid: number },
    args: readonly string[],
    options: { user?: string; process?: Readonly<Record<string, unknown>> } = {},
  ): Promise<{ answer: Answer; output: string; exitCode: number }> {
    const id = `exec${String(++this.#containers)}`;
    const dir = path.join(this.root, 'exec', id);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const answer = await this.call('exec', {
      pid: container.pid,
      process: {
        args,
        env: ['PATH=/usr/bin:/bin'],
        cwd: '/',
        capabilities: {
          bounding: defaultCapabilities,
          effective: defaultCapabilities,
          permitted: defaultCapabilities,
        },
        ...options.process,
      },
      berth: {
        id,
        dir,
        user: options.user ?? '',
        cgroups: this.cgroups(container.id).map(({ path: folder, version }) => ({ path: folder, version })),
        stdin: 'none',
        log: { driver: 'json-file', path: this.logPath(id), maxSize: 0, maxFile: 1 },
      },
    });
    if (answer.monitor === undefined) return { answer, output: '', exitCode: -1 };
    await this.ended(answer.monitor);
    return { answer, output: this.output(this.logPath(id)), exitCode: this.exitCode(id) };
  }

  /** Resolves once spawn told of this monitor's end. */
  async ended(monitor: number): Promise<void> {
    await until(`the end of monitor ${String(monitor)}`, () => this.#exited.has(monitor));
  }

  /** Runs a program of the host in spawn's mount namespace. */
  inMounts(program: string, ...args: string[]): string {
    return execFileSync('nsenter', ['-t', String(this.pid), '-m', program, ...args], { encoding: 'utf8' });
  }

  /** Runs a program of the host in spawn's network namespace. */
  onHost(program: string, args: readonly string[], input?: string): string {
    return execFileSync('nsenter', ['-t', String(this.pid), '-n', program, ...args], {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  logPath(id: string): string {
    return path.join(this.root, `${id}.log`);
  }

  /** Files as spawn sees them: the overlay is nobody else's. */
  layerPath(...parts: string[]): string {
    return path.join(this.root, 'layers', ...parts);
  }

  output(log: string): string {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => z.object({ log: z.string() }).parse(JSON.parse(line)).log).join('');
  }

  exitCode(id: string): number {
    const record = readFileSync(path.join(this.root, 'exec', id, 'exit.json'), 'utf8');
    return z.object({ exitCode: z.number() }).parse(JSON.parse(record)).exitCode;
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      if (this.#received.length < 4) return;
      const length = this.#received.readUInt32BE(0);
      if (this.#received.length < 4 + length) return;
      const message = messageSchema.parse(JSON.parse(this.#received.toString('utf8', 4, 4 + length)));
      this.#received = this.#received.subarray(4 + length);
      if ('hello' in message) {
        this.pid = message.hello.pid;
        this.#hello?.();
      } else if ('event' in message) {
        this.#exited.add(message.pid);
      } else {
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
      }
    }
  }

  #makeImage(): void {
    const layer = this.layerPath('1', 'diff');
    for (const folder of ['bin', 'etc', 'tmp', 'usr', 'home/bob'])
      mkdirSync(path.join(layer, folder), { recursive: true });
    if (busybox === undefined) throw new Error('no busybox');
    cpSync(busybox, path.join(layer, 'bin/busybox'));
    for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n'))
      if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', path.join(layer, 'bin', applet));
    writeFileSync(
      path.join(layer, 'etc/passwd'),
      [
        'root:x:0:0:root:/root:/bin/sh',
        'bob:x:1000:1001:Bob:/home/bob:/bin/sh',
        '1001:x:77:77::/odd:/bin/sh',
        'broken:x:abc:1::/:/bin/sh',
        '',
      ].join('\n'),
    );
    writeFileSync(
      path.join(layer, 'etc/group'),
      'root:x:0:\nbob:x:1001:\naudio:x:29:bob\nvideo:x:44:eve,bob\n',
    );
    writeFileSync(path.join(layer, 'etc/plain'), 'no program\n');
    writeFileSync(path.join(layer, 'bin/garbage'), 'neither ELF nor script\n', { mode: 0o755 });
  }

  /** The hierarchies of this machine that a test can use. */
  #findCgroups(): void {
    const name = path.basename(this.root);
    for (const controller of ['memory', 'pids', 'cpuset', 'cpu'])
      if (existsSync(`/sys/fs/cgroup/${controller}/tasks`))
        this.cgroupParents.push({ path: `/sys/fs/cgroup/${controller}/${name}`, version: 1 });
    for (const folder of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'])
      if (existsSync(`${folder}/cgroup.procs`) && existsSync(`${folder}/cgroup.controllers`)) {
        this.cgroupParents.push({ path: `${folder}/${name}`, version: 2 });
        break;
      }
  }
}
