// A window's end of a port, for tests: keeps what the backend says, and applies model diffs as the UI does.
import type { ContainerModel, EngineModel, ImageModel, ModelDiff } from '../../../runtime/contract/model.ts';
import {
  decodeData,
  encodeData,
  type ClientMessage,
  type Port,
  type ServerMessage,
} from '../../../runtime/contract/wire.ts';

export class WindowPort {
  readonly messages: ServerMessage[] = [];
  readonly diffs: ModelDiff[] = [];
  readonly data = new Map<number, Uint8Array[]>();
  engine: EngineModel | undefined;
  readonly containers = new Map<string, ContainerModel>();
  readonly images = new Map<string, ImageModel>();
  closed = false;
  #toBackend: (message: string | Uint8Array) => void = () => undefined;
  #closeListener: () => void = () => undefined;

  readonly port: Port = {
    send: (message) => this.#receive(message),
    onMessage: (listener) => {
      this.#toBackend = listener;
    },
    onClose: (listener) => {
      this.#closeListener = listener;
    },
    close: () => {
      this.closed = true;
    },
  };

  say(message: ClientMessage): void {
    this.#toBackend(JSON.stringify(message));
  }

  raw(message: string | Uint8Array): void {
    this.#toBackend(message);
  }

  input(id: number, data: Uint8Array): void {
    this.#toBackend(encodeData(id, data));
  }

  disconnect(): void {
    this.#closeListener();
  }

  bytes(id: number): Buffer {
    return Buffer.concat(this.data.get(id) ?? []);
  }

  answer(id: number): ServerMessage | undefined {
    return this.messages.find(
      (message) => (message.type === 'result' || message.type === 'error') && message.id === id,
    );
  }

  end(id: number): Extract<ServerMessage, { type: 'closed' }> | undefined {
    return this.messages.find((message) => message.type === 'closed' && message.id === id) as
      Extract<ServerMessage, { type: 'closed' }> | undefined;
  }

  events(id: number): unknown[] {
    return this.messages.flatMap((message) =>
      message.type === 'event' && message.id === id ? [message.event] : [],
    );
  }

  #receive(message: string | Uint8Array): void {
    if (typeof message !== 'string') {
      const frame = decodeData(message);
      if (frame === undefined) throw new Error('a frame without an id');
      this.data.set(frame.id, [...(this.data.get(frame.id) ?? []), frame.data]);
      return;
    }
    const parsed = JSON.parse(message) as ServerMessage;
    this.messages.push(parsed);
    if (parsed.type === 'model') this.apply(parsed.diff);
  }

  apply(diff: ModelDiff): void {
    this.diffs.push(diff);
    if (diff.reset === true) {
      this.containers.clear();
      this.images.clear();
    }
    this.engine = diff.engine ?? this.engine;
    for (const id of diff.containers?.remove ?? []) this.containers.delete(id);
    for (const container of diff.containers?.set ?? []) this.containers.set(container.id, container);
    for (const id of diff.images?.remove ?? []) this.images.delete(id);
    for (const image of diff.images?.set ?? []) this.images.set(image.id, image);
  }
}

export interface LogRecord {
  readonly stream: number;
  readonly timeMs: number;
  readonly text: string;
}

/** Reads the records of a log stream. */
export function readRecords(bytes: Buffer): LogRecord[] {
  const records: LogRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at + 9);
    records.push({
      stream: bytes.readUInt8(at),
      timeMs: bytes.readDoubleBE(at + 1),
      text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at + 13, at + 13 + length)),
    });
    at += 13 + length;
  }
  return records;
}
