// Ending containers: a signal to the first process, a while of waiting, and SIGKILL when it does not listen.
import { EngineError } from '../errors.ts';
import { longestTimerMs } from '../longest-timer.ts';
import { publishContainerEvent } from './container-events.ts';
import { thawForSignal } from './container-pauser.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { Container, Run } from './container.ts';
import { parseSignal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

const SIGTERM = 15;
const SIGKILL = 9;
const defaultStopSeconds = 10;

/** How a stop is wanted; undefined takes what the container says, or Docker's default. */
export interface StopOptions {
  readonly signal: number | undefined;
  /** 0 kills at once after the signal; a negative one waits for ever. */
  readonly timeoutSeconds: number | undefined;
}

/** Ends containers. */
export class ContainerStopper {
  readonly #around: Surroundings;
  readonly #runner: ContainerRunner;

  constructor(around: Surroundings, runner: ContainerRunner) {
    this.#around = around;
    this.#runner = runner;
  }

  /** `docker kill`; `asNamed` is what the client calls the container. Throws conflict when it does not run. */
  async kill(container: Container, asNamed: string, signal: number): Promise<void> {
    if (container.waitsForRestart) {
      await this.#runner.restarts.cancel(container);
      return;
    }
    const run = container.run;
    if (!container.running || run === undefined) {
      throw new EngineError(
        'conflict',
        `Cannot kill container: ${asNamed}: Container ${container.id} is not running`,
      );
    }
    await this.#signal(container, signal);
    // As Docker: a SIGKILL is answered when the container is dead.
    if (signal === SIGKILL) await run.exited;
  }

  /** Ends a container that runs or waits for a restart, so that it can be removed. The caller holds its lock. */
  async end(container: Container): Promise<void> {
    if (container.waitsForRestart) {
      await this.#runner.restarts.cancelLocked(container);
      return;
    }
    const run = container.run;
    await this.#signal(container, SIGKILL);
    await run?.exited;
  }

  /** Stops a container that runs or waits for a restart; resolves when it has ended. */
  async stop(container: Container, options: StopOptions): Promise<void> {
    // One that is being started again just now runs afterwards, and is stopped like any other.
    if (container.waitsForRestart) await this.#runner.restarts.cancel(container);
    const { run } = container;
    if (run !== undefined) await this.#stopRun(container, run, options);
    publishContainerEvent(this.#around.events, container, 'stop');
  }

  async #stopRun(container: Container, run: Run, options: StopOptions): Promise<void> {
    const { StopSignal, StopTimeout } = container.record.config;
    const number = options.signal ?? (StopSignal === '' ? SIGTERM : parseSignal(StopSignal));
    const seconds = options.timeoutSeconds ?? StopTimeout ?? defaultStopSeconds;
    await this.#signal(container, number);
    if (!(await endsWithin(run.exited, seconds < 0 ? undefined : seconds * 1000))) {
      await this.#signal(container, SIGKILL);
      await run.exited;
    }
  }

  /** Signals the first process. One that may end it reaches a paused container, too: it goes on, as Docker has it. */
  async #signal(container: Container, number: number): Promise<void> {
    await container.freezing;
    const { run } = container;
    if (run === undefined) return;
    const { StopSignal } = container.record.config;
    const isLast = number === SIGKILL || StopSignal === '' || parseSignal(StopSignal) === number;
    // As Docker: a run that is to be ended is not followed by a restart, and `unless-stopped` remembers any signal.
    if (isLast) container.restartCanceled = true;
    container.note({ manuallyStopped: true });
    // On disk before the signal: an engine that is killed meanwhile shall not start it again.
    if (!['', 'no'].includes(container.record.hostConfig.RestartPolicy.Name)) {
      await this.#runner.save(container);
    }
    run.control.signal(number);
    if (number === SIGKILL) run.killed = true;
    publishContainerEvent(this.#around.events, container, 'kill', { signal: String(number) });
    if (isLast) thawForSignal(this.#around, this.#runner, container);
  }
}

/** Whether a promise resolves within a time; undefined, and more than a timer holds, waits for ever. */
async function endsWithin(ended: Promise<void>, timeoutMs: number | undefined): Promise<boolean> {
  if (timeoutMs === undefined || timeoutMs > longestTimerMs) {
    await ended;
    return true;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
