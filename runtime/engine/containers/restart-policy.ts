// Restart policies by Docker's rules: which are valid, whether one starts a container again, and how long it waits. Pure.
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types.ts';

export type RestartPolicy = HostConfig['RestartPolicy'];

const firstDelayMs = 100;
const longestDelayMs = 60_000;
/** A container that ran this long is thought to be well: its next restart waits as little as the first. */
const wellAfterMs = 10_000;

const names = ['no', 'always', 'on-failure', 'unless-stopped'] as const;

/** Throws invalid in Docker's words for a policy there is none of. */
export function checkRestartPolicy({ Name, MaximumRetryCount }: RestartPolicy): void {
  const invalid = (message: string): EngineError =>
    new EngineError('invalid', `invalid restart policy: ${message}`);
  if (Name === '') return;
  if (!names.some((name) => name === Name)) {
    const known = `'${names.slice(0, -1).join("', '")}', or '${String(names.at(-1))}'`;
    throw invalid(`unknown policy '${Name}'; use one of ${known}`);
  }
  if (Name === 'on-failure') {
    if (MaximumRetryCount < 0) throw invalid('maximum retry count cannot be negative');
  } else if (MaximumRetryCount !== 0) {
    const negative = MaximumRetryCount < 0 ? ' and cannot be negative' : '';
    throw invalid(`maximum retry count can only be used with 'on-failure'${negative}`);
  }
}

/** What a decision depends on. */
export interface EndedRun {
  readonly exitCode: number;
  /** Restarts by the policy since somebody started it. */
  readonly restartCount: number;
  /** Somebody stopped or killed it since somebody started it. */
  readonly manuallyStopped: boolean;
}

/** Whether the policy starts a container again that has just ended. A stop that is meant to be final is the caller's. */
export function startsAgain(policy: RestartPolicy, run: EndedRun): boolean {
  switch (policy.Name) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !run.manuallyStopped;
    case 'on-failure':
      return (
        run.exitCode !== 0 && (policy.MaximumRetryCount === 0 || run.restartCount < policy.MaximumRetryCount)
      );
    default:
      return false;
  }
}

/** Whether a container that does not run is started with the engine. What was stopped on purpose did not fail. */
export function startsWithEngine(policy: RestartPolicy, run: EndedRun): boolean {
  return startsAgain(policy, run) && !(policy.Name === 'on-failure' && run.manuallyStopped);
}

/** The wait before the next restart, from the one before (0: none yet) and how long the container ran. */
export function nextDelayMs(lastDelayMs: number, ranMs: number): number {
  if (lastDelayMs === 0 || ranMs >= wellAfterMs) return firstDelayMs;
  return Math.min(lastDelayMs * 2, longestDelayMs);
}
