// What a container's state is called and how it is marked: a colour, a shape and a word.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { en } from '../../strings/en.ts';

export type Mark = 'running' | 'stopped' | 'failed' | 'warning' | 'paused' | 'busy';

export interface ContainerStatus {
  readonly mark: Mark;
  readonly text: string;
}

/** Ended because somebody stopped it: SIGTERM and SIGKILL are no failures of the program. */
const stoppedCodes = new Set([0, 143]);

export function containerStatus(container: ContainerModel): ContainerStatus {
  const words = en.containers.state;
  switch (container.state) {
    case 'running':
      if (container.health === 'unhealthy') return { mark: 'warning', text: words.unhealthy };
      if (container.health === 'starting') return { mark: 'running', text: words.starting };
      return { mark: 'running', text: container.health === 'healthy' ? words.healthy : words.running };
    case 'exited':
      return {
        mark: container.exitCode === null || stoppedCodes.has(container.exitCode) ? 'stopped' : 'failed',
        text: words.exited(container.exitCode),
      };
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
