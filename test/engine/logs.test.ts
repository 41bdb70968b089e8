// Logs of real containers: drivers and their options, reading back in every way, compression, rotation under a reader, an
// engine that dies in the middle of a flood, and search.
import http from 'node:http';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

type LogConfig = Docker.HostConfig['LogConfig'];

/** A container whose shell runs a script. */
async function start(
  script: string,
  log?: LogConfig,
  more?: Docker.ContainerCreateOptions,
): Promise<Docker.Container> {
  const container = await engine.docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', script],
    ...more,
    HostConfig: { ...(log === undefined ? {} : { LogConfig: log }) },
  });
  await container.start();
  return container;
}

const folderOf = ({ id }: Docker.Container): string => path.join(engine.folder, 'data', 'containers', id);
const jsonLog = ({ id }: Docker.Container): string =>
  path.join(engine.folder, 'data', 'containers', id, `${id}-json.log`);

/** An answer's status and body; `enough` cuts it. */
async function get(
  target: string,
  enough?: (text: string) => boolean,
): Promise<{ status: number; text: string }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get({ socketPath: engine.socket, path: target, agent: false }, resolve).on('error', reject);
  });
  let text = '';
  for await (const chunk of response) {
    text += (chunk as Buffer).toString('latin1');
    if (enough?.(text) === true) break;
  }
  response.destroy();
  return { status: response.statusCode ?? 0, text };
}

describe('drivers', () => {
  it('json-file carries labels, variables and a tag in each record, and shows them as details', async () => {
    const container = await start(
      'echo out; echo err >&2',
      {
        Type: 'json-file',
        Config: {
          labels: 'l1,l2',
          env: 'E1',
          'env-regex': '^X',
          'labels-regex': '^z',
          tag: '{{.Name}}/{{.ID}}',
        },
      },
      { name: 'tagged', Labels: { l1: 'v & <1>', zed: 'q"' }, Env: ['E1=e1=2', 'Xa=', 'F=1'] },
    );
    await container.wait();
    const attrs = `{"E1":"e1=2","Xa":"","l1":"v \\u0026 \\u003c1\\u003e","tag":"tagged/${container.id.slice(0, 12)}","zed":"q\\""}`;
    expect((await readFile(jsonLog(container), 'utf8')).replaceAll(/"time":"[^"]*"/g, 'T')).toBe(
      `{"log":"out\\n","stream":"stdout","attrs":${attrs},T}\n{"log":"err\\n","stream":"stderr","attrs":${attrs},T}\n`,
    );
    const shown = await engine.cli(['logs', '--details', 'tagged']);
    const details = `E1=e1%3D2,Xa=,l1=v+%26+%3C1%3E,tag=tagged%2F${container.id.slice(0, 12)},zed=q%22`;
    expect(shown).toMatchObject({ stdout: `${details} out\n`, stderr: `${details} err\n` });
    const pids = await engine.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline']);
    expect(pids.stdout).not.toContain('e1=2');
    await container.remove();
  });

  it('local keeps every byte, is read like any other, and has no path', async () => {
    const container = await start('printf "bad\\377\\000\\nsecond\\n\\nlast"; echo error >&2', {
      Type: 'local',
      Config: {},
    });
    await container.wait();
    const read = (query: string) => get(`/containers/${container.id}/logs?${query}`);
    expect((await read('stdout=1')).text).toBe(
      '\x01\0\0\0\0\0\0\x06bad\xff\0\n\x01\0\0\0\0\0\0\x07second\n\x01\0\0\0\0\0\0\x01\n\x01\0\0\0\0\0\0\x04last',
    );
    expect((await read('stderr=1&tail=1')).text.slice(8)).toMatch(/^$|^error\n$/);
    expect((await read('stderr=1&timestamps=1')).text).toMatch(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z error\n$/,
    );
    expect(await container.inspect()).toMatchObject({
      LogPath: '',
      HostConfig: { LogConfig: { Type: 'local' } },
    });
    await container.remove();
  });

  it('that must not block log all that the disk takes in time, and can be followed', async () => {
    const container = await start(
      'read go; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done',
      {
        Type: 'json-file',
        Config: { mode: 'non-blocking', 'max-buffer-size': '2m', 'max-size': '20k', 'max-file': '20' },
      },
      { OpenStdin: true, StdinOnce: true },
    );
    const following = engine.cli(['logs', '-f', container.id]);
    const stdin = await container.attach({ stream: true, stdin: true, hijack: true });
    stdin.end('go\n');
    const all = Array.from({ length: 2000 }, (_, index) => `line ${String(index + 1)}\n`).join('');
    expect((await following).stdout).toBe(all);
    expect((await engine.cli(['logs', container.id])).stdout).toBe(all);
    await container.remove();
  });

  it('none keeps nothing and says so', async () => {
    const container = await start('echo x', { Type: 'none', Config: {} });
    await container.wait();
    const { status, text } = await get(`/containers/${container.id}/logs?stdout=1`);
    expect([status, JSON.parse(text)]).toEqual([
      501,
      { message: 'configured logging driver does not support reading' },
    ]);
    expect(await readdir(folderOf(container))).not.toContain(`${container.id}-json.log`);
    await container.remove();
  });

  it('refuse values when the container is started, in the words of Docker', async () => {
    const container = await engine.docker.createContainer({
      Image: 'busybox',
      HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': 'x' } } },
    });
    await expect(container.start()).rejects.toMatchObject({
      statusCode: 500,
      json: { message: "failed to initialize logging driver: invalid size: 'x'" },
    });
    await container.remove();
  });
});

describe('files', () => {
  const lines = 3000;
  const script = `i=0; while [ $i -lt ${String(lines)} ]; do i=$((i+1)); echo line $i; done; sleep 1000`;
  const all = Array.from({ length: lines }, (_, index) => `line ${String(index + 1)}`);

  it('are compressed when they are old, and read to the last line', async () => {
    const container = await start(
      script,
      { Type: 'json-file', Config: { 'max-size': '20k', 'max-file': '100', compress: 'true' } },
      { Tty: true },
    );
    const old = async () => (await readdir(folderOf(container))).filter((name) => /\.log\.\d+/.test(name));
    await expect
      .poll(async () => (await get(`/containers/${container.id}/logs?stdout=1&tail=1`)).text, {
        timeout: 60_000,
      })
      .toBe(`line ${String(lines)}\r\n`);
    await expect
      .poll(async () => (await old()).every((name) => name.endsWith('.gz')), { timeout: 60_000 })
      .toBe(true);
    const names = await old();
    // Some rotations wait for the compressor of the one before.
    expect(names.length).toBeGreaterThan(3);
    const first = gunzipSync(await readFile(`${jsonLog(container)}.${String(names.length)}.gz`)).toString();
    expect(first).toMatch(/^\{"log":"line 1\\r\\n","stream":"stdout","time":"[^"]+"\}\n/);
    const read = async (query: string) =>
      (await get(`/containers/${container.id}/logs?stdout=1&${query}`)).text.split('\r\n').slice(0, -1);
    expect(await read('')).toEqual(all);
    expect(await read('tail=2500')).toEqual(all.slice(-2500));
    const stamped = await read('timestamps=1&tail=2000');
    const time = Date.parse(`${stamped[0]?.slice(0, 23) ?? ''}Z`) / 1000;
    expect((await read(`since=${String(time)}`)).length).toBeGreaterThanOrEqual(1999);
    await container.remove({ force: true });
  });

  it('may rotate under a reader, who loses nothing', async () => {
    const container = await start(
      `read go; ${script}`,
      { Type: 'local', Config: { 'max-size': '8k', 'max-file': '200', compress: 'true' } },
      { Tty: true, OpenStdin: true },
    );
    const following = get(`/containers/${container.id}/logs?stdout=1&follow=1`, (text) =>
      text.includes(`line ${String(lines)}\r\n`),
    );
    const stdin = await container.attach({ stream: true, stdin: true, hijack: true });
    stdin.end('go\n');
    const { text } = await following;
    expect(text.split('\r\n').filter((line) => line.startsWith('line'))).toEqual(all);
    await container.remove({ force: true });
  });

  it('have an index by which times are found', async () => {
    const container = await start(
      'yes 0123456789012345678901234567890123456789 | head -c 2870000; sleep 1; echo late; sleep 1000',
    );
    await expect
      .poll(async () => (await engine.cli(['logs', '--tail', '1', container.id])).stdout, { timeout: 60_000 })
      .toBe('late\n');
    const index = await readFile(`${jsonLog(container)}.idx`);
    expect(index.length % 16).toBe(0);
    expect(index.length).toBeGreaterThan(16 * 10);
    const log = await readFile(jsonLog(container));
    for (let at = 0; at < index.length; at += 16) expect(log[Number(index.readBigUInt64LE(at)) - 1]).toBe(10);
    const stamp = (await engine.cli(['logs', '-t', '--tail', '1', container.id])).stdout.split(' ')[0] ?? '';
    const late = await engine.cli(['logs', '--since', stamp, container.id]);
    expect(late.stdout).toBe('late\n');
    await container.remove({ force: true });
  });

  it('lose nothing when the engine dies in the middle of a flood', async () => {
    const container = await start('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done');
    await engine.kill('SIGKILL');
    await engine.restart();
    await container.wait();
    const { stdout } = await engine.cli(['logs', container.id]);
    expect(stdout.split('\n')).toEqual([
      ...Array.from({ length: 20_000 }, (_, index) => String(index + 1)),
      '',
    ]);
    await container.remove();
  });
});

describe('search', () => {
  const match = z.strictObject({
    time: z.iso.datetime(),
    stream: z.enum(['stdout', 'stderr']),
    position: z.string(),
    line: z.string(),
  });
  const search = async (container: Docker.Container, query: string) => {
    const { status, text } = await get(`/berth/containers/${container.id}/logs/search?${query}`);
    if (status !== 200) return text;
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => match.parse(JSON.parse(Buffer.from(line, 'latin1').toString())));
  };

  it.each([
    { Type: 'json-file', Config: {} },
    { Type: 'local', Config: { 'max-size': '10k', 'max-file': '20' } },
  ])('finds lines in $Type, page by page, the newest first', async (log) => {
    const container = await start(
      'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "<Line> $i é"; done; echo "Line error" >&2; sleep 0.2; echo end',
      log,
    );
    await container.wait();
    const found = async (query: string) => {
      const matches = await search(container, query);
      return typeof matches === 'string' ? matches : matches.map(({ line }) => line);
    };
    expect(await found('q=%3Cline%3E%2099&limit=3')).toEqual([
      '<Line> 999 é',
      '<Line> 998 é',
      '<Line> 997 é',
    ]);
    expect(await found('q=line%20999&case=1')).toEqual([]);
    expect(await found('q=error')).toEqual(['Line error']);
    expect(await found('q=error&stdout=1')).toEqual([]);
    expect(await found('q=%5E%3CL.*%20(42%7C7)%20.%24&regex=1')).toEqual(['<Line> 42 é', '<Line> 7 é']);
    expect(await found('q=stdout')).toEqual([]);
    expect(JSON.parse(String(await found('q=(&regex=1')))).toEqual({
      message: 'the expression cannot be understood: a group has no end',
    });
    const pages: string[] = [];
    for (let before = ''; ;) {
      const page = await search(container, `q=Line%3E&limit=300&stdout=1${before}`);
      if (typeof page === 'string') throw new Error(page);
      const last = page.at(-1);
      if (last === undefined) break;
      pages.push(...page.map(({ line }) => line));
      before = `&before=${last.position}`;
    }
    expect(pages).toEqual(Array.from({ length: 1000 }, (_, index) => `<Line> ${String(1000 - index)} é`));
    const [end] = (await search(container, 'q=end')) as z.infer<typeof match>[];
    expect(await found(`q=e&since=${String(Date.parse(end?.time ?? '') / 1000 - 0.1)}`)).toEqual(['end']);
    await container.remove();
  });

  it('ends with the client', async () => {
    const container = await start('yes "the same line" | head -c 30000000');
    await container.wait();
    expect((await stat(jsonLog(container))).size).toBeGreaterThan(30_000_000);
    await get(
      `/berth/containers/${container.id}/logs/search?q=same&limit=1000000`,
      (text) => text.length > 10_000,
    );
    await engine.leakCheck();
    await container.remove();
  });
});
