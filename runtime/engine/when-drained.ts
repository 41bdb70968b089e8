// Back-pressure where something else than a pipe writes.
import type { Writable } from 'node:stream';

/** Resolves as a stream whose `write` said "no more" may be written again, or is closed. */
export function whenDrained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.once('drain', go).once('close', go);
  });
}
