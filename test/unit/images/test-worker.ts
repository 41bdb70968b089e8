// The worker's jobs done in this process, for tests of what surrounds them: it verifies as the real one does and
// writes a layer's plain bytes to one file. The real one is tested where it is made.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type WorkerClient } from '../../../runtime/engine/helper/worker-client.ts';
import { WorkerError, type WorkerInput } from '../../../runtime/engine/helper/worker-job.ts';
import { sha256 } from './test-image.ts';

export interface TestWorker extends WorkerClient {
  /** How many layers were extracted. */
  extracted: number;
  /** The most extractions that ran at once. */
  mostAtOnce: number;
  /** Awaited after a layer's bytes were read. */
  hold: (() => Promise<void>) | undefined;
}

async function readAll(input: WorkerInput, limit: number, signal?: AbortSignal): Promise<Buffer> {
  if (input instanceof Uint8Array) return Buffer.from(input);
  if (typeof input === 'number') return readFileSync(input);
  const stream: Readable = input;
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => stream.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > limit) throw new WorkerError('EBADDIGEST', `more than ${String(limit)} bytes`);
  }
  signal?.throwIfAborted();
  return Buffer.concat(chunks);
}

export function createTestWorker(): TestWorker {
  let running = 0;
  const worker: TestWorker = {
    extracted: 0,
    mostAtOnce: 0,
    hold: undefined,
    async extract(options, input, control = {}) {
      worker.mostAtOnce = Math.max(worker.mostAtOnce, ++running);
      try {
        const bytes = await readAll(input, options.sizeBytes ?? Infinity, control.signal);
        control.onProgress?.({ in: bytes.length, out: 0 });
        await worker.hold?.();
        control.signal?.throwIfAborted();
        if (options.sizeBytes !== undefined && bytes.length < options.sizeBytes) {
          throw new WorkerError('ETRUNCATED', 'input ended early');
        }
        const digest = sha256(bytes);
        if (options.digest !== undefined && options.digest !== digest) {
          throw new WorkerError('EBADDIGEST', `digest is ${digest}`);
        }
        const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
        const diffId = `sha256:${createHash('sha256').update(plain).digest('hex')}`;
        if (options.diffId !== undefined && options.diffId !== diffId) {
          throw new WorkerError('EBADDIGEST', `diffID is ${diffId}`);
        }
        await writeFile(path.join(options.dest, 'content'), plain);
        worker.extracted++;
        return {
          digest,
          size: bytes.length,
          diffId,
          diffSize: plain.length,
          fileBytes: plain.length,
          entries: 1,
        };
      } finally {
        running--;
      }
    },
    async layer(folder, { id, diffId, gzip }) {
      const plain = readFileSync(path.join(folder, id, 'diff/content'));
      const bytes = gzip ? gzipSync(plain) : plain;
      const blob = { digest: sha256(bytes), size: bytes.length, diffId, diffSize: plain.length };
      return { data: Readable.from([bytes]), blob: Promise.resolve(blob) };
    },
    async save() {
      throw new WorkerError('EINVAL', 'not part of these tests');
    },
    async unpack(dest, input, signal) {
      const bytes = await readAll(input, Infinity, signal);
      const tar = spawnSync('tar', ['-xf', '-', '-C', dest], { input: bytes });
      if (tar.status !== 0) throw new WorkerError('EBADARCHIVE', 'this is no archive');
      return { files: 0, bytes: bytes.length };
    },
    async remove(root, names) {
      for (const name of names) await rm(path.join(root, name), { recursive: true, force: true });
      return [];
    },
    async seccomp() {
      throw new WorkerError('EINVAL', 'not part of these tests');
    },
  };
  return worker;
}
