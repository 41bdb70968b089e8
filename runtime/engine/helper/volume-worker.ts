// The jobs of `berth-worker` on volumes (PROTOCOL.md, section 3): their file systems, their sizes, what is in them. What only reads
// also works on images.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { FileView } from './file-worker.ts';
import { folderUsage } from './folder-usage.ts';
import { parseAnswer, runJob, streamJob, type WorkerInput } from './worker-job.ts';

const copyAnswer = z.object({ ok: z.literal(true), copied: z.boolean(), entries: z.int(), bytes: z.int() });
const listAnswer = z.object({ ok: z.literal(true), names: z.int() });
const entryLine = z.object({
  entry: z.object({
    name: z.string(),
    /** As in the kernel's `st_mode`. */
    mode: z.int(),
    size: z.int(),
    uid: z.int(),
    gid: z.int(),
    /** When it was changed last, since the epoch. */
    seconds: z.int(),
    linkTarget: z.string(),
    /** In a layer: takes away what lies below. */
    whiteout: z.boolean(),
  }),
});
const fileLine = z.object({ file: z.object({ size: z.int(), mode: z.int() }) });

/** One name in a directory. */
export type FolderEntry = z.infer<typeof entryLine>['entry'];

/** A directory's names, sorted; `names` is how many there are, of which the first thousands are told. */
export interface FolderList {
  readonly entries: readonly FolderEntry[];
  readonly names: number;
}

/** Where a copy is taken from: a folder, or a container's files. */
export type CopySource = { readonly root: string } | { readonly view: FileView };

/** Where files are read: in a folder, or in a view. */
export type ReadSource = string | FileView;

/** All reject with a WorkerError. Paths are absolute below `root`, out of which none of them leads. */
export interface VolumeWorker {
  mount(
    target: string,
    what: { readonly type: string; readonly source: string; readonly options: string },
  ): Promise<void>;
  /** No error when nothing is mounted there. */
  unmount(target: string): Promise<void>;
  /** Bytes in each volume's `_data`, by name; those that are gone are left out. */
  usage(volumesFolder: string, names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Copies a directory into an empty folder; answers whether it did: there may be none, or the folder not be empty. */
  copy(from: CopySource, path: string, into: string, signal?: AbortSignal): Promise<boolean>;
  list(root: ReadSource, path: string, signal: AbortSignal): Promise<FolderList>;
  /** A regular file. */
  get(
    root: ReadSource,
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly sizeBytes: number; readonly data: Readable }>;
  /** Replaces a file, or makes one, once all bytes are there. */
  put(
    root: string,
    path: string,
    input: WorkerInput,
    options: { readonly sizeBytes: number | undefined; readonly signal: AbortSignal },
  ): Promise<void>;
  /** A file, link or directory with all that is in it. */
  remove(root: string, path: string, signal: AbortSignal): Promise<void>;
  /** Another name in the same directory. */
  rename(root: string, path: string, name: string, signal: AbortSignal): Promise<void>;
  /** What lies at a path as a tar archive in which it is called `name`. */
  pack(root: ReadSource, path: string, name: string, signal: AbortSignal): Promise<Readable>;
  /** Unpacks an archive into a directory. */
  unpack(root: string, path: string, archive: WorkerInput, signal: AbortSignal): Promise<void>;
}

/** A client for the worker program at `program` (an absolute path). */
export function createVolumeWorker(program: string): VolumeWorker {
  const at = (job: string, root: ReadSource, path: string): string[] => [
    job,
    ...(typeof root === 'string' ? ['--root', root] : ['--view', JSON.stringify(root)]),
    '--path',
    path,
  ];
  return {
    async mount(target, { type, source, options }) {
      const args = ['mount', '--dest', target, '--type', type, '--source', source, '--options', options];
      await runJob({ program, args });
    },
    async unmount(target) {
      await runJob({ program, args: ['unmount', '--dest', target] });
    },
    usage: (volumesFolder, names) => folderUsage(program, volumesFolder, names, '_data'),
    async copy(from, path, into, signal) {
      const source = 'root' in from ? ['--root', from.root] : ['--view', JSON.stringify(from.view)];
      const args = ['copy', ...source, '--path', path, '--dest', into];
      return parseAnswer(copyAnswer, await runJob({ program, args, signal })).copied;
    },
    async list(root, path, signal) {
      const entries: FolderEntry[] = [];
      const onLine = (line: unknown): void => {
        const parsed = entryLine.safeParse(line);
        if (parsed.success) entries.push(parsed.data.entry);
      };
      const answer = await runJob({ program, args: at('list', root, path), signal, onLine });
      return { entries, names: parseAnswer(listAnswer, answer).names };
    },
    async get(root, path, signal) {
      const { first, data } = await streamJob({ program, args: at('get', root, path), signal });
      return { sizeBytes: parseAnswer(fileLine, first).file.size, data };
    },
    async put(root, path, input, { sizeBytes, signal }) {
      const size = sizeBytes === undefined ? [] : ['--size', String(sizeBytes)];
      await runJob({ program, args: [...at('put', root, path), ...size], input, signal });
    },
    async remove(root, path, signal) {
      await runJob({ program, args: at('delete', root, path), signal });
    },
    async rename(root, path, name, signal) {
      await runJob({ program, args: [...at('rename', root, path), '--name', name], signal });
    },
    async pack(root, path, name, signal) {
      const args = [...at('read', root, path), '--name', name, '--follow'];
      return (await streamJob({ program, args, signal })).data;
    },
    async unpack(root, path, archive, signal) {
      await runJob({ program, args: [...at('write', root, path), '--follow'], input: archive, signal });
    },
  };
}
