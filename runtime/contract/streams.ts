// What the UI may open and keep open. A stream carries binary data in both directions, typed JSON events from
// the backend and typed JSON controls from the UI. Data from the backend waits for acknowledged bytes.
import { z } from 'zod';

const id = z.string().min(1).max(300);

/** Progress of one layer, or of the pull as a whole when `layer` is empty. Text is the engine's. */
export interface PullEvent {
  readonly layer: string;
  readonly status: string;
  /** Bytes; 0 when unknown. */
  readonly current: number;
  readonly total: number;
}

/** A terminal session ended. */
export interface TerminalEvent {
  readonly exitCode: number;
}

export const streams = {
  /**
   * A container's log. Data is a run of records: stream u8 (1 stdout, 2 stderr), time f64 BE (ms since the epoch, 0 when
   * unknown), length u32 BE, and that many bytes of valid UTF-8: one line without its end. A record is never split over frames.
   */
  logs: {
    params: z.object({ id, tail: z.number().int().min(0).max(1_000_000), follow: z.boolean() }).strict(),
    control: z.never(),
  },
  /** A shell (or any command) in a running container. Data: raw terminal bytes both ways. Events: {@link TerminalEvent}. */
  terminal: {
    params: z
      .object({
        id,
        /** Empty: the first of bash, ash, sh that is there. */
        command: z.array(z.string()).max(100),
        user: z.string().max(255),
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
  /** A pull, cancelled by closing the stream. Events: {@link PullEvent}. Closed without an error = done. */
  pull: {
    params: z.object({ reference: z.string().trim().min(1).max(4096) }).strict(),
    control: z.never(),
  },
} as const;

export type StreamName = keyof typeof streams;
export type StreamParams<S extends StreamName> = z.infer<(typeof streams)[S]['params']>;
export type StreamControl<S extends StreamName> = z.infer<(typeof streams)[S]['control']>;
export interface StreamEvents {
  logs: never;
  terminal: TerminalEvent;
  pull: PullEvent;
}
