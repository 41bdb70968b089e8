// berth-monitor: the json-file log, byte for byte: escapes, invalid UTF-8, long and partial lines, rotation, a full disk.
import { isUtf8 } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  frameTypes,
  helloFlags,
  MonitorBench,
  type MonitorClient,
  type MonitorKind,
  type MonitorRun,
} from './monitor-driver.ts';

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

/** Bytes as Go reads them: each byte that begins no valid sequence is one U+FFFD. */
function goString(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const sequence = bytes.subarray(at, at + size);
    const valid = first < 0x80 || (first >= 0xc2 && sequence.length === size && isUtf8(sequence));
    text += valid ? sequence.toString() : '\ufffd';
    at += valid ? size : 1;
  }
  return text;
}

/** A program that prints a file and ends. */
async function logOf(kind: MonitorKind, bytes: Buffer, options: string[] = []): Promise<MonitorRun> {
  const file = `${bench.dir}/output`;
  writeFileSync(file, bytes);
  const run = await bench.start(kind, ['--log', 'DIR/x.log', ...options], ['cat', file]);
  expect(await run.ended).toBe(0);
  return run;
}

/** A program that prints what it is sent, so that a test says when. */
async function echo(
  kind: MonitorKind,
  options: string[],
): Promise<{ run: MonitorRun; client: MonitorClient }> {
  const run = await bench.start(kind, ['--stdin', 'once', '--log', 'DIR/x.log', ...options], ['cat']);
  const client = await run.connect(helloFlags.stdout | helloFlags.stdin);
  return { run, client };
}

/** Sends text and waits until it came back, and so was logged. */
async function say(client: MonitorClient, text: string): Promise<void> {
  const expected = client.outputBytes + Buffer.byteLength(text);
  client.send(frameTypes.stdin, text);
  await client.until(() => client.outputBytes === expected);
}

describe.each<{ kind: MonitorKind }>([{ kind: 'build' }, { kind: 'sanitized' }])(
  'the log ($kind)',
  ({ kind }) => {
    it('is written as Docker writes it', async () => {
      const run = await logOf(kind, Buffer.from('q"b\\t\tr\rn\n<a&b>\u2028\u2029\x00\x1f\x7fé😀\n\n'));
      const time = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z"/g;
      expect(readFileSync(run.file('x.log'), 'utf8').replace(time, 'T')).toBe(
        '{"log":"q\\"b\\\\t\\u0009r\\rn\\n","stream":"stdout","time":T}\n' +
          '{"log":"\\u003ca\\u0026b\\u003e\\u2028\\u2029\\u0000\\u001f\x7fé😀\\n","stream":"stdout","time":T}\n' +
          '{"log":"\\n","stream":"stdout","time":T}\n',
      );
    });

    it('replaces each byte of invalid UTF-8, as Go does', async () => {
      const cases = [
        'ff',
        'c080',
        'c3',
        'e28082',
        'e280',
        'eda080',
        'f4908080',
        'f09f98',
        'f0808080',
        '80bf',
        'c3a9c3',
        'fe41',
      ];
      const lines = cases.map((hex) => Buffer.from(hex, 'hex'));
      const run = await logOf(kind, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
      expect(run.log().map((record) => record.log)).toEqual(lines.map((line) => goString(line) + '\n'));
    });

    it('keeps random bytes, line by line', async () => {
      const bytes = randomBytes(300_000);
      const run = await logOf(kind, bytes);
      const lines = bytes.toString('latin1').split('\n');
      const last = lines.pop() ?? '';
      const expected = lines.map((line) => goString(Buffer.from(line, 'latin1')) + '\n');
      if (last !== '') expected.push(goString(Buffer.from(last, 'latin1')));
      expect(run.log().map((record) => record.log)).toEqual(expected);
    });

    it.each([16383, 16384, 16385, 32768, 40000])('splits a line of %d bytes after 16 KiB', async (size) => {
      const run = await logOf(kind, Buffer.concat([Buffer.alloc(size, 'a'), Buffer.from('\nnext\n')]));
      const records = run.log();
      const expected: string[] = [];
      for (let rest = size; ; rest -= 16384) {
        if (rest >= 16384) expected.push('a'.repeat(16384));
        else {
          expected.push('a'.repeat(rest) + '\n');
          break;
        }
      }
      expect(records.map((record) => record.log)).toEqual([...expected, 'next\n']);
      // The parts of one line carry one time.
      expect(new Set(records.slice(0, -1).map((record) => record.time)).size).toBe(1);
    });

    it('breaks no character when it splits', async () => {
      for (const character of ['é', '€', '😀']) {
        const text = 'x' + character.repeat(20_000);
        const run = await logOf(kind, Buffer.from(text + '\n'));
        const records = run.log();
        expect(records.length).toBeGreaterThan(2);
        expect(records.map((record) => record.log).join('')).toBe(text + '\n');
      }
    });

    it('puts a line together from pieces, and a character too', async () => {
      const { run, client } = await echo(kind, []);
      await say(client, 'one ');
      expect(run.log()).toEqual([]);
      const euro = Buffer.from('€');
      for (const byte of euro) {
        const expected = client.outputBytes + 1;
        client.send(frameTypes.stdin, Uint8Array.of(byte));
        await client.until(() => client.outputBytes === expected);
      }
      await say(client, ' line\nand a');
      expect(run.log().map((record) => record.log)).toEqual(['one € line\n']);
      client.send(frameTypes.stdinEof);
      expect(await run.ended).toBe(0);
      expect(run.log().map((record) => record.log)).toEqual(['one € line\n', 'and a']);
    });

    it('keeps unfinished lines of both streams apart', async () => {
      const script =
        'printf a; printf 1 >&2; sleep 0.1; printf b; printf 2 >&2; sleep 0.1; echo c; echo 3 >&2';
      const run = await bench.start(kind, ['--log', 'DIR/x.log'], ['sh', '-c', script]);
      expect(await run.ended).toBe(0);
      const of = (stream: string) => run.log().filter((record) => record.stream === stream);
      expect(of('stdout').map((record) => record.log)).toEqual(['abc\n']);
      expect(of('stderr').map((record) => record.log)).toEqual(['123\n']);
    });

    it('goes on in a file that is there, and stays without one', async () => {
      const { run, client } = await echo(kind, []);
      writeFileSync(run.file('x.log'), '');
      await say(client, 'a\n');
      execFileSync('truncate', ['-s', '0', run.file('x.log')]);
      await say(client, 'b\n');
      expect(run.log().map((record) => record.log)).toEqual(['b\n']);
      client.send(frameTypes.stdinEof);
      await run.ended;
      const none = await bench.start(kind, [], ['echo', 'unheard']);
      await none.ended;
      expect(readdirSync(none.dir)).toEqual(['exit.json']);
    });

    it('rotates before a record that would not fit, and keeps max-file files', async () => {
      const lines = Array.from({ length: 400 }, (_, i) => `line ${String(i)}\n`);
      const run = await logOf(kind, Buffer.from(lines.join('')), [
        '--log-max-size',
        '4096',
        '--log-max-file',
        '3',
      ]);
      const files = readdirSync(run.dir).filter((name) => name.startsWith('x.log'));
      expect(files.sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
      for (const file of files) expect(statSync(run.file(file)).size).toBeLessThanOrEqual(4096);
      for (const file of ['x.log.1', 'x.log.2'])
        expect(statSync(run.file(file)).size).toBeGreaterThan(4096 - 100);
      const kept = ['x.log.2', 'x.log.1', 'x.log'].flatMap((file) =>
        run.log(file).map((record) => record.log),
      );
      expect(kept).toEqual(lines.slice(-kept.length));
      expect(kept.length).toBeGreaterThan(80);
    });

    it('loses no line while it rotates, when there are enough files', async () => {
      const lines = Array.from({ length: 20_000 }, (_, i) => `${'z'.repeat(i % 300)} ${String(i)}\n`);
      const run = await logOf(kind, Buffer.from(lines.join('')), [
        '--log-max-size',
        '100000',
        '--log-max-file',
        '1000',
      ]);
      const count = readdirSync(run.dir).filter((name) => name.startsWith('x.log')).length;
      expect(count).toBeGreaterThan(30);
      const kept: string[] = [];
      for (let i = count - 1; i > 0; i--)
        kept.push(...run.log(`x.log.${String(i)}`).map((record) => record.log));
      kept.push(...run.log().map((record) => record.log));
      expect(kept).toEqual(lines);
    });

    it('empties the file with max-file 1, and takes a record larger than max-size', async () => {
      const run = await logOf(kind, Buffer.from('a\n'.repeat(50) + 'b'.repeat(3000) + '\n'), [
        '--log-max-size',
        '1000',
      ]);
      expect(readdirSync(run.dir).sort()).toEqual(['exit.json', 'x.log']);
      expect(run.log().map((record) => record.log)).toEqual(['b'.repeat(3000) + '\n']);
    });

    it('drops what the disk does not take, keeps the streams, tears no record and says what is missing', async () => {
      const { run, client } = await echo(kind, []);
      await say(client, 'before\n');
      const limit = (size: string) => execFileSync('prlimit', ['--pid', String(run.pid), `--fsize=${size}`]);
      limit('300:');
      for (let i = 0; i < 20; i++) await say(client, `during ${String(i)}\n`);
      const atLimit = run.log().map((record) => record.log);
      expect(atLimit[0]).toBe('before\n');
      expect(atLimit.length).toBeLessThan(5);
      limit('unlimited:');
      await say(client, 'after\n');
      client.send(frameTypes.stdinEof);
      await client.untilClosed();
      expect(client.exit).toMatchObject({ exitCode: 0 });
      expect(await run.ended).toBe(0);
      const lost = 21 - atLimit.length;
      expect(run.log().map((record) => record.log)).toEqual([
        ...atLimit,
        `berth: ${String(lost)} log records were lost: file too large\n`,
        'after\n',
      ]);
      expect(client.stdoutText().split('\n')).toHaveLength(23);
    });
  },
);

describe.each<{ kind: MonitorKind }>([{ kind: 'build' }, { kind: 'sanitized' }])(
  'a log that must not hold the program up ($kind)',
  ({ kind }) => {
    const texts = (run: MonitorRun, name?: string) => run.log(name).map((record) => record.log);
    /** The process that writes it: the monitor's child that is not the program. */
    const writerOf = (run: MonitorRun): number => {
      const pid = String(run.pid);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .map(Number);
      const writer = children.find((child) =>
        readFileSync(`/proc/${String(child)}/cmdline`).equals(readFileSync(`/proc/${pid}/cmdline`)),
      );
      if (writer === undefined) throw new Error('nobody writes the log');
      return writer;
    };
    const patient = ['--log-max-buffer', '65536'];
    const numbered = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `${String(from + index).padEnd(99)}\n`);

    it('drops whole lines while it cannot be written, and goes on with those that come after', async () => {
      const { run, client } = await echo(kind, patient);
      await say(client, 'before\n');
      await expect.poll(() => texts(run)).toEqual(['before\n']);
      const writer = writerOf(run);
      process.kill(writer, 'SIGSTOP');
      const lines = numbered(0, 3000);
      for (let at = 0; at < lines.length; at += 500) await say(client, lines.slice(at, at + 500).join(''));
      expect(texts(run)).toEqual(['before\n']);
      process.kill(writer, 'SIGCONT');
      await expect.poll(() => texts(run).length).toBeGreaterThan(400);
      await say(client, 'after\n');
      client.send(frameTypes.stdinEof);
      await client.untilClosed();
      expect(await run.ended).toBe(0);
      const logged = texts(run);
      expect(logged).toEqual(['before\n', ...lines.slice(0, logged.length - 2), 'after\n']);
      expect(logged.length).toBeLessThan(700);
    });

    it('is whole when the program ends, in all its files', async () => {
      const lines = numbered(0, 500);
      const run = await logOf(kind, Buffer.from(lines.join('')), [
        ...['--log-max-buffer', '1000000', '--log-max-size', '20000', '--log-max-file', '100'],
      ]);
      const files = readdirSync(run.dir).filter((name) => name.startsWith('x.log.'));
      expect(files.length).toBeGreaterThan(2);
      const old = files.map((_, index) => `x.log.${String(files.length - index)}`);
      expect([...old.flatMap((name) => texts(run, name)), ...texts(run)]).toEqual(lines);
    });

    it('is written by the monitor itself when its writer is killed', async () => {
      const { run, client } = await echo(kind, patient);
      await say(client, 'one\n');
      const writer = writerOf(run);
      process.kill(writer, 'SIGSTOP');
      await say(client, 'two\n');
      process.kill(writer, 'SIGKILL');
      await expect.poll(() => texts(run)).toEqual(['one\n', 'two\n']);
      await say(client, 'three\n');
      await expect.poll(() => texts(run)).toEqual(['one\n', 'two\n', 'three\n']);
      client.send(frameTypes.stdinEof);
      await client.untilClosed();
      expect(await run.ended).toBe(0);
    });

    it('is whole though the monitor is killed', async () => {
      const { run, client } = await echo(kind, patient);
      await say(client, 'one\n');
      const writer = writerOf(run);
      process.kill(writer, 'SIGSTOP');
      await say(client, 'two\n');
      run.kill();
      await run.ended;
      process.kill(writer, 'SIGCONT');
      await expect.poll(() => texts(run)).toEqual(['one\n', 'two\n']);
      await expect.poll(() => existsSync(`/proc/${String(writer)}`)).toBe(false);
    });
  },
);

it('refuses to start without its log', async () => {
  const run = await bench.start('build', ['--log', 'DIR/missing/x.log'], ['sleep', '60']);
  expect(await run.ended).toBe(1);
});
