// A window's end of a port, for tests: keeps what the backend says, and applies model diffs as the UI does.
import type {
  ContainerModel,
  EngineModel,
  EntityDiff,
  ImageModel,
  ModelDiff,
  NetworkModel,
  TaskModel,
  TerminalModel,
  VolumeModel,
} from '../../../runtime/contract/model.ts';
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
  readonly volumes = new Map<string, VolumeModel>();
  readonly networks = new Map<string, NetworkModel>();
  readonly tasks = new Map<string, TaskModel>();
  readonly terminals = new Map<string, TerminalModel>();
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
    const reset = diff.reset === true;
    this.engine = diff.engine ?? this.engine;
    applyDiff(this.containers, diff.containers, reset);
    applyDiff(this.images, diff.images, reset);
    applyDiff(this.volumes, diff.volumes, reset);
    applyDiff(this.networks, diff.networks, reset);
    applyDiff(this.tasks, diff.tasks, reset);
    applyDiff(this.terminals, diff.terminals, reset);
  }
}

function applyDiff<T extends { readonly id: string }>(
  entities: Map<string, T>,
  diff: EntityDiff<T> | undefined,
  reset: boolean,
): void {
  if (reset) entities.clear();
  for (const id of diff?.remove ?? []) entities.delete(id);
  for (const entity of diff?.set ?? []) entities.set(entity.id, entity);
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
