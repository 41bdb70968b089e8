// One open log: the stream that fills a log store, and the news for whoever shows it, once per frame of the screen. While
// the window is hidden nothing is taken and nothing acknowledged, so the backend waits.
import type { ContractClient } from '../transport/contract-client.ts';
import type { ContractFailure } from '../transport/contract-failure.ts';
import { logLimits, LogStore } from './log-store.ts';

/** What a view needs to know; a new object whenever something changed. */
export interface LogFeedState {
  readonly first: number;
  readonly end: number;
  readonly phase: 'opening' | 'open' | 'ended' | 'failed';
  readonly failure: ContractFailure | undefined;
}

export class LogFeed {
  readonly store = new LogStore();
  readonly #listeners = new Set<() => void>();
  #state: LogFeedState = { first: 0, end: 0, phase: 'opening', failure: undefined };
  #waiting: Uint8Array[] = [];
  #frame = 0;
  readonly #close: () => void;

  constructor(client: ContractClient, containerId: string) {
    const stream = client.open(
      'logs',
      { id: containerId, tail: logLimits.lines, follow: true, sinceMs: null, untilMs: null },
      {
        onData: (data) => {
          this.#waiting.push(data);
          this.#wake();
        },
        onClosed: (failure) => {
          this.#take();
          this.#publish(failure === undefined ? 'ended' : 'failed', failure);
        },
      },
    );
    this.#ack = (bytes) => stream.ack(bytes);
    document.addEventListener('visibilitychange', this.#wake);
    this.#close = () => stream.close();
  }

  readonly #ack: (bytes: number) => void;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): LogFeedState => this.#state;

  dispose(): void {
    document.removeEventListener('visibilitychange', this.#wake);
    cancelAnimationFrame(this.#frame);
    this.#listeners.clear();
    this.#close();
  }

  readonly #wake = (): void => {
    if (document.hidden || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#take()) this.#publish('open', undefined);
    });
  };

  #take(): boolean {
    const frames = this.#waiting;
    this.#waiting = [];
    let bytes = 0;
    for (const frame of frames) {
      this.store.append(frame);
      bytes += frame.length;
    }
    if (bytes > 0) this.#ack(bytes);
    return frames.length > 0;
  }

  #publish(phase: LogFeedState['phase'], failure: ContractFailure | undefined): void {
    this.#state = { first: this.store.first, end: this.store.end, phase, failure };
    for (const listener of this.#listeners) listener();
  }
}
