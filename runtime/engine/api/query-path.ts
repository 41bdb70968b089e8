// The path of a file in a volume or an image, as a request names it.
import { EngineError } from '../errors.ts';
import type { Call } from './route.ts';

/** Absolute inside it; its root when it is not said. */
export function pathOf(query: Call['query']): string {
  const path = query.text('path') ?? '/';
  if (!path.startsWith('/')) {
    throw new EngineError('invalid', `invalid path: ${JSON.stringify(path)} is not absolute`);
  }
  return path;
}
