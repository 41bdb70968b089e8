// Joins a hijacked client connection to the streams of a monitor: output to the client as Docker frames or raw, input
// to the program, with back-pressure both ways and the detach keys looked for on a TTY.
import type { Duplex } from 'node:stream';
import { connectMonitor, type ExitRecord, type MonitorConnection } from '../helper/monitor-client.ts';
import { DetachKeyFilter } from './detach-keys.ts';

/** What is attached, and how. */
export interface AttachOptions {
  readonly tty: boolean;
  /** Output without Docker's frames. */
  readonly raw: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** The end of the client's input closes the program's stdin; else it ends the attachment. */
  readonly closeStdin: boolean;
  /** The program's output waits for this client alone. */
  readonly go?: boolean;
  readonly detachKeys: Buffer;
  readonly onDetach: () => void;
}

/** How an attachment ended: with the program, all its output passed on; or before, by the client. */
export type AttachEnd = 'program-ended' | 'client-left' | 'detached';

/** An attachment that has begun. */
export interface AttachSession {
  readonly done: Promise<AttachEnd>;
  /** How the program ended; undefined when the attachment ended before. */
  readonly exited: Promise<ExitRecord | undefined>;
}

/** Attaches `client` to the monitor in `room`; resolves as the monitor knows of it. `before` comes ahead of any output. */
export async function beginAttach(
  room: string,
  client: Duplex,
  options: AttachOptions,
  before?: () => Promise<void>,
): Promise<AttachSession> {
  const held: Buffer[] = [];
  let open = before === undefined;
  const send = (bytes: Buffer): boolean => {
    if (client.destroyed || client.writableEnded) return true;
    return client.write(bytes);
  };
  const monitor = await connectMonitor(
    room,
    {
      stdin: options.stdin,
      stdout: options.stdout,
      stderr: options.stderr,
      raw: options.raw,
      go: options.go === true,
    },
    (bytes) => {
      if (open) return send(bytes);
      held.push(bytes); // bounded: the connection is paused from here on
      return false;
    },
  );
  if (before !== undefined) {
    await before();
    open = true;
    for (const bytes of held) send(bytes);
    if (!client.writableNeedDrain) monitor.resumeOutput();
  }
  return { done: pump(monitor, client, options), exited: monitor.exited };
}

async function pump(monitor: MonitorConnection, client: Duplex, options: AttachOptions): Promise<AttachEnd> {
  const keys = options.tty && options.stdin ? new DetachKeyFilter(options.detachKeys) : undefined;
  return new Promise<AttachEnd>((resolve) => {
    const finish = (end: AttachEnd): void => {
      client.off('data', onData).off('end', onEnd).off('close', onClose).off('drain', onDrain);
      monitor.close();
      resolve(end);
    };
    const onData = (chunk: Buffer): void => {
      if (!options.stdin) return; // read only to notice its end
      const { pass, detached } = keys?.feed(chunk) ?? { pass: chunk, detached: false };
      if (pass.length > 0 && !monitor.writeStdin(pass)) {
        client.pause();
        monitor.whenWritable(() => client.resume());
      }
      if (detached) {
        options.onDetach();
        finish('detached');
      }
    };
    const onEnd = (): void => {
      if (!options.stdin) return;
      // A program that keeps its stdin has others to come: this client is done, as in Docker.
      if (options.closeStdin) monitor.endStdin();
      else finish('client-left');
    };
    const onClose = (): void => finish('client-left');
    const onDrain = (): void => monitor.resumeOutput();
    client.on('data', onData).on('end', onEnd).on('close', onClose).on('drain', onDrain);
    client.on('error', () => undefined);
    void monitor.exited.then(() => finish('program-ended'));
    if (client.destroyed) onClose();
    else if (client.readableEnded) onEnd();
    else client.resume();
  });
}
