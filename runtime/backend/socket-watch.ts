// Notices that an engine's socket appears, so that a window need not wait for the next attempt.
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Disposable } from './disposable.ts';

/** A socket's file is there a moment before the engine listens on it. */
const listenDelayMs = 30;

/** Calls back when the file at `socketPath` appears or changes. Where its folder cannot be watched it never does. */
export class SocketWatch implements Disposable {
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(socketPath: string, appeared: () => void) {
    const name = path.basename(socketPath);
    try {
      this.#watcher = watch(path.dirname(socketPath), { persistent: false }, (_event, changed) => {
        if (changed === name) this.#timer ??= setTimeout(appeared, listenDelayMs);
      });
      // A folder that goes away ends the watching, no more.
      this.#watcher.on('error', () => this.dispose());
    } catch {
      // There is no such folder yet, or we may not look into it: the back-off alone will do.
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
