// berth-monitor: frames, stdin, hold, back-pressure, terminal, signals and the end. Each behaviour is tried on the program as
// it is shipped (with its seccomp filter) and on a build with ASan and UBSan.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  frame,
  frameTypes,
  helloFlags,
  MonitorBench,
  type MonitorKind,
  type MonitorRun,
} from './monitor-driver.ts';

const output = helloFlags.stdout | helloFlags.stderr;
const all = output | helloFlags.stdin;

let bench: MonitorBench;
beforeAll(() => {
  bench = new MonitorBench();
});
afterEach(async () => {
  await bench.stopAll();
});
afterAll(() => {
  bench.remove();
});

/** Waits for the monitor's own end, which must be a clean one. */
async function ended(run: MonitorRun): Promise<void> {
  expect(await run.ended).toBe(0);
  expect(run.has('io.sock')).toBe(false);
  expect(run.has('exit.json.new')).toBe(false);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The state letter of a process in /proc. */
function processState(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
  } catch {
    return undefined;
  }
}

describe.each<{ kind: MonitorKind }>([{ kind: 'build' }, { kind: 'sanitized' }])(
  'the monitor ($kind)',
  ({ kind }) => {
    const start = (options: string[], ...program: string[]) => bench.start(kind, options, program);
    const sh = (options: string[], script: string) => start(options, 'sh', '-c', script);

    it('greets, sends both streams apart and the exit record last', async () => {
      const run = await sh(['--hold'], 'echo out; echo err >&2; exit 7');
      const client = await run.connect(output);
      await client.until(() => client.hello !== undefined);
      expect(client.hello).toMatchObject({ monitor: run.pid });
      client.send(frameTypes.go);
      await client.untilClosed();
      expect(client.stdoutText()).toBe('out\n');
      expect(client.stderrText()).toBe('err\n');
      expect(client.exit).toMatchObject({ exitCode: 7, signal: 0, oomKilled: false });
      expect(client.order[0]).toBe(frameTypes.monitorHello);
      expect(client.order.at(-1)).toBe(frameTypes.exit);
      await ended(run);
      expect(run.exitRecord()).toEqual(client.exit);
    });

    it('gives a client only the streams it asked for', async () => {
      const run = await sh(['--hold'], 'echo out; echo err >&2');
      const [a, b, c] = [await run.connect(1), await run.connect(2), await run.connect(0)];
      for (const client of [a, b, c]) await client.until(() => client.hello !== undefined);
      await pause(20);
      a.send(frameTypes.go);
      for (const client of [a, b, c]) await client.untilClosed();
      expect([a.stdoutText(), a.stderrText()]).toEqual(['out\n', '']);
      expect([b.stdoutText(), b.stderrText()]).toEqual(['', 'err\n']);
      expect(c.order).toEqual([frameTypes.monitorHello, frameTypes.exit]);
      await ended(run);
    });

    it('gives two clients the same output, from their hello on', async () => {
      const run = await sh(['--stdin', 'open'], 'while read -r line; do echo "got $line"; done');
      const first = await run.connect(all);
      first.send(frameTypes.stdin, 'one\n');
      await first.until(() => first.stdoutText() === 'got one\n');
      const second = await run.connect(all);
      await second.until(() => second.hello !== undefined);
      second.send(frameTypes.stdin, 'two\n');
      await first.until(() => first.stdoutText() === 'got one\ngot two\n');
      await second.until(() => second.stdoutText() === 'got two\n');
      first.signal(9);
      await Promise.all([first.untilClosed(), second.untilClosed()]);
      expect(first.exit).toMatchObject({ exitCode: 137, signal: 9 });
      expect(second.exit).toEqual(first.exit);
      await ended(run);
    });

    it('ends without any client and leaves the exit record', async () => {
      const run = await start([], 'false');
      await ended(run);
      expect(run.exitRecord()).toMatchObject({ exitCode: 1, signal: 0 });
    });

    it('sends signals to the main process and ignores numbers that are none', async () => {
      const run = await sh([], 'trap "echo usr1" USR1; echo up; while :; do sleep 0.05; done');
      const client = await run.connect(output);
      await client.until(() => client.hello !== undefined);
      for (const number of [0, 65, 0x7fffffff, 0xffffffff]) client.signal(number);
      // The trap may not be set yet: a shell without it dies of USR1.
      await pause(300);
      client.signal(10);
      await client.until(() => client.stdoutText().includes('usr1'));
      client.signal(15);
      await client.untilClosed();
      expect(client.exit).toMatchObject({ exitCode: 143, signal: 15 });
      await ended(run);
    });

    it('survives its own SIGTERM, and the program dies with it', async () => {
      const run = await start([], 'sleep', '60');
      const client = await run.connect(output);
      await client.until(() => client.hello !== undefined);
      const pid = client.hello?.pid ?? 0;
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE', 'SIGCHLD'] as const)
        process.kill(run.pid, signal);
      await pause(50);
      expect(run.isAlive()).toBe(true);
      run.kill();
      await run.ended;
      for (let i = 0; i < 100 && processState(pid) !== undefined && processState(pid) !== 'Z'; i++)
        await pause(20);
      expect([undefined, 'Z']).toContain(processState(pid));
    });

    describe('stdin', () => {
      it.each(['eof', 'half-close', 'leave'])('once: ends with the first giver by %s', async (way) => {
        const run = await start(['--stdin', 'once'], 'cat');
        const watcher = await run.connect(output);
        await watcher.until(() => watcher.hello !== undefined);
        const giver = await run.connect(all);
        giver.send(frameTypes.stdin, 'some bytes');
        if (way === 'eof') giver.send(frameTypes.stdinEof);
        if (way === 'half-close') giver.socket.end();
        if (way === 'leave') giver.socket.destroySoon();
        await watcher.untilClosed();
        expect(watcher.stdoutText()).toBe('some bytes');
        expect(watcher.exit).toMatchObject({ exitCode: 0 });
        if (way !== 'leave') {
          await giver.untilClosed();
          expect(giver.stdoutText()).toBe('some bytes');
        }
        await ended(run);
      });

      it('keeps output flowing after a half-close', async () => {
        const run = await sh(['--stdin', 'once'], 'cat; sleep 0.2; echo later');
        const client = await run.connect(all);
        client.send(frameTypes.stdin, 'first ');
        client.socket.end();
        await client.untilClosed();
        expect(client.stdoutText()).toBe('first later\n');
        await ended(run);
      });

      it('open: stays open when its givers end and leave', async () => {
        const run = await start(['--stdin', 'open'], 'cat');
        const watcher = await run.connect(output);
        await watcher.until(() => watcher.hello !== undefined);
        for (const [text, way] of [
          ['a', 'eof'],
          ['b', 'end'],
          ['c', 'destroy'],
        ] as const) {
          const giver = await run.connect(helloFlags.stdin);
          giver.send(frameTypes.stdin, text);
          if (way === 'eof') giver.send(frameTypes.stdinEof);
          else if (way === 'end') giver.socket.end();
          else giver.socket.destroySoon();
          await watcher.until(() => watcher.stdoutText().endsWith(text));
        }
        expect(watcher.stdoutText()).toBe('abc');
        expect(watcher.closed).toBe(false);
        watcher.signal(9);
        await ended(run);
      });

      it('delivers every byte before the end, however slowly the program reads', async () => {
        const run = await sh(['--stdin', 'once'], 'sleep 0.3; sha256sum; cat');
        const client = await run.connect(all);
        const bytes = randomBytes(3 * 1024 * 1024 + 17);
        for (let at = 0; at < bytes.length; at += 65536)
          client.send(frameTypes.stdin, bytes.subarray(at, at + 65536));
        client.socket.end();
        await client.untilClosed();
        expect(client.stdoutText().slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'));
        await ended(run);
      });

      it('delivers what a client sent before it left for good', async () => {
        const run = await sh(['--stdin', 'once'], 'sleep 0.3; wc -c');
        const watcher = await run.connect(output);
        await watcher.until(() => watcher.hello !== undefined);
        const giver = await run.connect(helloFlags.stdin);
        giver.send(frameTypes.stdin, Buffer.alloc(65536));
        giver.send(frameTypes.stdin, Buffer.alloc(65536));
        giver.socket.destroySoon();
        await watcher.untilClosed();
        expect(Number(watcher.stdoutText())).toBe(131072);
        await ended(run);
      });

      it('does not mix frames of two givers', async () => {
        const run = await sh(['--stdin', 'open'], 'sleep 0.2; exec cat');
        const watcher = await run.connect(output);
        await watcher.until(() => watcher.hello !== undefined);
        const a = await run.connect(helloFlags.stdin);
        const b = await run.connect(helloFlags.stdin);
        for (let i = 0; i < 10; i++) {
          a.send(frameTypes.stdin, Buffer.alloc(50_000, 'a'));
          b.send(frameTypes.stdin, Buffer.alloc(50_000, 'b'));
        }
        await watcher.until(() => watcher.outputBytes === 1_000_000);
        const runs = watcher.stdoutText().match(/a+|b+/g) ?? [];
        for (const part of runs) expect(part.length % 50_000).toBe(0);
        watcher.signal(9);
        await ended(run);
      });

      it('costs nobody the output when the program ends in the middle of it', async () => {
        const run = await start(['--stdin', 'once', '--hold'], 'head', '-c', '100000');
        const client = await run.connect(all);
        client.send(frameTypes.go);
        const pump = () => {
          while (!client.closed && client.socket.write(frame(frameTypes.stdin, Buffer.alloc(65536, 'y'))));
        };
        client.socket.on('drain', pump);
        pump();
        await client.untilClosed();
        expect(client.outputBytes).toBe(100_000);
        expect(client.exit).toMatchObject({ exitCode: 0 });
        await ended(run);
      });

      it('is dropped when the program closed it, and when there is none', async () => {
        for (const mode of ['open', 'none']) {
          const run = await sh(['--stdin', mode], 'exec <&-; sleep 0.3; echo done');
          const client = await run.connect(all);
          await pause(100);
          for (let i = 0; i < 40; i++) client.send(frameTypes.stdin, Buffer.alloc(65536));
          await client.untilClosed();
          expect(client.stdoutText()).toBe('done\n');
          await ended(run);
        }
      });
    });

    describe('hold', () => {
      it('reads nothing before go, though the program is dead already', async () => {
        const run = await sh(['--hold', '--log', 'DIR/x.log'], 'echo early');
        const join = async () => {
          const joined = await run.connect(output);
          await joined.until(() => joined.hello !== undefined);
          return joined;
        };
        let client = await join();
        while (client.hello?.exited !== true) {
          client.socket.destroy();
          client = await join();
        }
        expect(readFileSync(run.file('x.log'), 'utf8')).toBe('');
        expect(run.has('exit.json')).toBe(false);
        client.send(frameTypes.go);
        await client.untilClosed();
        expect(client.stdoutText()).toBe('early\n');
        await ended(run);
        expect(run.log().map((record) => record.log)).toEqual(['early\n']);
      });

      it('ends when the control connection goes away, but not when others do', async () => {
        const run = await sh(['--hold', '--log', 'DIR/x.log'], 'echo held; exec sleep 60');
        const control = await run.connect(helloFlags.control);
        await control.until(() => control.hello !== undefined);
        const other = await run.connect(output);
        await other.until(() => other.hello !== undefined);
        const third = await run.connect(output);
        third.socket.destroy();
        await pause(200);
        expect(other.outputBytes).toBe(0);
        control.socket.destroy();
        await other.until(() => other.stdoutText() === 'held\n');
        other.signal(9);
        await ended(run);
      });

      it('ends by itself after five seconds', async () => {
        const run = await sh(['--hold', '--log', 'DIR/x.log'], 'echo alone');
        await ended(run);
        expect(run.log().map((record) => record.log)).toEqual(['alone\n']);
      });
    });

    it('loses nothing to a slow client: neither its bytes, nor the other client’s, nor the log’s', async () => {
      const last = 6_800_000;
      const expected = execFileSync('seq', ['1', String(last)], { maxBuffer: 64 << 20 });
      expect(expected.length).toBeGreaterThan(50 << 20);
      const digest = createHash('sha256').update(expected).digest('hex');
      const run = await start(['--hold', '--log', 'DIR/x.log'], 'seq', '1', String(last));
      const slow = await run.connect(helloFlags.stdout);
      const fast = await run.connect(helloFlags.stdout);
      for (const client of [slow, fast]) {
        client.digestOnly = true;
        await client.until(() => client.hello !== undefined);
      }
      let paused = 0;
      slow.socket.on('data', () => {
        if (slow.outputBytes < (paused + 1) * (1 << 20)) return;
        paused++;
        slow.socket.pause();
        setTimeout(() => slow.socket.resume(), 5);
      });
      fast.send(frameTypes.go);
      await Promise.all([slow.untilClosed(), fast.untilClosed()]);
      expect(paused).toBeGreaterThan(20);
      expect(slow.digest.digest('hex')).toBe(digest);
      expect(fast.digest.digest('hex')).toBe(digest);
      await ended(run);
      const hash = createHash('sha256');
      for (const line of readFileSync(run.file('x.log'), 'latin1').split('\n'))
        if (line !== '') hash.update(line.slice(8, line.indexOf('\\n","stream":"stdout"')) + '\n');
      expect(hash.digest('hex')).toBe(digest);
    });

    it('stops the program while a client does not read, and forgets a client that leaves', async () => {
      const run = await sh(['--hold', '--log', 'DIR/x.log'], 'exec seq 1 1000000');
      const stuck = await run.connect(helloFlags.stdout);
      await stuck.until(() => stuck.hello !== undefined);
      stuck.socket.pause();
      stuck.send(frameTypes.go);
      let size = -1;
      for (let now = 0; now !== size; await pause(300)) {
        size = now;
        now = readFileSync(run.file('x.log')).length;
      }
      const lines = () => readFileSync(run.file('x.log'), 'latin1').split('\n').length - 1;
      const written = lines();
      expect(written).toBeGreaterThan(10_000);
      expect(written).toBeLessThan(500_000);
      expect(run.has('exit.json')).toBe(false);
      stuck.socket.destroy();
      await ended(run);
      expect(lines()).toBe(1_000_000);
    });

    it('gives the last output to a client that reads late', async () => {
      const run = await sh(['--hold'], 'head -c 700000 /dev/zero');
      const client = await run.connect(helloFlags.stdout);
      await client.until(() => client.hello !== undefined);
      client.digestOnly = true;
      client.socket.pause();
      client.send(frameTypes.go);
      await pause(3500);
      client.socket.resume();
      await client.untilClosed();
      expect(client.outputBytes).toBe(700_000);
      expect(client.exit).toMatchObject({ exitCode: 0 });
      await ended(run);
    });

    it('does not wait for ever for a descendant that keeps the pipe open', async () => {
      const run = await sh(['--log', 'DIR/x.log'], '(sleep 0.5; echo descendant; exec sleep 6) & echo main');
      await ended(run);
      expect(run.log().map((record) => record.log)).toEqual(['main\n', 'descendant\n']);
      expect(run.exitRecord()).toMatchObject({ exitCode: 0 });
    });

    it('reads oom_kill from the cgroup’s counter', async () => {
      for (const [text, killed] of [
        ['oom_kill_disable 0\nunder_oom 0\noom_kill 2\n', true],
        ['low 0\noom 3\noom_kill 0\noom_group_kill 5\n', false],
      ] as const) {
        const file = `${bench.dir}/oom`;
        execFileSync('sh', ['-c', 'printf "%s" "$1" > "$2"', 'sh', text, file]);
        const run = await start(['--oom-file', file], 'true');
        await ended(run);
        expect(run.exitRecord().oomKilled).toBe(killed);
      }
    });

    describe('terminal', () => {
      it('echoes, resizes, and ends with the program', async () => {
        const run = await sh(
          ['--tty', '--stdin', 'open'],
          'trap "stty size" WINCH; stty size; while :; do read -r line || continue; [ "$line" = bye ] && exit 4; echo "[$line]"; done',
        );
        const client = await run.connect(all);
        client.send(frameTypes.stdin, 'one\n');
        await client.until(() => client.stdoutText().includes('[one]\r\n'));
        expect(client.stdoutText()).toContain('one\r\n');
        client.resize(33, 99);
        // The shell runs its trap when read returns.
        client.send(frameTypes.stdin, 'two\n');
        await client.until(() => client.stdoutText().includes('33 99'));
        client.send(frameTypes.stdin, 'bye\n');
        await client.untilClosed();
        expect(client.stderr).toHaveLength(0);
        expect(client.exit).toMatchObject({ exitCode: 4 });
        await ended(run);
      });

      it('keeps its input open when the giver ends, and ends it by ^D', async () => {
        const run = await start(['--tty', '--stdin', 'once'], 'cat');
        const client = await run.connect(all);
        client.send(frameTypes.stdin, 'x\n');
        client.send(frameTypes.stdinEof);
        await client.until(() => client.stdoutText() === 'x\r\nx\r\n');
        const second = await run.connect(all);
        second.send(frameTypes.stdin, '\x04');
        await second.untilClosed();
        expect(second.exit).toMatchObject({ exitCode: 0 });
        await ended(run);
      });

      it('keeps everything printed just before the end', async () => {
        const run = await sh(['--tty', '--hold', '--log', 'DIR/x.log'], 'seq 1 300');
        const client = await run.connect(output);
        await client.until(() => client.hello !== undefined);
        client.send(frameTypes.go);
        await client.untilClosed();
        const lines = Array.from({ length: 300 }, (_, i) => `${String(i + 1)}\r\n`);
        expect(client.stdoutText()).toBe(lines.join(''));
        await ended(run);
        expect(run.log().map((record) => record.log)).toEqual(lines);
      });
    });

    describe('hostile clients', () => {
      const hello = frame(frameTypes.clientHello, Uint8Array.of(1, 15));
      it.each<[string, Buffer]>([
        ['a frame before hello', frame(frameTypes.go)],
        ['a hello of another version', frame(frameTypes.clientHello, Uint8Array.of(2, 1))],
        ['a hello without flags', frame(frameTypes.clientHello, Uint8Array.of(1))],
        ['a second hello', Buffer.concat([hello, hello])],
        ['an unknown type', Buffer.concat([hello, frame(3)])],
        ['a type of the monitor', Buffer.concat([hello, frame(frameTypes.stdout, Buffer.from('x'))])],
        ['a head with reserved bytes set', Buffer.concat([hello, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])])],
        ['stdin of more than 64 KiB', Buffer.concat([hello, Buffer.from([0, 0, 0, 0, 0, 1, 0, 1])])],
        ['stdin of 4 GiB', Buffer.concat([hello, Buffer.from([0, 0, 0, 0, 255, 255, 255, 255])])],
        ['a long resize', Buffer.concat([hello, frame(frameTypes.resize, Buffer.alloc(5))])],
        ['a short signal', Buffer.concat([hello, frame(frameTypes.signal, Buffer.alloc(3))])],
        [
          'stdin it did not announce',
          Buffer.concat([
            frame(frameTypes.clientHello, Uint8Array.of(1, 3)),
            frame(frameTypes.stdin, Buffer.from('x')),
          ]),
        ],
      ])('closes a client for %s and lives on', async (_name, bytes) => {
        const run = await start(['--stdin', 'open'], 'cat');
        const bad = await run.connect();
        bad.socket.write(bytes);
        await bad.untilClosed();
        expect(bad.exit).toBeUndefined();
        const good = await run.connect(all);
        good.send(frameTypes.stdin, 'fine');
        await good.until(() => good.stdoutText() === 'fine');
        good.signal(9);
        await ended(run);
      });

      it('takes frames byte by byte, empty ones too', async () => {
        const run = await start(['--stdin', 'once'], 'cat');
        const client = await run.connect();
        const bytes = Buffer.concat([
          hello,
          frame(frameTypes.stdin),
          frame(frameTypes.stdin, Buffer.from('ab')),
          frame(frameTypes.stdin),
          frame(frameTypes.stdinEof),
        ]);
        client.socket.setNoDelay(true);
        for (const byte of bytes) {
          client.socket.write(Uint8Array.of(byte));
          await pause(1);
        }
        await client.untilClosed();
        expect(client.stdoutText()).toBe('ab');
        await ended(run);
      });

      it('outlives ten thousand connections of random bytes', async () => {
        const run = await sh(
          ['--stdin', 'open', '--log', 'DIR/x.log'],
          'while :; do head -c 3000 /dev/zero; sleep 0.05; done',
        );
        const rounds = kind === 'build' ? 10_000 : 3_000;
        let next = 0;
        const one = async () => {
          while (next < rounds) {
            const number = next++;
            const client = await run.connect(number % 3 === 0 ? number & 15 : undefined);
            const bytes = randomBytes(1 + (number % 97));
            // Half of them look like frames, so that more than the first byte is looked at. Signals would end the program.
            if (number % 2 === 0) {
              bytes[0] = [0, 4, 5, 7, 10, 0, 7, 255][number % 8] ?? 0;
              bytes.fill(0, 1, Math.min(7, bytes.length));
            } else if (bytes[0] === frameTypes.signal) bytes[0] = 0;
            client.socket.write(bytes);
            if (number % 5 === 0) client.socket.end();
            if (number % 7 === 0) await client.until(() => client.hello !== undefined).catch(() => undefined);
            client.socket.destroy();
          }
        };
        await Promise.all(Array.from({ length: 16 }, one));
        expect(run.isAlive()).toBe(true);
        const good = await run.connect(output);
        await good.until(() => good.outputBytes > 0);
        good.signal(9);
        await ended(run);
      });
    });
  },
);

it('frees its name at the end, and waits ten seconds at most for a client that does not read', async () => {
  const run = await bench.start('build', ['--hold'], ['head', '-c', '450000', '/dev/zero']);
  const stuck = await run.connect(output);
  await stuck.until(() => stuck.hello !== undefined);
  stuck.socket.pause();
  stuck.send(frameTypes.go);
  while (run.has('io.sock')) await pause(50);
  // Whoever comes now finds the record, and a new monitor may take the name.
  expect(run.exitRecord()).toMatchObject({ exitCode: 0 });
  expect(run.isAlive()).toBe(true);
  writeFileSync(run.file('io.sock'), '');
  expect(await run.ended).toBe(0);
  expect(run.has('io.sock')).toBe(true);
  stuck.socket.resume();
  await stuck.untilClosed();
  expect(stuck.exit).toBeUndefined();
});

it('parses random heads, addresses and text without a fault', () => {
  const fuzz = `${bench.dir}/fuzz`;
  bench.compile(
    'monitor-fuzz.c',
    fuzz,
    '-D_GNU_SOURCE',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
    '-I',
    new URL('../../../runtime/helper/monitor', import.meta.url).pathname,
  );
  expect(execFileSync(fuzz, ['300000', '1']).toString()).toBe('300000 rounds\n');
});

it('is small and holds no rights', async () => {
  const run = await bench.start('build', [], ['sleep', '60']);
  const client = await run.connect(0);
  await client.until(() => client.hello !== undefined);
  client.socket.destroy();
  await pause(100);
  const proc = (name: string) => readFileSync(`/proc/${String(run.pid)}/${name}`, 'utf8');
  const pssKb = Number(/^Pss:\s+(\d+) kB$/m.exec(proc('smaps_rollup'))?.[1]);
  expect(pssKb).toBeGreaterThan(0);
  expect(pssKb).toBeLessThanOrEqual(300);
  const status = proc('status');
  for (const field of ['CapInh', 'CapAmb']) expect(status).toMatch(new RegExp(`^${field}:\\s+0+$`, 'm'));
  for (const field of ['CapPrm', 'CapEff', 'CapBnd'])
    expect(status).toMatch(new RegExp(`^${field}:\\s+0*20$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(status).toMatch(/^Seccomp:\s+2$/m);
  expect(status).toMatch(/^Name:\s+berth-monitor$/m);
  run.kill();
});
