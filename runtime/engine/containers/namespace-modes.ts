// `--pid`, `--ipc`, `--uts`, `--userns`, `--cgroupns`: whose namespaces a container is in. Pure.
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types.ts';

/** A namespace of the container's own, the host's, or another container's. */
export type NamespaceMode =
  | { readonly type: 'own' }
  | { readonly type: 'host' }
  | { readonly type: 'container'; readonly container: string };

/** HostConfig.PidMode. Throws invalid. */
export function parsePidMode(mode: string): NamespaceMode {
  return parseMode(mode, 'PID', []);
}

/** HostConfig.IpcMode: private cannot be joined, shareable can, none has no /dev/shm. Throws invalid. */
export function parseIpcMode(mode: string): NamespaceMode {
  return parseMode(mode, 'IPC', ['private', 'shareable', 'none']);
}

/** Refuses modes that do not exist. The engine maps no users: its user namespace is every container's. */
export function checkNamespaceModes(
  host: Pick<HostConfig, 'PidMode' | 'IpcMode' | 'UTSMode' | 'UsernsMode' | 'CgroupnsMode'>,
): void {
  parsePidMode(host.PidMode);
  parseIpcMode(host.IpcMode);
  const demand = (value: string, what: string, known: readonly string[]): void => {
    if (value !== '' && !known.includes(value)) {
      throw new EngineError('invalid', `invalid ${what} mode: ${value}`);
    }
  };
  demand(host.UTSMode, 'UTS', ['host']);
  demand(host.UsernsMode, 'USER', ['host']);
  demand(host.CgroupnsMode, 'cgroup namespace', ['private', 'host']);
}

function parseMode(mode: string, what: string, own: readonly string[]): NamespaceMode {
  if (mode === '' || own.includes(mode)) return { type: 'own' };
  if (mode === 'host') return { type: 'host' };
  const [, container] = /^container:(.+)$/s.exec(mode) ?? [];
  if (container === undefined) throw new EngineError('invalid', `invalid ${what} mode: ${mode}`);
  return { type: 'container', container };
}
