// What the shell's menus do with containers, through the backend's methods as the window does it.
import type { Backend } from '../runtime/backend/backend.ts';

/** Says in a dialog what went wrong. */
export type Complain = (title: string, detail: string) => Promise<void>;

/** States in which a container has processes that can be stopped. */
const stoppable: ReadonlySet<string> = new Set(['running', 'paused', 'restarting']);

/** The actions on one backend. */
export class ContainerActions {
  readonly #backend: Pick<Backend, 'methods' | 'model'>;
  readonly #complain: Complain;

  constructor(backend: Pick<Backend, 'methods' | 'model'>, complain: Complain) {
    this.#backend = backend;
    this.#complain = complain;
  }

  start(id: string): void {
    this.#attempt(`${this.#name(id)} was not started`, this.#backend.methods['containers.start']({ id }));
  }

  stop(id: string): void {
    this.#attempt(`${this.#name(id)} was not stopped`, this.#backend.methods['containers.stop']({ id }));
  }

  /** Stops all that run, side by side. Resolves to a line for each that could not be stopped. */
  async stopAll(): Promise<readonly string[]> {
    const running = this.#containers().filter(({ state }) => stoppable.has(state));
    const lines = await Promise.all(
      running.map(async ({ id, name }) => {
        try {
          await this.#backend.methods['containers.stop']({ id });
          return undefined;
        } catch (error) {
          return `${name}: ${messageOf(error)}`;
        }
      }),
    );
    return lines.filter((line) => line !== undefined);
  }

  #attempt(title: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#complain(title, messageOf(error)));
  }

  #containers() {
    return this.#backend.model.snapshot().containers?.set ?? [];
  }

  #name(id: string): string {
    return this.#containers().find((container) => container.id === id)?.name ?? id.slice(0, 12);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
