// What a container's state is called and how it is marked: a colour, a shape and a word; and what can be done in it.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import type { ContainerVerb } from '../../state/container-actions.ts';
import { en } from '../../strings/en.ts';

export type Mark = 'running' | 'stopped' | 'failed' | 'warning' | 'paused' | 'busy';

export interface ContainerStatus {
  readonly mark: Mark;
  readonly text: string;
}

/** Ended by SIGKILL, which is also how the kernel ends what uses too much memory, and by SIGTERM. */
const killedCode = 137;
const terminatedCode = 143;

/**
 * What it is called. `askedToStop`: this window stopped or killed the run that ended. Only then is the exit by a signal called
 * a stop; without it, who killed it is not known, and it may well have been the lack of memory.
 */
export function containerStatus(container: ContainerModel, askedToStop = false): ContainerStatus {
  const words = en.containers.state;
  switch (container.state) {
    case 'running':
      if (container.health === 'unhealthy') return { mark: 'warning', text: words.unhealthy };
      if (container.health === 'starting') return { mark: 'running', text: words.starting };
      return { mark: 'running', text: container.health === 'healthy' ? words.healthy : words.running };
    case 'exited': {
      const { exitCode } = container;
      const bySignal = exitCode === killedCode || exitCode === terminatedCode;
      if (askedToStop && bySignal) return { mark: 'stopped', text: words.stopped };
      const harmless = exitCode === null || exitCode === 0 || exitCode === terminatedCode;
      return { mark: harmless ? 'stopped' : 'failed', text: words.exited(exitCode) };
    }
    case 'created':
      return { mark: container.error === '' ? 'stopped' : 'failed', text: words.created };
    case 'paused':
      return { mark: 'paused', text: words.paused };
    case 'restarting':
      return { mark: 'busy', text: words.restarting };
    case 'removing':
      return { mark: 'busy', text: words.removing };
    case 'dead':
      return { mark: 'failed', text: words.dead };
  }
}

/** Whether its processes live: stop, restart, kill and a shell make sense. */
export function isAlive(container: ContainerModel): boolean {
  return container.state === 'running' || container.state === 'paused' || container.state === 'restarting';
}

/** Whether the verb makes sense in the state it is in. */
export function canDo(verb: ContainerVerb, container: ContainerModel): boolean {
  const { state } = container;
  switch (verb) {
    case 'start':
      return state === 'created' || state === 'exited';
    case 'stop':
    case 'kill':
      return isAlive(container);
    case 'restart':
      return state !== 'removing' && state !== 'dead';
    case 'pause':
      return state === 'running';
    case 'unpause':
      return state === 'paused';
    case 'remove':
      return state !== 'removing';
  }
}
