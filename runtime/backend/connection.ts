// One window's connection: parses what comes through its port, runs calls and streams, sends model diffs while it is
// visible. What is not understood ends the connection: our own UI never says it.
import type { z } from 'zod';
import { parseJson } from '../client/engine-failure.ts';
import { methods, type MethodName, type Methods } from '../contract/methods.ts';
import {
  streams,
  type StreamControl,
  type StreamEvents,
  type StreamName,
  type StreamParams,
} from '../contract/streams.ts';
import {
  clientMessage,
  decodeData,
  encodeData,
  streamWindowBytes,
  type ClientMessage,
  type ContractError,
  type Port,
  type ServerMessage,
} from '../contract/wire.ts';
import type { BackendStream } from './backend-stream.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';
import type { Disposable } from './disposable.ts';
import type { LiveModel, ModelChange } from './live-model.ts';
import { OutputQueue, type StreamOutput } from './output-queue.ts';

/** Streams one window may have open. */
const maxStreams = 200;

/** How each stream is opened. What it says at once is heard, its end too. */
export type StreamOpeners = {
  readonly [S in StreamName]: (
    params: StreamParams<S>,
    output: StreamOutput<StreamEvents[S]>,
  ) => BackendStream<StreamControl<S>>;
};

interface OpenStream {
  readonly queue: { acknowledge(bytes: number): void };
  /** Not there while it is being opened. */
  stream?: Pick<BackendStream<never>, 'input' | 'end' | 'dispose' | 'setVisible'>;
  /** False when the message is not one of this stream's. */
  control?(message: unknown): boolean;
}

/** What a connection works on. */
export interface ConnectionParts {
  readonly methods: Methods;
  readonly streams: StreamOpeners;
  readonly model: LiveModel;
  /** Told whenever the window is shown or hidden, and hidden at the end. */
  readonly visibilityChanged: (visible: boolean) => void;
  readonly closed: () => void;
}

/** A connection; lives until its port closes or it is disposed of. */
export class Connection implements Disposable {
  readonly #port: Port;
  readonly #parts: ConnectionParts;
  readonly #streams = new Map<number, OpenStream>();
  #subscription: Disposable | undefined;
  #sequence = 0;
  #disposed = false;

  constructor(port: Port, parts: ConnectionParts) {
    this.#port = port;
    this.#parts = parts;
    port.onClose(() => this.dispose());
    if (this.#disposed) return;
    this.#setVisible(true);
    port.onMessage((message) => this.#receive(message));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#setVisible(false);
    for (const { stream } of this.#streams.values()) stream?.dispose();
    this.#streams.clear();
    this.#port.close();
    this.#parts.closed();
  }

  #send(message: ServerMessage): void {
    if (!this.#disposed) this.#port.send(JSON.stringify(message));
  }

  #receive(message: string | Uint8Array): void {
    if (this.#disposed) return;
    if (typeof message !== 'string') {
      const frame = decodeData(message);
      if (frame === undefined) this.dispose();
      else this.#streams.get(frame.id)?.stream?.input(frame.data);
      return;
    }
    const parsed = clientMessage.safeParse(parseJson(message));
    if (parsed.success) this.#handle(parsed.data);
    else this.dispose();
  }

  #handle(message: ClientMessage): void {
    switch (message.type) {
      case 'call':
        void this.#call(message.id, message.method, message.params);
        return;
      case 'open':
        this.#open(message.id, message.stream, message.params);
        return;
      case 'visible':
        this.#setVisible(message.visible);
        return;
      // For a stream that has just ended by itself the rest may still be under way: that is no mistake.
      case 'ack':
        this.#streams.get(message.id)?.queue.acknowledge(message.bytes);
        return;
      case 'control':
        if (this.#streams.get(message.id)?.control?.(message.message) === false) this.dispose();
        return;
      case 'end':
        this.#streams.get(message.id)?.stream?.end();
        return;
      case 'close':
        this.#streams.get(message.id)?.stream?.dispose();
        this.#streams.delete(message.id);
        return;
    }
  }

  async #call(id: number, name: string, params: unknown): Promise<void> {
    try {
      if (!isMethodName(name)) {
        this.#send({ type: 'error', id, error: contractError('invalid', `There is no method ${name}.`) });
        return;
      }
      const value = await invoke(this.#parts.methods, name, params);
      this.#send({ type: 'result', id, value });
    } catch (error) {
      this.#send({ type: 'error', id, error: toContractError(error) });
    }
  }

  #open(id: number, name: string, params: unknown): void {
    if (this.#streams.has(id)) {
      this.dispose();
      return;
    }
    const refuse = (error: ContractError) => this.#send({ type: 'closed', id, error });
    if (this.#streams.size >= maxStreams) {
      refuse(contractError('unavailable', 'Too many logs and terminals are open in this window.'));
      return;
    }
    if (isStreamName(name)) this.#begin(id, name, params);
    else refuse(contractError('invalid', `There is no stream ${name}.`));
  }

  #begin<S extends StreamName>(id: number, name: S, given: unknown): void {
    const params = streams[name].params.safeParse(given);
    if (!params.success) {
      this.#send({ type: 'closed', id, error: invalidParams(params.error) });
      return;
    }
    // A stream that the window has closed may have a last word: nobody listens any more.
    const wanted = () => this.#streams.get(id) === opened;
    const queue: OutputQueue<StreamEvents[S]> = new OutputQueue(
      {
        data: (bytes) => {
          if (wanted()) this.#port.send(encodeData(id, bytes));
        },
        event: (event) => {
          if (wanted()) this.#send({ type: 'event', id, event });
        },
        closed: (error) => {
          if (!wanted()) return;
          opened.stream?.dispose();
          this.#streams.delete(id);
          this.#send(error === undefined ? { type: 'closed', id } : { type: 'closed', id, error });
        },
      },
      streamWindowBytes,
    );
    const opened: OpenStream = { queue };
    this.#streams.set(id, opened);
    // The schemas of the same name have just made sure of the types; TypeScript does not follow them through the table.
    const stream = this.#parts.streams[name](params.data as StreamParams<S>, queue);
    if (!wanted()) {
      stream.dispose();
      return;
    }
    opened.stream = stream;
    opened.control = (message) => {
      const parsed = streams[name].control.safeParse(message);
      if (parsed.success) stream.control(parsed.data as StreamControl<S>);
      return parsed.success;
    };
    stream.setVisible?.(this.#visible);
  }

  get #visible(): boolean {
    return this.#subscription !== undefined;
  }

  #setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    if (visible) {
      const { model } = this.#parts;
      this.#subscription = model.subscribe((change) => this.#sendModel(change, false));
      this.#sendModel(model.snapshot(), true);
    } else {
      this.#subscription?.dispose();
      this.#subscription = undefined;
    }
    for (const { stream } of this.#streams.values()) stream?.setVisible?.(visible);
    this.#parts.visibilityChanged(visible);
  }

  #sendModel(change: ModelChange, reset: boolean): void {
    this.#sequence += 1;
    const diff = { sequence: this.#sequence, ...(reset ? { reset: true as const } : {}), ...change };
    this.#send({ type: 'model', diff });
  }
}

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

function isStreamName(name: string): name is StreamName {
  return Object.hasOwn(streams, name);
}

async function invoke<M extends MethodName>(
  implementation: Methods,
  name: M,
  given: unknown,
): Promise<unknown> {
  const params = methods[name].params.safeParse(given);
  if (!params.success) throw new ContractFailure(invalidParams(params.error));
  // The schema of the same name has just made sure of the type; TypeScript does not follow it through the table.
  const call = implementation[name] as (params: unknown) => Promise<unknown>;
  return call(params.data);
}

function invalidParams(error: z.ZodError): ContractError {
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return contractError('invalid', `${where}${issue?.message ?? 'The request is not understood.'}`);
}
