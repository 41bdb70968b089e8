// Contexts that come in a request of their own: a client with an archive on its stdin names it in one `POST /build` and sends it in another,
// in either order.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { EngineError } from '../errors.ts';

/** How long a build waits for its archive. */
const patienceMs = 5_000;

/** Where an archive and its build meet. */
interface Meeting {
  readonly archive: Promise<Readable>;
  bring(archive: Readable): void;
}

/** The archives that are offered or waited for, by the id of their build. */
export class Uploads {
  readonly #meetings = new Map<string, Meeting>();

  /** Gives an archive to the build that asks for it; resolves when that has read it, or the client has left. */
  async offer(id: string, archive: Readable): Promise<void> {
    const meeting = this.#meet(id);
    meeting.bring(archive);
    await finished(archive, { writable: false }).catch(() => undefined);
    if (this.#meetings.get(id) === meeting) this.#meetings.delete(id);
  }

  /** Waits for a build's archive. Throws `invalid` when none comes. */
  async take(id: string, signal: AbortSignal): Promise<Readable> {
    signal.throwIfAborted();
    const meeting = this.#meet(id);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const none = new Promise<undefined>((resolve) => {
      patience.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const archive = await Promise.race([meeting.archive, none]);
    this.#meetings.delete(id);
    signal.throwIfAborted();
    if (archive === undefined) throw new EngineError('invalid', `no context was sent for build ${id}`);
    return archive;
  }

  #meet(id: string): Meeting {
    const here = this.#meetings.get(id);
    if (here !== undefined) return here;
    let bring: (archive: Readable) => void = () => undefined;
    const archive = new Promise<Readable>((resolve) => (bring = resolve));
    const meeting = { archive, bring };
    this.#meetings.set(id, meeting);
    return meeting;
  }
}
