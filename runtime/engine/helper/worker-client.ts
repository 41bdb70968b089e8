// The jobs of `berth-worker` that are about images and the engine's own folders (PROTOCOL.md, section 3). Those on
// containers' files are the file worker's.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { byteCount, digest, layerFound, unpackedFiles } from './worker-answers.ts';
import { parseAnswer, runJob, streamJob, type WorkerInput } from './worker-job.ts';

const progressLine = z.object({ progress: z.object({ in: byteCount, out: byteCount }) });
const layerProgressLine = z.object({ progress: z.object({ in: byteCount }) });
const layerAnswer = z.object({ ok: z.literal(true), digest, size: byteCount, diffId: digest });
const removeLine = z.union([
  z.object({ removed: z.string() }),
  z.object({ failed: z.string(), message: z.string() }),
]);

/** What a layer's extraction found out: digest and size as read, diffID and size of the plain tar, bytes in files. */
export type ExtractedLayer = Readonly<Omit<z.infer<typeof layerFound>, 'ok'>>;

/** How far an extraction is: bytes read and bytes written. */
export interface WorkerProgress {
  readonly in: number;
  readonly out: number;
}

/** A stored layer's tar. It fails at its end when it has not the diffID that was asked for. */
export interface LayerTar {
  readonly data: Readable;
  /** What was read from `data`, once it was read to its end. */
  readonly blob: Promise<{ readonly digest: string; readonly size: number }>;
}

/** An entry of an archive to save: a directory, a text, or the tar of the layer in this folder. */
export type ArchiveEntry =
  | { readonly name: string; readonly directory: true }
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly layer: string; readonly diffId: string; readonly size: number };

/** The worker's jobs. Every one rejects with a {@link WorkerError}, the input's own error, or the signal's reason. */
export interface WorkerClient {
  /**
   * Extracts a layer (tar; plain, gzip or zstd) into an existing empty folder; verifies what it is told to. With `split`, a file to be
   * made, the layer can be written again; with `anyCompression` it may be packed by xz and bzip2, too.
   */
  extract(
    options: {
      dest: string;
      split?: string;
      anyCompression?: boolean;
      digest?: string;
      diffId?: string;
      sizeBytes?: number;
    },
    input: WorkerInput,
    control?: { signal?: AbortSignal; onProgress?: (progress: WorkerProgress) => void },
  ): Promise<ExtractedLayer>;
  /** Writes the layer in `layersFolder/id` again, plain or by gzip. `onProgress` tells the plain bytes so far. */
  layer(
    layersFolder: string,
    layer: { id: string; diffId: string; gzip: boolean },
    control: { signal: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<LayerTar>;
  /** An archive of these entries, with layers from `layersFolder`. */
  save(layersFolder: string, entries: readonly ArchiveEntry[], signal: AbortSignal): Promise<Readable>;
  /** Unpacks an image archive into an existing staging folder: regular files, folders, and links that stay inside. */
  unpack(
    dest: string,
    input: WorkerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly files: number; readonly bytes: number }>;
  /** Removes trees that are direct children of `root`; answers those that could not be removed. */
  remove(
    root: string,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly { readonly name: string; readonly message: string }[]>;
  /** Compiles a reduced seccomp profile (JSON text) into the filter file `out`. */
  seccomp(profile: string, out: string): Promise<void>;
}

/** A client for the worker program at `program` (an absolute path). */
export function createWorkerClient(program: string): WorkerClient {
  return {
    async extract(options, input, control = {}) {
      const args = ['extract', '--dest', options.dest];
      if (options.split !== undefined) args.push('--split', options.split);
      if (options.anyCompression === true) args.push('--any-compression');
      if (options.digest !== undefined) args.push('--digest', options.digest);
      if (options.diffId !== undefined) args.push('--diff-id', options.diffId);
      if (options.sizeBytes !== undefined) args.push('--size', String(options.sizeBytes));
      const answer = await runJob({
        program,
        args,
        input,
        signal: control.signal,
        onLine: (line) => {
          const parsed = progressLine.safeParse(line);
          if (parsed.success) control.onProgress?.(parsed.data.progress);
        },
      });
      return parseAnswer(layerFound, answer);
    },
    async layer(layersFolder, { id, diffId, gzip }, { signal, onProgress }) {
      const args = ['layer', '--root', layersFolder, '--name', id, '--diff-id', diffId];
      const { data, ended } = await streamJob({
        program,
        args: gzip ? [...args, '--gzip'] : args,
        signal,
        onLine: (line) => {
          const parsed = layerProgressLine.safeParse(line);
          if (parsed.success) onProgress?.(parsed.data.progress.in);
        },
      });
      const blob = ended.then((answer) => parseAnswer(layerAnswer, answer));
      blob.catch(() => undefined);
      return { data, blob };
    },
    async save(layersFolder, entries, signal) {
      const input = Buffer.from(JSON.stringify({ entries }));
      const { data } = await streamJob({ program, args: ['save', '--root', layersFolder], input, signal });
      return data;
    },
    async unpack(dest, input, signal) {
      const answer = await runJob({ program, args: ['unpack', '--dest', dest], input, signal });
      const { files, bytes } = parseAnswer(unpackedFiles, answer);
      return { files, bytes };
    },
    async remove(root, names, signal) {
      const failed: { name: string; message: string }[] = [];
      const input = Buffer.from(names.map((name) => `${name}\0`).join(''));
      await runJob({
        program,
        args: ['remove', '--root', root],
        input,
        signal,
        onLine: (line) => {
          const parsed = removeLine.safeParse(line);
          if (parsed.success && 'failed' in parsed.data) {
            failed.push({ name: parsed.data.failed, message: parsed.data.message });
          }
        },
      });
      return failed;
    },
    async seccomp(profile, out) {
      await runJob({ program, args: ['seccomp', '--out', out], input: Buffer.from(profile) });
    },
  };
}
