// The engine's one error type. A kind says what went wrong; the API turns it into a status in one table.

/** What went wrong, in terms a service knows; see {@link statusOf} for what HTTP makes of it. */
export type ErrorKind =
  | 'notFound'
  | 'conflict'
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'notModified'
  | 'notImplemented'
  | 'unavailable'
  | 'internal';

const statuses: Record<ErrorKind, number> = {
  notFound: 404,
  conflict: 409,
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  notModified: 304,
  notImplemented: 501,
  unavailable: 503,
  internal: 500,
};

/** An error with a kind and a message in Docker's words; `hint` says what a person can do about it. */
export class EngineError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineError';
    this.kind = kind;
    this.hint = options.hint;
  }
}

/** The HTTP status of an error: the kind's, and 500 for whatever is not an {@link EngineError}. */
export function statusOf(error: unknown): number {
  return error instanceof EngineError ? statuses[error.kind] : 500;
}

/** What Docker says of a call that only the manager of a swarm answers, on an engine that is in none. */
export function notSwarmManager(): EngineError {
  return new EngineError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

/** The sentence of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
