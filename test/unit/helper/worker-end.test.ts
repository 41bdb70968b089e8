// A worker whose engine is gone: it must end at once, since the next engine may be cleaning up where it writes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { beforeAll, expect, it } from 'vitest';
import { tar } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { runWorker, yardForEach } from './worker-driver.ts';

let worker = '';
beforeAll(() => {
  worker = makeProgram('worker', 'plain');
});

const yard = yardForEach();

it.each(['extract', 'unpack'])(
  '%s ends when its parent is killed, although its input goes on',
  async (job) => {
    // The worker's input comes from us, past its parent, and so it never ends.
    const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.argv[1], process.argv.slice(2), { env: {}, stdio: [3, 'pipe', 'inherit'] });
    console.log(child.pid);
  `;
    const parent = spawn(process.execPath, ['-e', script, worker, job, '--dest', yard.dest], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const input = parent.stdio[3];
    if (!(input instanceof Writable)) throw new Error('there is no way to write to the worker');
    const exited = once(parent, 'exit');
    let said = '';
    parent.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    input.on('error', () => undefined);
    // All but the end of an archive, more of it than any buffer holds: its folder shows that the worker has begun.
    const archive = tar([
      { path: 'begun/', type: 'directory' },
      { path: 'begun/file', body: Buffer.alloc(16 << 20) },
    ]);
    input.write(archive.subarray(0, -(1 << 20)));
    await expect.poll(() => existsSync(path.join(yard.dest, 'begun')), { timeout: 30_000 }).toBe(true);
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/^\d+\n$/);
    const pid = Number(said);
    expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
    parent.kill('SIGKILL');
    await exited;
    await expect.poll(() => existsSync(`/proc/${String(pid)}`), { timeout: 30_000 }).toBe(false);
    input.destroy();
  },
);

it('does not begin when its parent was gone before it started', async () => {
  // The shell waits until nobody reads its stdout, as after a parent's death, and only then becomes the worker.
  const script = 'read go <&3; exec "$0" extract --dest "$1" 3<&-';
  const child = spawn('sh', ['-c', script, worker, yard.dest], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const exited = once(child, 'exit');
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(tar([{ path: 'begun/', type: 'directory' }]));
  const { stdout } = child;
  if (stdout === null) throw new Error('the shell has no stdout');
  const closed = once(stdout, 'close');
  stdout.destroy();
  await closed;
  const gate = child.stdio[3];
  if (!(gate instanceof Writable)) throw new Error('the shell has no gate');
  gate.write('go\n');
  const [code, signal]: unknown[] = await exited;
  expect([code, signal]).not.toEqual([0, null]);
  expect(existsSync(path.join(yard.dest, 'begun'))).toBe(false);
  gate.destroy();
});

it('keeps the folders of an unpacked archive to itself, those too that it was not told of', async () => {
  const outcome = await runWorker(
    worker,
    ['unpack', '--dest', yard.dest],
    tar([{ path: 'told/', type: 'directory', mode: 0o777 }, { path: 'told/of/not/file' }]),
  );
  expect(outcome.result).toBe('ok');
  for (const folder of ['told', 'told/of', 'told/of/not']) {
    expect([folder, statSync(path.join(yard.dest, folder)).mode & 0o777]).toEqual([folder, 0o700]);
  }
});
