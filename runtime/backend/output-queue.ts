// One stream's way to the window: data, events and the end in order, where data waits for acknowledged bytes.
// A source asks `blocked` after each write and rests until `onOpen`; so the queue holds little more than one chunk.
import type { ContractError } from '../contract/wire.ts';

/** What a stream of the backend writes to. */
export interface StreamOutput<E> {
  /** Takes the bytes; the caller does not change them afterwards. */
  data(bytes: Uint8Array): void;
  event(event: E): void;
  /** The end: goes out after everything before it. Later writes are dropped. */
  close(error?: ContractError): void;
  /** Whether data is waiting: a source should rest until {@link onOpen}. */
  readonly blocked: boolean;
  /** Calls back each time the waiting data has gone. One listener; a later one replaces it. */
  onOpen(listener: () => void): void;
}

/** Where the queue delivers. */
export interface QueueTarget<E> {
  data(bytes: Uint8Array): void;
  event(event: E): void;
  closed(error: ContractError | undefined): void;
}

type Item<E> =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: E }
  | { readonly kind: 'close'; readonly error: ContractError | undefined };

/** An output with a window of `windowBytes`. A frame larger than the window goes alone. */
export class OutputQueue<E> implements StreamOutput<E> {
  readonly #target: QueueTarget<E>;
  readonly #windowBytes: number;
  #items: Item<E>[] = [];
  #outstandingBytes = 0;
  #ended = false;
  #listener: () => void = () => undefined;

  constructor(target: QueueTarget<E>, windowBytes: number) {
    this.#target = target;
    this.#windowBytes = windowBytes;
  }

  /** Bytes sent and not acknowledged. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  get blocked(): boolean {
    return this.#items.length > 0;
  }

  onOpen(listener: () => void): void {
    this.#listener = listener;
  }

  data(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#push({ kind: 'data', bytes });
  }

  event(event: E): void {
    this.#push({ kind: 'event', event });
  }

  close(error?: ContractError): void {
    this.#push({ kind: 'close', error });
    this.#ended = true;
  }

  /** The window has taken `bytes`. More than was sent counts as all of it. */
  acknowledge(bytes: number): void {
    this.#outstandingBytes = Math.max(0, this.#outstandingBytes - bytes);
    const waited = this.blocked;
    this.#deliver();
    if (waited && !this.blocked && !this.#ended) this.#listener();
  }

  #push(item: Item<E>): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#deliver();
  }

  #deliver(): void {
    let sent = 0;
    for (const item of this.#items) {
      if (item.kind === 'data') {
        const fits = this.#outstandingBytes + item.bytes.length <= this.#windowBytes;
        if (!fits && this.#outstandingBytes > 0) break;
        this.#outstandingBytes += item.bytes.length;
        this.#target.data(item.bytes);
      } else if (item.kind === 'event') this.#target.event(item.event);
      else this.#target.closed(item.error);
      sent += 1;
    }
    if (sent > 0) this.#items = this.#items.slice(sent);
  }
}
