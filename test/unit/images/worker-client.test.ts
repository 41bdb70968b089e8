import { mkdtempSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkerClient, type WorkerClient } from '../../../runtime/engine/helper/worker-client.ts';
import { createTrash } from '../../../runtime/engine/store/trash.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'berth-worker-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A client for a program that is this shell script. */
async function program(script: string): Promise<WorkerClient> {
  const file = path.join(folder, 'program');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return createWorkerClient(file);
}

const digest = `sha256:${'a'.repeat(64)}`;
const answer = `{"ok":true,"digest":"${digest}","size":1,"diffId":"${digest}","diffSize":2,"fileBytes":3,"entries":4}`;
const endless = (): Readable =>
  new Readable({
    read() {
      this.push(Buffer.alloc(65536));
    },
  });

describe('the worker client', () => {
  it('passes options and bytes in, progress and the answer out', async () => {
    const worker = await program(`
      echo "$@" > ${folder}/args
      cat > ${folder}/bytes
      echo '{"progress":{"in":1,"out":2}}'
      echo '${answer}'`);
    const progress: unknown[] = [];
    const input = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    const options = { dest: '/d', digest, diffId: digest, sizeBytes: 2 };
    const layer = await worker.extract(options, input, { onProgress: (value) => progress.push(value) });
    expect(layer).toMatchObject({ digest, fileBytes: 3, entries: 4 });
    expect(progress).toEqual([{ in: 1, out: 2 }]);
    expect(await readFile(`${folder}/bytes`, 'utf8')).toBe('ab');
    expect(await readFile(`${folder}/args`, 'utf8')).toBe(
      `extract --dest /d --digest ${digest} --diff-id ${digest} --size 2\n`,
    );
  });

  it('lets the worker read a file by itself', async () => {
    await writeFile(`${folder}/in`, 'from a file');
    const worker = await program(`cat > ${folder}/bytes; echo '{"ok":true,"files":1,"bytes":11}'`);
    const handle = await open(`${folder}/in`);
    expect(await worker.unpack('/d', handle.fd)).toEqual({ files: 1, bytes: 11 });
    await handle.close();
  });

  it('rejects with the worker’s error, though it read nothing', async () => {
    const worker = await program(`echo '{"error":{"code":"EBADDIGEST","message":"no"}}'; exit 1`);
    await expect(worker.unpack('/d', endless())).rejects.toMatchObject({ code: 'EBADDIGEST', message: 'no' });
  });

  it('rejects with the input’s error and ends the worker', async () => {
    const worker = await program('cat > /dev/null; exec sleep 1000');
    const input = new Readable({ read() {} });
    setTimeout(() => input.destroy(new Error('the line went dead')), 20);
    await expect(worker.unpack('/d', input)).rejects.toThrow('the line went dead');
  });

  it('kills the worker when aborted', async () => {
    const worker = await program(`echo $$ > ${folder}/pid; exec sleep 1000`);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('cancelled')), 100);
    await expect(worker.unpack('/d', endless(), cancel.signal)).rejects.toThrow('cancelled');
    const pid = Number(await readFile(`${folder}/pid`, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(worker.unpack('/d', endless(), cancel.signal)).rejects.toThrow('cancelled');
  });

  const crashes: readonly [what: string, script: string, message: RegExp][] = [
    ['dies', 'echo trouble >&2; kill -9 $$', /ended early \(SIGKILL\): trouble/],
    ['says nothing', 'exit 0', /ended early \(exit status 0\)/],
    ['says ok and fails', `echo '{"ok":true,"files":1,"bytes":1}'; exit 3`, /exit status 3/],
    ['answers nonsense', 'echo nonsense', /answered nonsense/],
    ['answers without end', `head -c 1000000 /dev/zero | tr '\\0' x`, /answered nonsense/],
    ['answers something else', `echo '{"ok":true}'`, /its protocol does not know/],
  ];
  it.each(crashes)('rejects when the worker %s', async (_what, script, message) => {
    const worker = await program(script);
    await expect(worker.unpack('/d', new Uint8Array())).rejects.toMatchObject({
      code: 'ECRASHED',
      message: expect.stringMatching(message),
    });
  });

  it('rejects when there is no such program', async () => {
    const worker = createWorkerClient(path.join(folder, 'none'));
    await expect(worker.unpack('/d', endless())).rejects.toThrow(/could not be run/);
  });

  it('tells which trees could not be removed', async () => {
    const worker = await program(`
      cat > ${folder}/names
      echo '{"removed":"a"}'; echo '{"failed":"b","message":"busy"}'; echo '{"ok":true}'`);
    expect(await worker.remove('/r', ['a', 'b'])).toEqual([{ name: 'b', message: 'busy' }]);
    expect(await readFile(`${folder}/names`, 'utf8')).toBe('a\0b\0');
  });
});

describe('the trash', () => {
  const removing = (batches: (readonly string[])[]): Pick<WorkerClient, 'remove'> => ({
    async remove(root, names) {
      batches.push(names);
      for (const name of names) await rm(path.join(root, name), { recursive: true });
      return [];
    },
  });

  it('takes folders away at once and removes them together', async () => {
    const batches: (readonly string[])[] = [];
    const trash = await createTrash(folder, removing(batches));
    await mkdir(`${folder}/a/b`, { recursive: true });
    await mkdir(`${folder}/c`);
    await Promise.all([
      trash.discard(`${folder}/a`),
      trash.discard(`${folder}/c`),
      trash.discard(`${folder}/none`),
    ]);
    expect(await readdir(folder)).toEqual(['trash']);
    await trash.settled();
    expect(await readdir(`${folder}/trash`)).toEqual([]);
    expect(batches.flat()).toHaveLength(2);
  });

  it('empties at the start what an earlier engine left', async () => {
    await mkdir(`${folder}/trash/old/deep`, { recursive: true });
    const trash = await createTrash(folder, removing([]));
    await trash.settled();
    expect(await readdir(`${folder}/trash`)).toEqual([]);
  });

  it('tries again with the next one when the worker failed', async () => {
    const batches: (readonly string[])[] = [];
    const good = removing(batches);
    let fail = true;
    const trash = await createTrash(folder, {
      async remove(root, names) {
        if (fail) throw new Error('no worker');
        return good.remove(root, names);
      },
    });
    await mkdir(`${folder}/a`);
    await trash.discard(`${folder}/a`);
    await trash.settled();
    expect(await readdir(`${folder}/trash`)).toHaveLength(1);
    fail = false;
    await mkdir(`${folder}/b`);
    await trash.discard(`${folder}/b`);
    await trash.settled();
    expect(await readdir(`${folder}/trash`)).toEqual([]);
  });
});
