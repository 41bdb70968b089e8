// All terminal sessions. They belong to the backend: windows come and go, a session stays until its program ends and
// somebody forgets it, or its container is removed.
import type { EngineClient } from '../client/engine-client.ts';
import { ContractFailure, contractError } from './contract-failure.ts';
import { Disposables, type Disposable } from './disposable.ts';
import type { LiveModel } from './live-model.ts';
import { connectTerminal, type TerminalRequest } from './terminal-connection.ts';
import { TerminalSession } from './terminal-session.ts';

/** Each may keep more than a megabyte. The oldest ended one gives way. */
const maxSessions = 64;

/** The sessions by id. */
export class TerminalList implements Disposable {
  readonly #client: EngineClient;
  readonly #model: LiveModel;
  readonly #sessions = new Map<string, TerminalSession>();
  /** Sessions that are being connected. */
  readonly #opening = new Set<AbortController>();
  readonly #owned = new Disposables();

  constructor(client: EngineClient, model: LiveModel) {
    this.#client = client;
    this.#model = model;
    this.#owned.add(
      model.subscribe(({ containers }) => {
        for (const id of containers?.remove ?? []) this.#forgetContainer(id);
      }),
    );
  }

  /** Begins a session and returns its id. A main process that is attached to already is not attached to again. */
  async create(request: TerminalRequest): Promise<string> {
    const attached = request.kind === 'attach' ? this.#attachedTo(request.container) : undefined;
    if (attached !== undefined) return attached.model.id;
    this.#makeRoom();
    const abort = new AbortController();
    this.#opening.add(abort);
    try {
      const connection = await connectTerminal(this.#client, request, abort.signal);
      const session = new TerminalSession(request, connection, abort, (model) => {
        if (this.#sessions.get(model.id) !== session) return;
        this.#model.set('terminals', model);
        this.#model.flush();
      });
      const { id } = session.model;
      if (this.#owned.disposed) session.dispose();
      else {
        this.#sessions.set(id, session);
        this.#model.set('terminals', session.model);
        this.#model.flush();
      }
      return id;
    } finally {
      this.#opening.delete(abort);
    }
  }

  /** Ends a session and forgets it. */
  close(id: string): void {
    const session = this.find(id);
    this.#sessions.delete(id);
    this.#model.remove('terminals', id);
    session.dispose();
  }

  /** Throws `notFound` when there is none of that id. */
  find(id: string): TerminalSession {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      throw new ContractFailure(contractError('notFound', 'This terminal session is no more.'));
    }
    return session;
  }

  dispose(): void {
    this.#owned.dispose();
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
    for (const abort of this.#opening) abort.abort();
  }

  #attachedTo(container: string): TerminalSession | undefined {
    return [...this.#sessions.values()].find(
      ({ model }) => model.kind === 'attach' && model.container === container && model.ended === undefined,
    );
  }

  #makeRoom(): void {
    if (this.#sessions.size + this.#opening.size < maxSessions) return;
    // They are in the order in which they were begun.
    const ended = [...this.#sessions.values()].find(({ model }) => model.ended !== undefined);
    if (ended === undefined) {
      throw new ContractFailure(
        contractError('unavailable', 'Too many terminals are open.', 'Close one that you do not need.'),
      );
    }
    this.close(ended.model.id);
  }

  #forgetContainer(container: string): void {
    for (const { model } of [...this.#sessions.values()])
      if (model.container === container) this.close(model.id);
  }
}
