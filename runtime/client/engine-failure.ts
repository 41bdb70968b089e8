// What can go wrong between us and an engine: it answered with an error status, or it could not be asked.
import { z } from 'zod';

/** A request to an engine failed. `message` is the engine's own sentence where it gave one. */
export class EngineFailure extends Error {
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** The system's error name (`ECONNREFUSED`, `EACCES`); undefined when the engine answered. */
  readonly errno: string | undefined;

  constructor(message: string, options: { status?: number; errno?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineFailure';
    this.status = options.status;
    this.errno = options.errno;
  }
}

const errorBody = z.object({ message: z.string() });
const systemError = z.object({ code: z.string() });

/** The failure that an answer with an error status stands for. Docker's form is `{"message": …}`; others are shown as they are. */
export function failureFromAnswer(status: number, body: string): EngineFailure {
  const parsed = errorBody.safeParse(parseJson(body));
  const text = parsed.success ? parsed.data.message.trim() : body.trim().slice(0, 2000);
  return new EngineFailure(text === '' ? `The engine answered with status ${String(status)}.` : text, {
    status,
  });
}

/** The failure that an error of the connection stands for. */
export function failureFromError(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const parsed = systemError.safeParse(error);
  const message = error instanceof Error ? error.message : String(error);
  return new EngineFailure(message, { ...(parsed.success ? { errno: parsed.data.code } : {}), cause: error });
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
