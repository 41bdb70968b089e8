// Pausing containers: their processes are frozen until they go on, or until a signal that ends them is to be seen.
import { EngineError, messageOf } from '../errors.ts';
import { publishContainerEvent } from './container-events.ts';
import type { ContainerRunner } from './container-runner.ts';
import { demandRunning, type Container } from './container.ts';
import { freeze, isFrozen, thaw } from './freezer.ts';
import type { Surroundings } from './surroundings.ts';

type Around = Pick<Surroundings, 'events' | 'log'>;
type Runner = Pick<ContainerRunner, 'save' | 'health'>;

/** Freezes a running container. The caller holds its lock. */
export async function pauseContainer(around: Around, runner: Runner, container: Container): Promise<void> {
  const { run } = container;
  demandRunning(container);
  if (run === undefined || run.killed) {
    throw new EngineError('conflict', `Container ${container.id} is not running`);
  }
  if (container.paused) throw new EngineError('conflict', `Container ${container.id} is already paused`);
  const freezing = freeze(container.record.state.cgroups);
  // A signal waits for this, so that it finds the container either running or paused.
  container.freezing = freezing.catch(() => undefined);
  try {
    await freezing;
  } catch (cause) {
    throw new EngineError('internal', `Cannot pause container ${container.id}: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (container.run !== run) throw new EngineError('conflict', `Container ${container.id} is not running`);
  container.become({ status: 'paused' });
  runner.health.end(container);
  publishContainerEvent(around.events, container, 'pause');
  await runner.save(container);
}

/** Lets a paused container go on. The caller holds its lock. */
export async function unpauseContainer(around: Around, runner: Runner, container: Container): Promise<void> {
  if (!container.paused) throw new EngineError('internal', `Container ${container.id} is not paused`);
  try {
    thaw(container.record.state.cgroups);
  } catch (cause) {
    throw new EngineError('internal', `Cannot unpause container ${container.id}: ${messageOf(cause)}`, {
      cause,
    });
  }
  container.become({ status: 'running' });
  runner.health.resume(container);
  publishContainerEvent(around.events, container, 'unpause');
  await runner.save(container);
}

/** Lets a paused container see a signal that was sent to end it. What fails is logged: the signal stays sent. */
export function thawForSignal(around: Around, runner: Runner, container: Container): void {
  if (!container.paused) return;
  unpauseContainer(around, runner, container).catch((error: unknown) => {
    around.log.warn('a paused container cannot be resumed', {
      container: container.id,
      error: messageOf(error),
    });
  });
}

/** After a restart of the engine the kernel knows better than the record, which may be one step behind. */
export function settlePause(container: Container): boolean {
  const frozen = isFrozen(container.record.state.cgroups);
  if (frozen === container.paused) return false;
  container.become({ status: frozen ? 'paused' : 'running' });
  return true;
}
