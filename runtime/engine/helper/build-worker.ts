// The jobs of `berth-worker` that builds need (PROTOCOL.md, section 3): contexts unpacked and looked into, sources hashed and copied,
// a directory sealed as a layer.
import { z } from 'zod';
import { text as readText } from 'node:stream/consumers';
import type { FileView } from './file-worker.ts';
import type { ExtractedLayer } from './worker-client.ts';
import { folderUsage } from './folder-usage.ts';
import { byteCount, digest, layerFound, unpackedFiles } from './worker-answers.ts';
import { parseAnswer, runJob, streamJob, type WorkerInput } from './worker-job.ts';

/** An expression of paths; `keep` is for what matches and is not left out after all. */
export interface PathRule {
  readonly match: string;
  readonly keep?: boolean;
}

/** A path from the root of the selection, or all paths that match. */
export type SelectedSource =
  | { readonly path: string; readonly pivot?: string }
  | { readonly match: string; readonly base: string; readonly asked: string; readonly pivot?: string };

/** The merged files of an image's layers, or a folder. */
export type SelectionRoot =
  | { readonly root: string }
  | {
      readonly layers: string;
      readonly lower: readonly string[];
      /** An empty folder, and one to mount on. */
      readonly init: string;
      readonly point: string;
    };

/** What COPY or ADD takes: the document of worker/selection.h. */
export type Selection = SelectionRoot & {
  readonly sources: readonly SelectedSource[];
  readonly ignore?: readonly PathRule[];
  readonly exclude?: readonly PathRule[];
  readonly parents?: boolean;
  readonly keepOwner?: boolean;
};

/** Bits taken away, given, and given to directories and to what may be run. */
export interface ModeChange {
  readonly clear: number;
  readonly set: number;
  readonly setIfRun: number;
}

/** Where what is selected goes, and as what. */
export type CopyRequest = Selection & {
  readonly to: string;
  readonly toDirectory: boolean;
  readonly unpack?: boolean;
  readonly layer?: boolean;
  readonly modes?: readonly ModeChange[];
};

/** A view to write a step's files into; `volatile`: unmounting it flushes nothing. */
export type StepView = FileView & { readonly volatile: boolean };

const checksumAnswer = z.object({
  ok: z.literal(true),
  digest,
  items: byteCount,
  files: byteCount,
  bytes: byteCount,
  directory: z.boolean(),
  contents: z.string(),
});

const spooled = z.object({ ok: z.literal(true), digest, size: byteCount });

export type Checksum = Readonly<Omit<z.infer<typeof checksumAnswer>, 'ok'>>;

/** All reject with a WorkerError, or with the signal's reason. */
export interface BuildWorker {
  /** Keeps an archive as it comes in a new file; answers its digest. */
  spool(file: string, input: WorkerInput, signal: AbortSignal): Promise<string>;
  /** Unpacks an archive, however it is compressed, into an empty folder. */
  context(dest: string, input: WorkerInput, signal: AbortSignal): Promise<{ files: number; bytes: number }>;
  /** A small text file of a folder, links followed inside; undefined when it is not there. */
  peek(root: string, path: string, signal: AbortSignal): Promise<string | undefined>;
  /** `contents`: also of the files' bytes alone. */
  checksum(selection: Selection & { readonly contents?: boolean }, signal: AbortSignal): Promise<Checksum>;
  /** Bytes in each of the named folders of a folder. */
  usage(root: string, names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Copies into a view of a step's files, or into a folder. `user` owns all of it. */
  copy(
    request: CopyRequest,
    into: { readonly view: StepView } | { readonly dest: string },
    user: string | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  /** Makes of a directory what a layer is, where it lies: `split` is written. No entry is younger than `latestSeconds` since the epoch. */
  seal(
    root: string,
    split: string,
    latestSeconds: number | undefined,
    signal: AbortSignal,
  ): Promise<ExtractedLayer>;
}

/** A client for the worker program at `program` (an absolute path). */
export function createBuildWorker(program: string): BuildWorker {
  const json = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));
  return {
    async spool(file, input, signal) {
      return parseAnswer(spooled, await runJob({ program, args: ['spool', '--out', file], input, signal }))
        .digest;
    },
    async context(dest, input, signal) {
      const { files, bytes } = parseAnswer(
        unpackedFiles,
        await runJob({ program, args: ['context', '--dest', dest], input, signal }),
      );
      return { files, bytes };
    },
    async peek(root, path, signal) {
      try {
        const args = ['peek', '--root', root, '--path', path];
        const { data } = await streamJob({ program, args, signal });
        return await readText(data);
      } catch (error) {
        if (
          error instanceof Error &&
          'code' in error &&
          (error.code === 'ENOENT' || error.code === 'ENOTDIR')
        ) {
          return undefined;
        }
        throw error;
      }
    },
    async checksum(selection, signal) {
      const answer = await runJob({ program, args: ['checksum'], input: json(selection), signal });
      return parseAnswer(checksumAnswer, answer);
    },
    usage: (root, names) => folderUsage(program, root, names, '.'),
    async copy(request, into, user, signal) {
      const place = 'view' in into ? ['--view', JSON.stringify(into.view)] : ['--dest', into.dest];
      const args = ['take', ...place, ...(user === undefined ? [] : ['--user', user])];
      await runJob({ program, args, input: json(request), signal });
    },
    async seal(root, split, latestSeconds, signal) {
      const latest = latestSeconds === undefined ? [] : ['--latest', String(latestSeconds)];
      const args = ['seal', '--root', root, '--split', split, ...latest];
      const answer = await runJob({ program, args, signal });
      return parseAnswer(layerFound, answer);
    },
  };
}
