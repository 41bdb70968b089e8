// What ends a build, and where in the Dockerfile it happened.
import { DockerfileError, type SourceRange } from '../../syntax/dockerfile/source.ts';
import { EngineError, messageOf } from '../errors.ts';
import { WorkerError } from '../helper/worker-job.ts';

/** A command of a step that ended with another status than 0. */
export class BuildStepError extends EngineError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, hint?: string) {
    super('internal', message, hint === undefined ? {} : { hint });
    this.name = 'BuildStepError';
    this.exitCode = exitCode;
  }
}

/** Where an error happened: the places that an instruction gave it. */
const places = new WeakMap<Error, SourceRange>();

/** Remembers the place of an error, unless it has one. */
export function placed(error: unknown, range: SourceRange): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  const own = known instanceof DockerfileError ? known.range : undefined;
  if (!places.has(known)) places.set(known, own ?? range);
  return known;
}

export function placeOf(error: unknown): SourceRange | undefined {
  if (error instanceof DockerfileError && error.range !== undefined) return error.range;
  return error instanceof Error ? places.get(error) : undefined;
}

/** The error as clients are told it; a mistake in a Dockerfile is the client's. */
export function toldError(error: unknown): unknown {
  if (error instanceof DockerfileError) {
    const line =
      error.range === undefined ? '' : `dockerfile parse error line ${String(error.range.startLine)}: `;
    return new EngineError('invalid', `${line}${error.message}`, { cause: error });
  }
  if (error instanceof WorkerError) return new EngineError('internal', messageOf(error), { cause: error });
  return error;
}
