// A connection to one monitor (helper protocol, section 2): output with back-pressure, stdin, resize, signals, and
// the exit record. Monitors outlive the engine; connecting again after a restart is the ordinary way.
import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { parseIp } from '../../syntax/ip.ts';
import { readRecord } from '../store/records.ts';
import { FrameSplitter, frame, frameHeader, frameType, maxClientPayloadBytes } from './monitor-frames.ts';

const protocolVersion = 1;
/** sockaddr_un holds 108 bytes with the final NUL. */
const maxSocketPathBytes = 107;

/** The first frame of a monitor on each connection. */
const greetingSchema = z.object({
  protocol: z.literal(protocolVersion),
  pid: z.number().int(),
  monitor: z.number().int(),
  startedAt: z.string(),
  exited: z.boolean(),
  /** It can be told that the container's addresses changed; older ones cannot. */
  targets: z.boolean().default(false),
});
export type MonitorGreeting = z.infer<typeof greetingSchema>;

/** How the monitored program ended; frame 9, and `exit.json`. */
export const exitRecordSchema = z.object({
  exitCode: z.number().int(),
  signal: z.number().int(),
  oomKilled: z.boolean(),
  finishedAt: z.string(),
});
export type ExitRecord = z.infer<typeof exitRecordSchema>;

/** What a connection is for. */
export interface MonitorInterest {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** The engine's own connection. */
  readonly control?: boolean;
  /** Output is wanted without frame headers (a TTY). */
  readonly raw?: boolean;
  /** Ends `hold` as the connection is known: it misses nothing, and no round trip is made for it. */
  readonly go?: boolean;
}

/** Who takes the output. Returns false to say "no more" until {@link MonitorConnection.resumeOutput}. */
export type OutputListener = (bytes: Buffer) => boolean;

/** One connection. Made by {@link connectMonitor}; lives until either side closes it. */
export class MonitorConnection {
  readonly greeting: MonitorGreeting;
  /** Resolves as the program has ended: the exit record, or undefined when the connection was lost or closed before. */
  readonly exited: Promise<ExitRecord | undefined>;
  /** Resolves when the connection is over, which for a connection nobody closes means: the monitor has ended. */
  readonly closed: Promise<void>;
  /** Called when the log went on in a new file; only on a control connection. */
  onRotated: (() => void) | undefined;
  /** Called when the OOM killer came for something in the container; only on a control connection. */
  onOutOfMemory: (() => void) | undefined;
  readonly #socket: Socket;

  constructor(
    socket: Socket,
    greeting: MonitorGreeting,
    exited: Promise<ExitRecord | undefined>,
    closed: Promise<void>,
  ) {
    this.#socket = socket;
    this.greeting = greeting;
    this.exited = exited;
    this.closed = closed;
  }

  /** Gives stdin; false means: wait for {@link whenWritable} before giving more. */
  writeStdin(bytes: Buffer): boolean {
    if (!this.#socket.writable) return true;
    let writable = true;
    this.#socket.cork();
    for (let at = 0; at < bytes.length; at += maxClientPayloadBytes) {
      const part = bytes.subarray(at, at + maxClientPayloadBytes);
      this.#socket.write(frameHeader(frameType.stdin, part.length));
      writable = this.#socket.write(part);
    }
    this.#socket.uncork();
    return writable;
  }

  /** Calls back once, when stdin may be written again. */
  whenWritable(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  /** No more stdin: the program's stdin is closed. */
  endStdin(): void {
    this.#send(frame(frameType.stdinEof));
  }

  /** Sets the terminal's size. */
  resize(rows: number, columns: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16BE(Math.min(rows, 0xffff), 0);
    payload.writeUInt16BE(Math.min(columns, 0xffff), 2);
    this.#send(frame(frameType.resize, payload));
  }

  /** Sends a signal to the main process. */
  signal(number: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(number);
    this.#send(frame(frameType.signal, payload));
  }

  /** Ends `hold`: output is read from now on. */
  go(): void {
    this.#send(frame(frameType.go));
  }

  /** Published ports go to other addresses of the container from now on: those of the host's IPv4 addresses, and of IPv6. */
  retarget(forV4: string, forV6: string): void {
    if (!this.greeting.targets) return;
    this.#send(frame(frameType.targets, Buffer.concat([targetBytes(forV4), targetBytes(forV6)])));
  }

  /** Output flows again after the listener said "no more". */
  resumeOutput(): void {
    this.#socket.resume();
  }

  /** Leaves; the program goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }
}

/**
 * Connects to the monitor whose room is `folder` and waits for its greeting. `listener` gets the output; it may be
 * called before the promise's callbacks run. Throws `unavailable` when no monitor answers.
 */
export function connectMonitor(
  folder: string,
  interest: MonitorInterest,
  listener: OutputListener = () => true,
): Promise<MonitorConnection> {
  return new Promise((resolve, reject) => {
    const file = path.join(folder, 'io.sock');
    const { socket, release } = openSocket(file);
    let connection: MonitorConnection | undefined;
    let record: ExitRecord | undefined;
    let settleExited: (record: ExitRecord | undefined) => void = () => undefined;
    let settleClosed: () => void = () => undefined;
    const exited = new Promise<ExitRecord | undefined>((settle) => (settleExited = settle));
    const closed = new Promise<void>((settle) => (settleClosed = settle));
    let failure: unknown;

    const splitter = new FrameSplitter(interest.raw === true, {
      output: (bytes) => {
        if (!listener(bytes)) socket.pause();
      },
      control: (type, payload) => {
        if (type === frameType.greeting) {
          const greeting = greetingSchema.parse(JSON.parse(payload.toString()));
          connection = new MonitorConnection(socket, greeting, exited, closed);
          resolve(connection);
        } else if (type === frameType.exit) {
          record = exitRecordSchema.parse(JSON.parse(payload.toString()));
          settleExited(record);
        } else if (type === frameType.rotated) {
          connection?.onRotated?.();
        } else if (type === frameType.outOfMemory) {
          connection?.onOutOfMemory?.();
        }
      },
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        splitter.push(chunk);
      } catch (error) {
        failure = error;
        socket.destroy();
      }
    });
    socket.on('error', (error) => (failure ??= error));
    socket.on('close', () => {
      release();
      settleExited(record);
      settleClosed();
      if (connection === undefined)
        reject(new EngineError('unavailable', `no monitor answers at ${file}`, { cause: failure }));
    });
    socket.on('connect', release);
    const hello = frame(frameType.hello, Uint8Array.of(protocolVersion, flagsOf(interest)));
    socket.write(interest.go === true ? Buffer.concat([hello, frame(frameType.go)]) : hello);
  });
}

/** The exit record a monitor left in its room; undefined when there is none. */
export function readExitRecord(folder: string): Promise<ExitRecord | undefined> {
  return readRecord(path.join(folder, 'exit.json'), exitRecordSchema);
}

/** The family and the address; zeros when it is none. */
function targetBytes(address: string): Buffer {
  const bytes = Buffer.alloc(17);
  const parsed = parseIp(address);
  if (parsed === undefined) return bytes;
  bytes[0] = parsed.family;
  const length = parsed.family === 4 ? 4 : 16;
  bytes.write(parsed.value.toString(16).padStart(2 * length, '0'), 1, 'hex');
  return bytes;
}

function flagsOf(interest: MonitorInterest): number {
  return (
    (interest.stdout === true ? 1 : 0) |
    (interest.stderr === true ? 2 : 0) |
    (interest.stdin === true ? 4 : 0) |
    (interest.control === true ? 8 : 0)
  );
}

/** A path too long for a socket address is reached through a descriptor of its folder, held until `release`. */
function openSocket(file: string): { socket: Socket; release: () => void } {
  if (Buffer.byteLength(file) <= maxSocketPathBytes) {
    return { socket: connect({ path: file }), release: () => undefined };
  }
  let folder: number | undefined = openSync(path.dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  const socket = connect({ path: `/proc/self/fd/${String(folder)}/${path.basename(file)}` });
  const release = (): void => {
    if (folder !== undefined) closeSync(folder);
    folder = undefined;
  };
  return { socket, release };
}
