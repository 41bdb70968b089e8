// The jobs of `berth-worker` that are about images and the engine's own folders (PROTOCOL.md, section 3). Those on
// containers' files are the file worker's.
import { z } from 'zod';
import { parseAnswer, runJob, type WorkerInput } from './worker-job.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const byteCount = z.number().int().nonnegative();

const progressLine = z.object({ progress: z.object({ in: byteCount, out: byteCount }) });
const extractAnswer = z.object({
  ok: z.literal(true),
  digest,
  size: byteCount,
  diffId: digest,
  diffSize: byteCount,
  fileBytes: byteCount,
  entries: byteCount,
});
const unpackAnswer = z.object({ ok: z.literal(true), files: byteCount, bytes: byteCount });
const removeLine = z.union([
  z.object({ removed: z.string() }),
  z.object({ failed: z.string(), message: z.string() }),
]);

/** What a layer's extraction found out: digest and size as read, diffID and size of the plain tar, bytes in files. */
export type ExtractedLayer = Readonly<Omit<z.infer<typeof extractAnswer>, 'ok'>>;

/** How far an extraction is: bytes read and bytes written. */
export interface WorkerProgress {
  readonly in: number;
  readonly out: number;
}

/** The worker's jobs. Every one rejects with a {@link WorkerError}, the input's own error, or the signal's reason. */
export interface WorkerClient {
  /** Extracts a layer (tar; plain, gzip or zstd) into an existing empty folder; verifies what it is told to. */
  extract(
    options: { dest: string; digest?: string; diffId?: string; sizeBytes?: number },
    input: WorkerInput,
    control?: { signal?: AbortSignal; onProgress?: (progress: WorkerProgress) => void },
  ): Promise<ExtractedLayer>;
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
      return parseAnswer(extractAnswer, answer);
    },
    async unpack(dest, input, signal) {
      const answer = await runJob({ program, args: ['unpack', '--dest', dest], input, signal });
      const { files, bytes } = parseAnswer(unpackAnswer, answer);
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
