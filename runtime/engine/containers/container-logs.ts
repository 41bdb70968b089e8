// Where a container's log is read from, and until when there may be more of it.
import { EngineError } from '../errors.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';
import type { LogSource } from './log-reader.ts';

/** The log of a container. Throws notImplemented when its driver keeps nothing that can be read. */
export function logSource(folders: Folders, container: Container): LogSource {
  const { Type } = container.record.hostConfig.LogConfig;
  if (Type === 'none') {
    throw new EngineError('notImplemented', 'configured logging driver does not support reading');
  }
  const format = Type === 'local' ? 'local' : 'json-file';
  return {
    file: folders.log(container.id, format),
    format,
    tty: container.record.config.Tty,
    isRunning: () => container.running,
    whenEnded: async (signal) => {
      if (!container.running) return;
      await container.wait('not-running', signal).catch(() => undefined);
    },
  };
}
