// What went wrong with a start, in Docker's words: clients make exit codes 126 and 127 out of the text.
import { EngineError, messageOf } from '../errors.ts';
import { SpawnError } from '../helper/spawn-client.ts';

const commandNotFound = 127;
const commandNotRunnable = 126;
const containerFailed = 128;

/** A failed start or exec: what the client is told, and the exit code the container shows. */
export interface StartFailure {
  readonly error: EngineError;
  readonly exitCode: number;
}

/** Docker's prefix for what goes wrong in a container's first process, and in an exec's. */
const prefixes = {
  start:
    'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ',
  exec: 'OCI runtime exec failed: exec failed: unable to start container process: ',
} as const;

/** Translates what a start or an exec threw. */
export function startFailure(cause: unknown, kind: keyof typeof prefixes): StartFailure {
  if (cause instanceof EngineError) return { error: cause, exitCode: containerFailed };
  if (!(cause instanceof SpawnError)) {
    const error = new EngineError('internal', messageOf(cause), { cause });
    return { error, exitCode: containerFailed };
  }
  // Docker looks for the user itself, before there is a runtime to speak of.
  const message = cause.step === 'user' ? cause.message : `${prefixes[kind]}${cause.message}: unknown`;
  const exitCode = exitCodeOf(cause);
  const error = new EngineError(exitCode === containerFailed ? 'internal' : 'invalid', message, { cause });
  return { error, exitCode: kind === 'exec' && cause.step === 'user' ? commandNotRunnable : exitCode };
}

function exitCodeOf({ step, code, message }: SpawnError): number {
  if (step === 'user') return containerFailed;
  if (/executable file not found|no such file or directory|not a directory/.test(message))
    return commandNotFound;
  if (/permission denied|exec format error|is a directory/.test(message)) return commandNotRunnable;
  if (step !== 'exec') return containerFailed;
  return code === 'ENOENT' ? commandNotFound : commandNotRunnable;
}
