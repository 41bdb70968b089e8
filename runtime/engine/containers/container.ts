// One container in the engine's memory: its record, its run while there is one, and who waits for it.
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import type { MonitorConnection } from '../helper/monitor-client.ts';
import type { ContainerRecord, ContainerStateRecord } from './container-record.ts';
import { checkTransition } from './container-record.ts';

/** What the end of a container waits for those who are attached to read its last output. */
const lastReadMs = 20;

/** Conditions a client may wait for. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** An attachment made before the start: it is joined to the streams once there are any. */
export interface PendingAttach {
  /** Resolves when the monitor knows of it, so that no output passes it by; never throws. */
  begin(room: string): Promise<void>;
  /** There will be nothing to attach to. */
  cancel(): void;
}

/** One run of a container, from its start to the end of its monitor. */
export interface Run {
  readonly control: MonitorConnection;
  /** Resolves once the exit was taken notice of: state, events and waiters are done. */
  readonly exited: Promise<void>;
  /** SIGKILL was sent: it may not be paused any more, or it would never end. */
  killed: boolean;
  /** It was said already that the OOM killer came. */
  toldOutOfMemory: boolean;
}

interface Waiter {
  readonly condition: WaitCondition;
  readonly resolve: (exitCode: number) => void;
}

/** A container. Its record is replaced, never changed in place. */
export class Container {
  record: ContainerRecord;
  run: Run | undefined;
  /** The end of the last run: monitor gone, cgroups and room removed. The next start waits for it. */
  teardown: Promise<void> = Promise.resolve();
  /** The pausing that is under way; a signal waits for it. */
  freezing: Promise<void> = Promise.resolve();
  /** The exit that is on its way belongs to a restart somebody asked for: --rm must not remove the container. */
  beingRestarted = false;
  /** Somebody wants the run to be the last: its end is not followed by a restart, whatever the policy. */
  restartCanceled = false;
  /** The last wait before a restart by the policy; 0 when there was none since somebody started it. */
  restartDelayMs = 0;
  removing = false;
  /** A build's: nothing of it needs to survive a power cut. */
  passing = false;
  /** The last write of the record; writes follow one another, and a removal follows them. */
  saved: Promise<void> = Promise.resolve();
  readonly pendingAttaches = new Set<PendingAttach>();
  readonly execIds = new Set<string>();
  /** Connections of those who are attached. */
  readonly readers = new Set<Duplex>();
  readonly #waiters = new Set<Waiter>();

  constructor(record: ContainerRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get running(): boolean {
    return this.record.state.status === 'running' || this.record.state.status === 'paused';
  }

  /** It has ended and will be started again by its restart policy. */
  get waitsForRestart(): boolean {
    return this.record.state.status === 'restarting';
  }

  get paused(): boolean {
    return this.record.state.status === 'paused';
  }

  /** Goes to another state; throws internal when that is not possible from this one. */
  become(change: Partial<ContainerStateRecord> & Pick<ContainerStateRecord, 'status'>): void {
    checkTransition(this.record.state.status, change.status);
    this.record = { ...this.record, state: { ...this.record.state, ...change } };
  }

  /** Takes down a fact that leaves it in its state. */
  note(fact: Partial<Omit<ContainerStateRecord, 'status'>>): void {
    this.record = { ...this.record, state: { ...this.record.state, ...fact } };
  }

  /** Waits for a condition; resolves with the exit code. The wait ends with the signal. */
  wait(condition: WaitCondition, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        condition,
        resolve: (exitCode) => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', abort);
          resolve(exitCode);
        },
      };
      const abort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /**
   * Resolves when all who are attached have closed their connections, having read everything, or soon after. A program that
   * attaches and waits would else often find the answer to its wait before the output, where Docker takes its time.
   */
  async whenRead(): Promise<void> {
    const open = [...this.readers].filter((reader) => !reader.destroyed && !reader.readableEnded);
    if (open.length === 0) return;
    const read = open.map(
      (reader) =>
        new Promise<void>((resolve) => {
          const done = (): void => resolve();
          reader.once('end', done).once('close', done);
        }),
    );
    await Promise.race([Promise.all(read), sleep(lastReadMs, undefined, { ref: false })]);
  }

  /** Tells those who wait: an exit ends all waits but those for the removal, which ends them all. */
  notify(what: 'exit' | 'removal'): void {
    for (const waiter of [...this.#waiters]) {
      if (what === 'removal' || waiter.condition !== 'removed') waiter.resolve(this.record.state.exitCode);
    }
  }
}

/** Throws conflict in Docker's words when a container does not run, or not just now. */
export function demandRunning(container: Container): void {
  if (container.waitsForRestart) {
    throw new EngineError(
      'conflict',
      `Container ${container.id} is restarting, wait until the container is running`,
    );
  }
  if (!container.running) throw new EngineError('conflict', `Container ${container.id} is not running`);
}
