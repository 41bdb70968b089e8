// Namespaces of other containers that a container joins, found as it starts: they live as long as a process in them.
import { EngineError, messageOf } from '../errors.ts';
import type { HostConfig } from '../types.ts';
import type { ContainerIndex } from './container-names.ts';
import type { Container } from './container.ts';
import { parseIpcMode, parsePidMode } from './namespace-modes.ts';

/** Paths in /proc; absent where nothing is joined. */
export interface JoinedNamespaces {
  readonly pid?: string;
  /** With the mount namespace that has its /dev/shm. */
  readonly ipc?: { readonly path: string; readonly mounts: string };
}

/** Finds what a container joins. Throws in Docker's words when the other does not run or does not share. */
export function joinedNamespaces(
  host: Pick<HostConfig, 'PidMode' | 'IpcMode'>,
  index: Pick<ContainerIndex<Container>, 'find'>,
): JoinedNamespaces {
  const pid = parsePidMode(host.PidMode);
  const ipc = parseIpcMode(host.IpcMode);
  return {
    ...(pid.type === 'container'
      ? {
          pid: namespaceOf(
            running(index, pid.container, `cannot join PID of a non running container: ${pid.container}`),
            'pid',
          ),
        }
      : {}),
    ...(ipc.type === 'container' ? { ipc: joinedIpc(index, ipc.container) } : {}),
  };
}

function joinedIpc(
  index: Pick<ContainerIndex<Container>, 'find'>,
  nameOrId: string,
): NonNullable<JoinedNamespaces['ipc']> {
  const message = `can't join IPC of container ${nameOrId}`;
  const other = running(index, nameOrId, message);
  if (other.record.hostConfig.IpcMode !== 'shareable') {
    throw new EngineError(
      'internal',
      `${message}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
  }
  return { path: namespaceOf(other, 'ipc'), mounts: namespaceOf(other, 'mnt') };
}

function running(
  index: Pick<ContainerIndex<Container>, 'find'>,
  nameOrId: string,
  message: string,
): Container {
  let other: Container;
  try {
    other = index.find(nameOrId);
  } catch (error) {
    throw new EngineError('internal', `${message}: ${messageOf(error)}`, { cause: error });
  }
  if (other.running) return other;
  throw new EngineError('conflict', `${message}: Container ${other.id} is not running`);
}

function namespaceOf(container: Container, type: string): string {
  return `/proc/${String(container.record.state.pid)}/ns/${type}`;
}
