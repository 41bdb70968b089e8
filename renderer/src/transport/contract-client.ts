// The contract from the window's side over one port: calls that are answered once, streams with acknowledged bytes, and
// model diffs. It knows nothing of WebSockets or Electron; when its port closes, everything under way fails.
import { methods, type MethodName, type Params, type Result } from '../../../runtime/contract/methods.ts';
import type { ModelDiff } from '../../../runtime/contract/model.ts';
import type { StreamControl, StreamName, StreamParams } from '../../../runtime/contract/streams.ts';
import { decodeData, encodeData, type ClientMessage, type Port } from '../../../runtime/contract/wire.ts';
import { connectionLost, ContractFailure } from './contract-failure.ts';
import { serverMessage } from './model-schema.ts';

/** What the opener of a stream wants to hear. After `onClosed` nothing follows. */
export interface StreamListener {
  /** Bytes of the backend; they count against the window until `ack` is called. The view is valid for good. */
  onData?(data: Uint8Array): void;
  onEvent?(event: unknown): void;
  /** Once: without a failure the stream is done. */
  onClosed(failure: ContractFailure | undefined): void;
}

/** The window's end of an open stream. */
export interface StreamHandle<S extends StreamName> {
  /** Says that this many data bytes were taken. */
  ack(bytes: number): void;
  send(data: Uint8Array): void;
  control(message: StreamControl<S>): void;
  /** Wants no more of it: `onClosed` is not called any more. */
  close(): void;
}

interface PendingCall {
  settle(value: unknown): void;
  reject(failure: ContractFailure): void;
}

/** One connection's worth of calls, streams and diffs. */
export class ContractClient {
  readonly #port: Port;
  readonly #onModel: (diff: ModelDiff) => void;
  readonly #calls = new Map<number, PendingCall>();
  readonly #streams = new Map<number, StreamListener>();
  #nextId = 1;
  #closed = false;

  constructor(port: Port, onModel: (diff: ModelDiff) => void, onClose: () => void) {
    this.#port = port;
    this.#onModel = onModel;
    port.onMessage((message) => this.#receive(message));
    port.onClose(() => {
      this.#fail();
      onClose();
    });
  }

  /** Asks for a method's answer. Rejects with {@link ContractFailure}. */
  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(connectionLost());
        return;
      }
      const id = this.#nextId++;
      this.#calls.set(id, {
        settle: (value) => {
          const parsed = methods[method].result.safeParse(value);
          // Parsed by this very method's schema; TypeScript does not see that through the index.
          if (parsed.success) resolve(parsed.data as Result<M>);
          else reject(new ContractFailure({ code: 'internal', message: parsed.error.message }));
        },
        reject,
      });
      this.#send({ type: 'call', id, method, params });
    });
  }

  /** Opens a stream. A stream on a dead port closes at once, in a microtask. */
  open<S extends StreamName>(stream: S, params: StreamParams<S>, listener: StreamListener): StreamHandle<S> {
    const id = this.#nextId++;
    if (this.#closed) {
      let wanted = true;
      queueMicrotask(() => {
        if (wanted) listener.onClosed(connectionLost());
      });
      return { ack: () => {}, send: () => {}, control: () => {}, close: () => void (wanted = false) };
    }
    this.#streams.set(id, listener);
    this.#send({ type: 'open', id, stream, params });
    const live = (): boolean => this.#streams.get(id) === listener;
    return {
      ack: (bytes) => {
        if (live()) this.#send({ type: 'ack', id, bytes });
      },
      send: (data) => {
        if (live()) this.#port.send(encodeData(id, data));
      },
      control: (message) => {
        if (live()) this.#send({ type: 'control', id, message });
      },
      close: () => {
        if (!live()) return;
        this.#streams.delete(id);
        this.#send({ type: 'close', id });
      },
    };
  }

  /** A hidden window gets no diffs; shown again it gets a reset. */
  setVisible(visible: boolean): void {
    this.#send({ type: 'visible', visible });
  }

  close(): void {
    this.#port.close();
    this.#fail();
  }

  #send(message: ClientMessage): void {
    if (!this.#closed) this.#port.send(JSON.stringify(message));
  }

  #receive(message: string | Uint8Array): void {
    if (this.#closed) return;
    if (typeof message !== 'string') {
      const frame = decodeData(message);
      if (frame !== undefined) this.#streams.get(frame.id)?.onData?.(frame.data);
      return;
    }
    const parsed = serverMessage.safeParse(JSON.parse(message));
    if (!parsed.success)
      throw new Error(`The backend sent a message this window cannot read: ${parsed.error.message}`);
    const said = parsed.data;
    switch (said.type) {
      case 'result':
      case 'error': {
        const pending = this.#calls.get(said.id);
        this.#calls.delete(said.id);
        if (said.type === 'result') pending?.settle(said.value);
        else pending?.reject(new ContractFailure(said.error));
        return;
      }
      case 'event':
        this.#streams.get(said.id)?.onEvent?.(said.event);
        return;
      case 'closed': {
        const listener = this.#streams.get(said.id);
        this.#streams.delete(said.id);
        listener?.onClosed(said.error === undefined ? undefined : new ContractFailure(said.error));
        return;
      }
      case 'model':
        this.#onModel(said.diff);
    }
  }

  #fail(): void {
    if (this.#closed) return;
    this.#closed = true;
    const calls = [...this.#calls.values()];
    const streams = [...this.#streams.values()];
    this.#calls.clear();
    this.#streams.clear();
    for (const call of calls) call.reject(connectionLost());
    for (const stream of streams) stream.onClosed(connectionLost());
  }
}
