// The time now, for texts that grow older while one looks: one shared timer per step, none while the window is hidden.
import { useSyncExternalStore } from 'react';
import { en } from '../strings/en.ts';

class Clock {
  readonly #stepMs: number;
  readonly #listeners = new Set<() => void>();
  #nowMs = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
    document.addEventListener('visibilitychange', () => this.#run());
  }

  readonly now = (): number => this.#nowMs;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#run();
    return () => {
      this.#listeners.delete(listener);
      this.#run();
    };
  };

  #run(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (document.hidden || this.#listeners.size === 0) return;
    this.#timer = setInterval(() => this.#tick(), this.#stepMs);
    this.#tick();
  }

  #tick(): void {
    if (Date.now() - this.#nowMs < this.#stepMs / 2) return;
    this.#nowMs = Date.now();
    for (const listener of this.#listeners) listener();
  }
}

const seconds = new Clock(1000);
const halfMinutes = new Clock(30_000);

/** The age of a moment as short text (`12 s`, `5 min`, `2 h`, `3 d`), kept current. */
export function useAge(sinceMs: number): string {
  const slowMs = useSyncExternalStore(halfMinutes.subscribe, halfMinutes.now);
  const young = slowMs - sinceMs < 95_000;
  const clock = young ? seconds : halfMinutes;
  const nowMs = useSyncExternalStore(clock.subscribe, clock.now);
  return en.age(Math.max(0, nowMs - sinceMs));
}
