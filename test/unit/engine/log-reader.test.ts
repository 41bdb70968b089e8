// Reading a json-file log: the end of it, times, streams, rotation, and following it.
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog, type LogSource } from '../../../runtime/engine/containers/log-reader.ts';
import { parseTime } from '../../../runtime/engine/containers/log-record.ts';
import type { LogRequest } from '../../../runtime/engine/services.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'berth-log-'));
  file = path.join(folder, 'x-json.log');
});
afterEach(() => rm(folder, { recursive: true }));

const all: LogRequest = {
  stdout: true,
  stderr: true,
  follow: false,
  timestamps: false,
  details: false,
  tail: undefined,
  since: undefined,
  until: undefined,
};
const line = (text: string, second: number, stream = 'stdout'): string =>
  JSON.stringify({ log: text, stream, time: `2026-01-01T00:00:${String(second).padStart(2, '0')}.5Z` }) +
  '\n';

function source(change: Partial<LogSource> = {}): LogSource {
  return {
    file,
    format: 'json-file',
    tty: true,
    isRunning: () => false,
    whenEnded: () => Promise.resolve(),
    ...change,
  };
}

async function read(request: Partial<LogRequest>, from = source()): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of readLog(from, { ...all, ...request }, new AbortController().signal))
    parts.push(part);
  return Buffer.concat(parts).toString('latin1');
}

describe('a log at rest', () => {
  it('is empty when there is no file', async () => {
    expect(await read({})).toBe('');
    expect(await read({ tail: 5 })).toBe('');
  });

  it('comes as frames, or raw with a TTY', async () => {
    await writeFile(file, line('out\n', 1) + line('err\n', 2, 'stderr'));
    expect(await read({})).toBe('out\nerr\n');
    expect(await read({}, source({ tty: false }))).toBe('\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n');
    expect(await read({ stdout: false })).toBe('err\n');
  });

  it('joins the records of a long line', async () => {
    await writeFile(file, line('part ', 1) + line('rest\n', 1));
    expect(await read({})).toBe('part rest\n');
  });

  it('shows times with nine digits and filters by them', async () => {
    await writeFile(file, line('a\n', 1) + line('b\n', 2) + line('c\n', 3));
    const at = parseTime('2026-01-01T00:00:02.5Z');
    expect(at % 1_000_000_000n).toBe(500_000_000n);
    expect(await read({ timestamps: true, since: at, until: at })).toBe('2026-01-01T00:00:02.500000000Z b\n');
  });

  it.each([
    [0, ''],
    [1, 'line 4999\n'],
    [3, 'line 4997\nline 4998\nline 4999\n'],
  ])('ends with the last %d lines', async (tail, expected) => {
    await writeFile(
      file,
      Array.from({ length: 5000 }, (_, number) => line(`line ${String(number)}\n`, 1)).join(''),
    );
    expect(await read({ tail })).toBe(expected);
    expect((await read({ tail: 4999 })).split('\n')).toHaveLength(5000);
    expect((await read({ tail: 6000 })).split('\n')).toHaveLength(5001);
  });

  it('reaches back into rotated files', async () => {
    await writeFile(`${file}.2`, line('1\n', 1));
    await writeFile(`${file}.1`, line('2\n', 1) + line('3\n', 1));
    await writeFile(file, line('4\n', 1));
    expect(await read({})).toBe('1\n2\n3\n4\n');
    expect(await read({ tail: 2 })).toBe('3\n4\n');
    expect(await read({ tail: 3 })).toBe('2\n3\n4\n');
  });

  it('reads old files that are compressed', async () => {
    await writeFile(`${file}.3.gz`, gzipSync(line('1\n', 1) + line('2\n', 1)));
    await writeFile(`${file}.2.gz`, gzipSync(line('3\n', 3)));
    await writeFile(file, line('4\n', 5));
    expect(await read({})).toBe('1\n2\n3\n4\n');
    expect(await read({ tail: 3 })).toBe('2\n3\n4\n');
    expect(await read({ since: parseTime('2026-01-01T00:00:03Z') })).toBe('3\n4\n');
  });

  it('leaves out a torn record', async () => {
    await writeFile(file, line('a\n', 1) + '{"log":"to\n' + line('b\n', 1));
    expect(await read({})).toBe('a\nb\n');
  });
});

describe('a log that grows', () => {
  it('is followed over a rotation to the end of the container', async () => {
    let running = true;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    await writeFile(file, line('1\n', 1) + line('2\n', 1));
    const log = readLog(
      source({ isRunning: () => running, whenEnded: () => ended }),
      { ...all, follow: true, tail: 1 },
      new AbortController().signal,
    );
    const next = async (): Promise<string> => String((await log.next()).value);
    expect(await next()).toBe('2\n');
    await appendFile(file, line('3\n', 1));
    expect(await next()).toBe('3\n');
    await appendFile(file, line('4\n', 1));
    await rename(file, `${file}.1`);
    await writeFile(file, line('5\n', 1));
    expect(await next()).toBe('4\n');
    expect(await next()).toBe('5\n');
    await appendFile(file, line('last\n', 1));
    running = false;
    end();
    expect(await next()).toBe('last\n');
    expect((await log.next()).done).toBe(true);
  });

  it('is left when the client goes', async () => {
    const client = new AbortController();
    const log = readLog(
      source({ isRunning: () => true, whenEnded: () => new Promise(() => undefined) }),
      { ...all, follow: true },
      client.signal,
    );
    const waiting = log.next();
    client.abort();
    expect((await waiting).done).toBe(true);
  });
});
