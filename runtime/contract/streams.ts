// What the UI may open and keep open. A stream carries binary data in both directions, typed JSON events from
// the backend and typed JSON controls from the UI. Data from the backend waits for acknowledged bytes.
import { z } from 'zod';
import type { BuildEvent, BuildHistoryEvent } from './builds.ts';
import { filePath, layerNumber } from './methods.ts';

const id = z.string().min(1).max(300);

/** What one container uses. */
export interface StatsSample {
  readonly id: string;
  /** Of one CPU: 200 is two CPUs fully used. null for the first sample, which has nothing to compare with. */
  readonly cpuPercent: number | null;
  /** Without the page cache that the kernel may take back, as `docker stats` counts. */
  readonly memoryBytes: number;
  /** The limit, or the machine's memory. */
  readonly memoryLimitBytes: number;
  /** Since the container started. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly pids: number;
}

/** What the engine's machine as a whole uses. */
export interface MachineSample {
  /** Of all CPUs together: 0 to 100. null when unknown. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  readonly memoryTotalBytes: number;
  /** Of the file system that holds the engine's data. */
  readonly diskUsedBytes: number;
  readonly diskTotalBytes: number;
}

/** One second's figures. `machine` is absent where the engine does not tell. */
export interface StatsEvent {
  readonly timeMs: number;
  readonly samples: readonly StatsSample[];
  readonly machine?: MachineSample;
}

/** So much of an upload has been taken, from its beginning. */
export const uploadEvent = z.object({ takenBytes: z.number() });
export type UploadEvent = z.infer<typeof uploadEvent>;
/** All is sent that the log held when it was opened: what comes now is new. */
export const logsEvent = z.object({ caughtUp: z.literal(true) });
export type LogsEvent = z.infer<typeof logsEvent>;
/** How much of an upload may be under way. */
export const uploadWindowBytes = 2 * 1024 * 1024;

export const streams = {
  /**
   * A container's log. Data is a run of records: stream u8 (1 stdout, 2 stderr), time f64 BE (ms since the epoch, 0 when
   * unknown), length u32 BE, and that many bytes of valid UTF-8: one line without its end. A record is never split over frames.
   * Events: {@link LogsEvent}, once, when it is asked for.
   */
  logs: {
    params: z
      .object({
        id,
        tail: z.number().int().min(0).max(1_000_000),
        follow: z.boolean(),
        /** Only lines from and to these times, ms since the epoch; null is no bound. */
        sinceMs: z.number().min(0).nullable(),
        untilMs: z.number().min(0).nullable(),
        tellsCaughtUp: z.boolean(),
      })
      .strict(),
    control: z.never(),
  },
  /**
   * A view of a terminal session. Data: raw terminal bytes both ways; first what the session keeps of its output (at least
   * the last 1 MB, cut at a character), then what comes. It closes when the session has ended and all was sent; the model
   * says how it ended. Closing it leaves the session running. The session has the size of the view that spoke last.
   */
  terminal: {
    params: z
      .object({
        session: id,
        rows: z.number().int().min(1).max(10_000),
        columns: z.number().int().min(1).max(10_000),
      })
      .strict(),
    control: z
      .object({
        resize: z.object({
          rows: z.number().int().min(1).max(10_000),
          columns: z.number().int().min(1).max(10_000),
        }),
      })
      .strict(),
  },
  /** A file of a volume, or a folder as a tar archive. Data: its bytes. */
  volumeDownload: {
    params: z.object({ id, path: filePath, kind: z.enum(['file', 'archive']) }).strict(),
    control: z.never(),
  },
  /**
   * Data from the window becomes a file of a volume, or is unpacked into a folder (a tar archive, compressed or not). The window sends
   * `sizeBytes` in all and leaves at most {@link uploadWindowBytes} untold by events: {@link UploadEvent}. It closes when all is in place.
   */
  volumeUpload: {
    params: z
      .object({ id, path: filePath, kind: z.enum(['file', 'archive']), sizeBytes: z.number().int().min(0) })
      .strict(),
    control: z.never(),
  },
  /** The same as `volumeDownload` of an image, or of one layer of it. Where the engine has the feature `imageFiles`. */
  imageDownload: {
    params: z
      .object({ id, layer: layerNumber.nullable(), path: filePath, kind: z.enum(['file', 'archive']) })
      .strict(),
    control: z.never(),
  },
  /** An image with all that is called by these names as an archive, as `docker save` makes it. Data: its bytes. */
  imageSave: { params: z.object({ names: z.array(id).min(1).max(100) }).strict(), control: z.never() },
  /** Data from the window is an archive to load, with events as of `volumeUpload`. It closes when its images are there. */
  imageLoad: { params: z.object({ sizeBytes: z.number().int().min(0) }).strict(), control: z.never() },
  /** The history of builds, the newest first, and what becomes of it. Where the engine has the feature `builds`. */
  builds: { params: z.object({}).strict(), control: z.never() },
  /** One build: first as it is, then what is new of it. It closes when the build has ended and all was told. */
  build: { params: z.object({ id }).strict(), control: z.never() },
  /** What these containers and the machine use, once a second. Events: {@link StatsEvent}. A control changes the set. */
  stats: {
    params: z.object({ ids: z.array(id).max(2000) }).strict(),
    control: z.object({ ids: z.array(id).max(2000) }).strict(),
  },
} as const;

export type StreamName = keyof typeof streams;
export type StreamParams<S extends StreamName> = z.infer<(typeof streams)[S]['params']>;
export type StreamControl<S extends StreamName> = z.infer<(typeof streams)[S]['control']>;
export interface StreamEvents {
  logs: LogsEvent;
  terminal: never;
  volumeDownload: never;
  volumeUpload: UploadEvent;
  imageDownload: never;
  imageSave: never;
  imageLoad: UploadEvent;
  builds: BuildHistoryEvent;
  build: BuildEvent;
  stats: StatsEvent;
}
