// The path of a file in a volume or an image, as a request names it.
import type { Call } from './route.ts';

/** Its root when it is not said. Whether it is a path at all is for the service to say (folder-view.ts). */
export function pathOf(query: Call['query']): string {
  return query.text('path') ?? '/';
}
