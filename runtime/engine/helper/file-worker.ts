// The jobs of `berth-worker` on containers' files (PROTOCOL.md, section 3): out, in, what changed, how much it is.
// Hostile bytes and paths stay there; here are numbers, words and opaque streams.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { folderUsage } from './folder-usage.ts';
import { parseAnswer, runJob, streamJob, type WorkerInput } from './worker-job.ts';

/** A container's file system, for a worker to build a view of: the document in PROTOCOL.md. */
export interface FileView {
  readonly id: string;
  /** Its first process, while it runs. */
  readonly pid?: number;
  /** A folder to mount on, in the worker's own mount namespace. */
  readonly point: string;
  readonly layers: string;
  readonly lower: readonly string[];
  readonly init: string;
  readonly upper: string;
  readonly work: string;
  readonly readOnly: boolean;
  readonly mounts: readonly FileViewMount[];
  /** Mount points without a bind. */
  readonly folders: readonly string[];
  /** The same that are files: there, be it that nothing was mounted on them yet. */
  readonly files: readonly string[];
}

export interface FileViewMount {
  readonly source: string;
  /** Of an image: its layers, in the folder `source`, and an empty folder. */
  readonly lower?: readonly string[];
  readonly empty?: string;
  /** What of the source is mounted, reached by no link that leads out of it. */
  readonly subpath?: string;
  readonly destination: string;
  readonly readOnly: boolean;
  readonly recursive: boolean;
}

/** A path inside a container: absolute; with `follow`, the directory that it leads to is meant. */
export interface FilePath {
  readonly path: string;
  readonly follow: boolean;
}

const statLine = z.object({
  stat: z.object({
    size: z.int(),
    /** As in the kernel's `st_mode`. */
    mode: z.int(),
    seconds: z.int(),
    nanoseconds: z.int(),
    /** Where a link leads in the end; empty when it is none. */
    linkTarget: z.string(),
  }),
});
const changeLine = z.object({ change: z.object({ kind: z.int().min(0).max(2), path: z.string() }) });
const changesAnswer = z.object({ ok: z.literal(true), hiddenBytes: z.int() });

/** What lies at a path. */
export type FileStatus = z.infer<typeof statLine>['stat'];
/** A change: 0 modified, 1 added, 2 deleted. */
export type FileChange = z.infer<typeof changeLine>['change'];

/** All reject with a WorkerError; `ESRCH` says that the container of the view does not run any more. */
export interface FileWorker {
  stat(view: FileView, at: FilePath, signal: AbortSignal): Promise<FileStatus>;
  /** What lies at a path as a tar archive in which it is called `name`. */
  read(
    view: FileView,
    at: FilePath & { readonly name: string },
    signal: AbortSignal,
  ): Promise<{ status: FileStatus; archive: Readable }>;
  /** Unpacks an archive into a directory. `user`, when given, owns all of it. */
  write(
    view: FileView,
    into: { readonly path: string; readonly keepKinds: boolean; readonly user: string | undefined },
    archive: WorkerInput,
    signal: AbortSignal,
  ): Promise<void>;
  /** Sorted by path. */
  changes(view: FileView, signal: AbortSignal): Promise<FileChange[]>;
  /** The same of a layer, the view's upper directory, one by one; answers how many bytes of files below it they hide. */
  layerChanges(view: FileView, onChange: (change: FileChange) => void, signal: AbortSignal): Promise<number>;
  /** The whole root as a tar archive. */
  export(view: FileView, signal: AbortSignal): Promise<Readable>;
  /** The container's changes as a layer. */
  pack(view: FileView, signal: AbortSignal): Promise<Readable>;
  /** Bytes of each container's changes, by id; those that are gone are left out. */
  usage(containersFolder: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** Hears of each change among a job's lines. */
function changeListener(onChange: (change: FileChange) => void): (line: unknown) => void {
  return (line) => {
    const parsed = changeLine.safeParse(line);
    if (parsed.success) onChange(parsed.data.change);
  };
}

/** A client for the worker program at `program` (an absolute path). */
export function createFileWorker(program: string): FileWorker {
  const viewed = (job: string, view: FileView): string[] => [job, '--view', JSON.stringify(view)];
  const located = (job: string, view: FileView, at: FilePath): string[] => [
    ...viewed(job, view),
    '--path',
    at.path,
    ...(at.follow ? ['--follow'] : []),
  ];
  return {
    async stat(view, at, signal) {
      let first: unknown;
      const onLine = (line: unknown): void => {
        first ??= line;
      };
      await runJob({ program, args: located('stat', view, at), signal, onLine });
      return parseAnswer(statLine, first).stat;
    },
    async read(view, at, signal) {
      const args = [...located('read', view, at), '--name', at.name];
      const { first, data } = await streamJob({ program, args, signal });
      return { status: parseAnswer(statLine, first).stat, archive: data };
    },
    async write(view, { path, keepKinds, user }, input, signal) {
      const args = [
        ...located('write', view, { path, follow: true }),
        ...(keepKinds ? ['--keep-kinds'] : []),
        ...(user === undefined ? [] : ['--user', user]),
      ];
      await runJob({ program, args, input, signal });
    },
    async changes(view, signal) {
      const changes: FileChange[] = [];
      const onLine = changeListener((change) => changes.push(change));
      await runJob({ program, args: viewed('changes', view), signal, onLine });
      return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    },
    async layerChanges(view, onChange, signal) {
      const args = [...viewed('changes', view), '--all'];
      const answer = await runJob({ program, args, signal, onLine: changeListener(onChange) });
      return parseAnswer(changesAnswer, answer).hiddenBytes;
    },
    async export(view, signal) {
      return (await streamJob({ program, args: viewed('export', view), signal })).data;
    },
    async pack(view, signal) {
      return (await streamJob({ program, args: viewed('pack', view), signal })).data;
    },
    usage: (containersFolder, ids) => folderUsage(program, containersFolder, ids, 'upper'),
  };
}
