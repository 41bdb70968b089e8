// `npm start` in the browser mode as a whole process: its one line, the key that opens once, a window over a WebSocket,
// an engine that is killed under it, and its end by Ctrl-C. Beside it, the engine alone by `npx berthd`.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { clientOf, endAll } from '../fixtures/engine.ts';
import {
  engineCgroups,
  engineProcesses,
  expectNoLeaks,
  holdings,
  type LeakSubject,
} from '../fixtures/leaks.ts';
import { makeMachine, type Machine } from '../fixtures/namespace.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';
import { TestWindow, warmUp } from '../fixtures/window.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const patience = { timeout: 60_000, interval: 50 };

let machine: Machine;
let registry: Registry;

beforeAll(async () => {
  machine = await makeMachine();
  registry = await startRegistry({ enter: machine.enter });
});

afterAll(async () => {
  await registry.stop();
  await machine.remove();
});

/** A program in the machine, with what it said. */
class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  stdout = '';
  stderr = '';

  constructor(argv: readonly string[], options: { env?: NodeJS.ProcessEnv; detached?: boolean } = {}) {
    const line = ['--pdeathsig', 'KILL', '--', ...machine.enter, ...argv];
    this.child = spawn('setpriv', line, { stdio: ['ignore', 'pipe', 'pipe'], cwd: repository, ...options });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', (code, signal) => resolve(code ?? signal));
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for its first line. */
  async line(): Promise<string> {
    await Promise.race([
      expect.poll(() => this.stdout, patience).toContain('\n'),
      this.exited.then((how) => {
        throw new Error(`it ended (${String(how)}) without a line:\n${this.stderr}`);
      }),
    ]);
    return this.stdout.split('\n', 1)[0] ?? '';
  }

  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    return await this.exited;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The browser's side of a printed address: its requests reach into the machine through a unix socket. */
class Browser {
  readonly origin: string;
  readonly token: string;
  readonly #socketPath: string;
  readonly #forwarder: Program;

  private constructor(url: URL, socketPath: string, forwarder: Program) {
    this.origin = url.origin;
    this.token = url.hash.replace('#token=', '');
    this.#socketPath = socketPath;
    this.#forwarder = forwarder;
  }

  static async at(address: string, folder: string): Promise<Browser> {
    const url = new URL(address);
    const socketPath = path.join(folder, `page-${url.port}.sock`);
    const script = path.join(repository, 'test/fixtures/forwarder.mjs');
    const forwarder = new Program([process.execPath, script, socketPath, url.port]);
    await forwarder.line();
    return new Browser(url, socketPath, forwarder);
  }

  get #host(): string {
    return new URL(this.origin).host;
  }

  request(method: string, target: string, body?: string): Promise<Answer> {
    const headers = {
      Host: this.#host,
      ...(body === undefined ? {} : { Origin: this.origin, 'Content-Type': 'application/json' }),
    };
    const options = { socketPath: this.#socketPath, method, path: target, headers, agent: false };
    return new Promise((resolve, reject) => {
      const sent = http.request(options, (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (part: string) => (text += part));
        reply.on('error', reject);
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  exchange(): Promise<Answer> {
    return this.request('POST', '/session', JSON.stringify({ token: this.token }));
  }

  /** Opens the WebSocket; resolves to a window, or to the status that refused it. */
  connect(cookie: string | undefined): Promise<{ window: TestWindow; socket: WebSocket } | number> {
    const socket = new WebSocket(`ws+unix:${this.#socketPath}:/port`, {
      origin: this.origin,
      headers: { Host: this.#host, ...(cookie === undefined ? {} : { Cookie: cookie }) },
    });
    // Made before the connection, so that it misses nothing of what comes with the answer.
    const window = TestWindow.over(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve({ window, socket }));
      socket.once('error', reject);
      socket.once('unexpected-response', (_, reply) => {
        reply.resume();
        resolve(reply.statusCode ?? 0);
      });
    });
  }

  async close(): Promise<void> {
    await this.#forwarder.kill('SIGKILL');
    await rm(this.#socketPath, { force: true });
  }
}

/** The engine that works in this data-root, if one does. */
function engineOf(dataRoot: string): number | undefined {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      try {
        const [, script = '', ...words] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return script.endsWith('/berthd.js') && words.includes(`--data-root=${dataRoot}`);
      } catch {
        return false; // it ended while we looked
      }
    });
  return found === undefined ? undefined : Number(found);
}

/** What an engine left that could not be ended in the proper way. */
async function clear(folder: string): Promise<void> {
  const execRoot = path.join(folder, 'run');
  await endAll(() => engineProcesses({ machine, pid: 0, folder, execRoot }).keys());
  for (const cgroup of engineCgroups(execRoot).reverse()) await rmdir(cgroup).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

describe('start in the browser mode', () => {
  let folder: string;
  let started: Program;
  let browser: Browser;
  let window: TestWindow;
  let socket: WebSocket;
  let baseline: Awaited<ReturnType<typeof holdings>>;
  let sleeper: { id: string; pid: number };

  const dataRoot = () => path.join(folder, 'data');
  const apiSocket = () => path.join(folder, 'engine.sock');
  const start = () =>
    new Program([
      process.execPath,
      path.join(repository, 'runtime/cli/start.mjs'),
      ...['--browser', '--no-open', '--data-root', dataRoot(), '--exec-root', path.join(folder, 'run')],
      ...['-H', `unix://${apiSocket()}`, '--registry-mirror', registry.url],
    ]);
  const subject = (): LeakSubject => ({
    machine,
    pid: engineOf(dataRoot()) ?? 0,
    folder,
    execRoot: path.join(folder, 'run'),
  });
  /** Lets a new browser in: its window shows the engine running. */
  const letIn = async (program: Program): Promise<void> => {
    browser = await Browser.at(await program.line(), folder);
    const cookie = (await browser.exchange()).headers['set-cookie']?.[0]?.split(';', 1)[0];
    const connected = await browser.connect(cookie);
    if (typeof connected === 'number') throw new Error(`refused with ${String(connected)}`);
    ({ window, socket } = connected);
    await window.until('the engine', () => window.port.engine?.state === 'running');
  };
  const pidOfSleeper = async () =>
    (await (await clientOf(folder, apiSocket())).docker.getContainer('sleeper').inspect()).State.Pid;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'bt-'));
    started = start();
  });
  afterAll(() => clear(folder));

  it('prints one line, its address, where the page is', async () => {
    expect(await started.line()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{20,}$/);
    browser = await Browser.at(await started.line(), folder);
    const page = await browser.request('GET', '/');
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<div id="root">') });
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });

  it('lets one browser in with the token, and nobody else', async () => {
    expect(await browser.connect(undefined)).toBe(401);
    const wrong = await browser.request('POST', '/session', JSON.stringify({ token: 'x'.repeat(43) }));
    expect(wrong).toMatchObject({ status: 401, body: expect.stringMatching(/^[A-Z].*\.\s*$/) });
    const first = await browser.exchange();
    expect(first.status).toBe(204);
    const cookie = first.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect((await browser.exchange()).status).toBe(401);
    const connected = await browser.connect(cookie.split(';', 1)[0]);
    if (typeof connected === 'number') throw new Error(`refused with ${String(connected)}`);
    ({ window, socket } = connected);
    await window.until('the engine', () => window.port.engine?.state === 'running');
  });

  it('pulls and runs over the WebSocket', async () => {
    expect(await window.pull('busybox')).toMatchObject({ state: 'done' });
    await warmUp(window, 'busybox');
    baseline = await holdings(subject());

    const { result } = await window.run({ image: 'busybox', name: 'sleeper', command: ['sleep', '10000'] });
    await window.container('sleeper', ({ state }) => state === 'running');
    sleeper = { id: result?.id ?? '', pid: await pidOfSleeper() };
  });

  it('starts an engine again that was killed; its containers and its window stay', async () => {
    for (let round = 1; round <= 2; round++) {
      const killed = engineOf(dataRoot());
      if (killed === undefined) throw new Error('there is no engine');
      const seen = window.port.diffs.length;
      process.kill(killed, 'SIGKILL');
      await window.until('the loss', () =>
        window.port.diffs
          .slice(seen)
          .some(({ engine }) => engine !== undefined && engine.state !== 'running'),
      );
      await window.until('the new engine', () => window.port.engine?.state === 'running');
      expect(engineOf(dataRoot())).not.toBe(killed);
      expect(await pidOfSleeper()).toBe(sleeper.pid);
      await window.container('sleeper', ({ state }) => state === 'running');
    }
    expect(started.stderr.match(/The engine ended by SIGKILL; it is started again\./g)).toHaveLength(2);
    const terminal = await window.show({ container: sleeper.id, command: ['echo', 'still here'] });
    expect(await terminal.ended()).toBeUndefined();
    expect(terminal.text()).toBe('still here\r\n');
    expect(window.port.terminals.get(terminal.session)?.ended).toMatchObject({ exitCode: 0, reason: '' });
  });

  it('says that its engine hangs, shows its log and starts it again when asked', async () => {
    const hung = engineOf(dataRoot());
    if (hung === undefined) throw new Error('there is no engine');
    expect(window.port.engine).toMatchObject({ keeper: true });
    process.kill(hung, 'SIGSTOP');
    await window.until('the hang', () => window.port.engine?.state === 'hung');
    expect((await window.call('engine.restart', {})).result).toEqual({});
    await window.until('the new engine', () => window.port.engine?.state === 'running');
    expect(engineOf(dataRoot())).not.toBe(hung);
    expect(existsSync(`/proc/${String(hung)}`)).toBe(false);
    expect(await pidOfSleeper()).toBe(sleeper.pid);
    const { result } = await window.call('engine.log', {});
    expect(result?.text).toContain('The engine ended by SIGKILL; it is started again.');
    expect(result?.text).toContain('The engine does not end by itself: it is killed.');
  });

  it('ends with its engine at Ctrl-C, twice as npm passes it on; containers go on', async () => {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    started.child.kill('SIGINT');
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(0);
    await closed;
    await browser.close();
    expect(engineOf(dataRoot())).toBeUndefined();
    expect(started.stdout.split('\n')).toHaveLength(2);
    expect(started.stderr).toContain('Containers go on running.');
    expect(existsSync(`/proc/${String(sleeper.pid)}`)).toBe(true);
  });

  it('takes its containers over when it is started again', async () => {
    started = start();
    await letIn(started);
    expect(await window.container('sleeper')).toMatchObject({ id: sleeper.id, state: 'running' });
    expect(await pidOfSleeper()).toBe(sleeper.pid);
  });

  it('uses the engine that answers, and leaves it alone at its end', async () => {
    const engine = engineOf(dataRoot());
    const second = start();
    expect(await second.line()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=/);
    expect(second.stderr).toContain(`Using the engine that answers at unix://${apiSocket()}.`);
    expect(await second.kill('SIGTERM')).toBe(0);
    expect(engineOf(dataRoot())).toBe(engine);
    expect((await window.call('containers.inspect', { id: sleeper.id })).error).toBeUndefined();
  });

  it('leaves nothing behind', async () => {
    expect((await window.call('containers.remove', { id: sleeper.id, force: true })).error).toBeUndefined();
    await window.until('the removal', () => !window.port.containers.has(sleeper.id));
    await expectNoLeaks(baseline, subject);
    expect(await started.kill('SIGTERM')).toBe(0);
    await browser.close();
    const left = () => [...engineProcesses({ ...subject(), pid: 0 }).values()];
    await expect.poll(left, patience).toEqual([]);
  });

  it.each([
    [['--no-such-option'], /'--no-such-option'/],
    [['--port', 'http'], /--port http is not a port number/],
    [['words'], /'words'/],
  ])('refuses %j in words', async (args, sentence) => {
    const program = new Program([process.execPath, 'runtime/cli/start.mjs', ...args]);
    expect(await program.exited).toBe(1);
    expect(program.stdout).toBe('');
    expect(program.stderr).toMatch(sentence);
    expect(program.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('npx berthd', () => {
  let folder: string;
  let engine: Program;

  /** Its own npm cache, because npx links the package there. */
  const berthd = (...args: string[]) =>
    new Program(['npx', 'berthd', ...args], {
      env: {
        ...process.env,
        npm_config_cache: path.join(folder, 'npm'),
        npm_config_update_notifier: 'false',
      },
      detached: true,
    });
  const rooted = (name: string, data = 'data') => [
    ...['--data-root', path.join(folder, data), '--exec-root', path.join(folder, name)],
    ...['-H', `unix://${path.join(folder, `${name}.sock`)}`],
  ];
  const ping = async (): Promise<string> => {
    const { docker } = await clientOf(folder, path.join(folder, 'run.sock'));
    return String(await docker.ping().catch(() => ''));
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'bt-'));
    await mkdir(path.join(folder, 'npm'));
    engine = berthd(...rooted('run'));
  });
  afterAll(() => clear(folder));

  it('answers on its socket, in the foreground', async () => {
    await expect.poll(ping, patience).toBe('OK');
    expect(engine.child.exitCode).toBeNull();
  });

  it.each([
    [
      'an option that does not exist',
      () => ['--no-such-option'],
      "berthd: Unknown option '--no-such-option'",
    ],
    [
      'an address that it does not serve',
      () => ['-H', 'tcp://127.0.0.1:2375'],
      'only unix:///path is served',
    ],
    ['a data-root that another engine uses', () => rooted('other'), 'another engine uses'],
  ])('refuses %s in words', async (_, args, sentence) => {
    const refused = berthd(...args());
    expect(await refused.exited).toBe(1);
    await expect.poll(() => refused.stderr, patience).toContain(sentence);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    expect(await ping()).toBe('OK');
  });

  it('ends at Ctrl-C', async () => {
    // A terminal sends it to all of its foreground processes.
    process.kill(-engine.pid, 'SIGINT');
    await engine.exited;
    const left = () => [
      ...engineProcesses({ machine, pid: 0, folder, execRoot: path.join(folder, 'run') }).values(),
    ];
    await expect.poll(left, patience).toEqual([]);
    expect(engine.stderr).toContain('engine stopped');
  });
});
