// Builds the monitor and a launcher that plays berth-spawn, runs programs under them and talks to io.sock.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

const root = path.resolve(import.meta.dirname, '../../..');
const helper = path.join(root, 'runtime/helper');
const builds = path.join(helper, 'build/test');

/** The frame types of the monitor's socket. */
export const frameTypes = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  stdinEof: 4,
  resize: 5,
  signal: 6,
  clientHello: 7,
  monitorHello: 8,
  exit: 9,
  go: 10,
} as const;

/** What a client says it wants in its hello. */
export const helloFlags = { stdout: 1, stderr: 2, stdin: 4, control: 8 } as const;

const exitRecord = z.strictObject({
  exitCode: z.int(),
  signal: z.int(),
  oomKilled: z.boolean(),
  finishedAt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/),
});
export type ExitRecord = z.infer<typeof exitRecord>;

const hello = z.strictObject({
  protocol: z.literal(1),
  pid: z.int().positive(),
  monitor: z.int().positive(),
  startedAt: z.iso.datetime(),
  exited: z.boolean(),
  targets: z.literal(true),
});

const logRecord = z.strictObject({
  log: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  time: z.iso.datetime(),
});
export type LogRecord = z.infer<typeof logRecord>;

/** One frame as it goes over the socket. */
export function frame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(8);
  head[0] = type;
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** Both builds of the monitor, the launcher, and a folder for the runs; `remove()` takes all away. */
export class MonitorBench {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'berth-monitor-'));
  readonly launcher = path.join(this.dir, 'launcher');
  private readonly runs: MonitorRun[] = [];
  private count = 0;

  constructor() {
    for (const kind of ['build', 'sanitized'] as const) {
      mkdirSync(builds, { recursive: true });
      const build = path.dirname(this.monitor(kind));
      const args = ['-s', '-C', helper, `BUILD=${build}`, `${build}/berth-monitor`];
      if (kind === 'sanitized') args.push('SANITIZE=1');
      // Test files run side by side; the second finds it made.
      execFileSync('flock', [`${builds}/lock`, 'make', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    this.compile('monitor-launcher.c', this.launcher);
  }

  /** Compiles a C file of test/fixtures. */
  compile(source: string, target: string, ...options: string[]): void {
    const file = path.join(root, 'test/fixtures', source);
    execFileSync('cc', ['-O1', '-g', '-Wall', '-Wextra', '-Werror', ...options, file, '-o', target]);
  }

  monitor(kind: MonitorKind): string {
    return path.join(builds, kind, 'berth-monitor');
  }

  /** Starts a program under a monitor. */
  async start(
    kind: MonitorKind,
    options: readonly string[],
    program: readonly string[],
  ): Promise<MonitorRun> {
    const dir = path.join(this.dir, `run-${String(this.count++)}`);
    mkdirSync(dir);
    const filled = options.map((option) => option.replace('DIR', dir));
    const child = spawn(this.launcher, [this.monitor(kind), dir, ...filled, '--', ...program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ASAN_OPTIONS: `detect_leaks=0:log_path=${dir}/asan` },
    });
    const run = new MonitorRun(dir, child);
    this.runs.push(run);
    await run.ready();
    return run;
  }

  /** Ends what a test left running. */
  async stopAll(): Promise<void> {
    for (const run of this.runs.splice(0)) {
      if (run.isAlive()) run.kill();
      await run.ended;
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export type MonitorKind = 'build' | 'sanitized';

/** A monitor with its program. */
export class MonitorRun {
  /** Host ports of the `--publish` options, in their order. */
  ports: number[] = [];
  /** The monitor's exit status; null when it was killed. */
  readonly ended: Promise<number | null>;

  readonly dir: string;
  private readonly child: ChildProcess;

  constructor(dir: string, child: ChildProcess) {
    this.dir = dir;
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (status) => {
        resolve(status);
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the launcher did not start');
    return this.child.pid;
  }

  isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves when the launcher hands over to the monitor. */
  async ready(): Promise<void> {
    let text = '';
    for await (const chunk of this.child.stdout ?? []) {
      text += String(chunk);
      if (text.endsWith('ready\n')) break;
    }
    const lines = text.trimEnd().split('\n');
    if (lines.pop() !== 'ready') throw new Error(`the launcher said ${JSON.stringify(text)}`);
    this.ports = lines.map(Number);
  }

  file(name: string): string {
    return path.join(this.dir, name);
  }

  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  /** exit.json. */
  exitRecord(): ExitRecord {
    return exitRecord.parse(JSON.parse(readFileSync(this.file('exit.json'), 'utf8')));
  }

  /** The records of a log file, each checked. */
  log(name = 'x.log'): LogRecord[] {
    const text = readFileSync(this.file(name), 'utf8');
    if (text === '') return [];
    if (!text.endsWith('\n')) throw new Error('the log ends in the middle of a record');
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => logRecord.parse(JSON.parse(line)));
  }

  /** Connects and says hello with these flags. */
  async connect(flags?: number): Promise<MonitorClient> {
    const socket = net.connect({ path: this.file('io.sock'), allowHalfOpen: true });
    const client = new MonitorClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    if (flags !== undefined) client.send(frameTypes.clientHello, Uint8Array.of(1, flags));
    return client;
  }
}

/** A connection to io.sock that collects what it is sent. */
export class MonitorClient {
  readonly stdout: Buffer[] = [];
  readonly stderr: Buffer[] = [];
  /** With `digestOnly`, output is only counted and hashed. */
  digestOnly = false;
  readonly digest: Hash = createHash('sha256');
  outputBytes = 0;
  hello: z.infer<typeof hello> | undefined;
  exit: ExitRecord | undefined;
  /** Types of all frames in the order in which they came. */
  readonly order: number[] = [];
  /** The monitor ended the connection (or it broke). */
  closed = false;
  private rest: Buffer = Buffer.alloc(0);
  private readonly waiters = new Set<() => void>();

  readonly socket: net.Socket;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
      this.wake();
    });
    const end = () => {
      this.closed = true;
      this.wake();
    };
    socket.on('end', () => {
      end();
      socket.end();
    });
    socket.on('close', end);
    // ECONNRESET and EPIPE are how a refused client learns of it; `closed` tells the test.
    socket.on('error', end);
  }

  send(type: number, payload?: Uint8Array | string): void {
    this.socket.write(frame(type, typeof payload === 'string' ? Buffer.from(payload) : payload));
  }

  resize(rows: number, columns: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16BE(rows, 0);
    payload.writeUInt16BE(columns, 2);
    this.send(frameTypes.resize, payload);
  }

  signal(number: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(number);
    this.send(frameTypes.signal, payload);
  }

  stdoutText(): string {
    return Buffer.concat(this.stdout).toString();
  }

  stderrText(): string {
    return Buffer.concat(this.stderr).toString();
  }

  /** Resolves when the condition holds; fails when the connection ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error('the monitor closed the connection before');
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  async untilClosed(): Promise<void> {
    await this.until(() => this.closed);
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }

  private take(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 8) {
      const size = this.rest.readUInt32BE(4);
      if (size > 32768) throw new Error(`a frame of ${String(size)} bytes`);
      if (this.rest.length < 8 + size) return;
      this.takeFrame(this.rest.readUInt8(0), this.rest.subarray(8, 8 + size));
      this.rest = this.rest.subarray(8 + size);
    }
  }

  private takeFrame(type: number, payload: Buffer): void {
    if (this.exit) throw new Error('a frame came behind the exit record');
    if (this.order.length === 0 && type !== frameTypes.monitorHello)
      throw new Error('the first frame is no hello');
    this.order.push(type);
    if (type === frameTypes.monitorHello) this.hello = hello.parse(JSON.parse(payload.toString()));
    else if (type === frameTypes.exit) this.exit = exitRecord.parse(JSON.parse(payload.toString()));
    else if (type === frameTypes.stdout || type === frameTypes.stderr) {
      this.outputBytes += payload.length;
      if (this.digestOnly) this.digest.update(payload);
      else (type === frameTypes.stdout ? this.stdout : this.stderr).push(Buffer.from(payload));
    } else throw new Error(`a frame of type ${String(type)}`);
  }
}
