// Which events a client asked for, by Docker's rules: all filter names must agree, any value of a name is enough.
import type { Filters } from '../services.ts';
import type { EventMessage } from '../types.ts';

/** The names that `GET /events` takes. Those of swarm and plugins never match an event of ours. */
export const eventFilterNames: ReadonlySet<string> = new Set(
  'config container daemon event image label network node plugin scope secret service type volume'.split(' '),
);

/** Actions that carry a command or a state behind a colon: `exec_start: sh`, `health_status: healthy`. */
const actionsWithDetail: ReadonlySet<string> = new Set([
  'exec_create',
  'exec_start',
  'exec_die',
  'health_status',
]);

const exact = (values: readonly string[] | undefined, actual: string): boolean =>
  values === undefined || values.length === 0 || values.includes(actual);

const prefix = (values: readonly string[] | undefined, actual: string): boolean =>
  values === undefined || values.length === 0 || values.some((value) => actual.startsWith(value));

/** The repository of `name:tag`; a colon before the last slash is a port. */
function withoutTag(name: string): string {
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** Whether every `key` or `key=value` is among the attributes. */
function hasLabels(wanted: readonly string[] | undefined, attributes: ReadonlyMap<string, string>): boolean {
  return (wanted ?? []).every((label) => {
    const equals = label.indexOf('=');
    if (equals < 0) return attributes.has(label);
    return attributes.get(label.slice(0, equals)) === label.slice(equals + 1);
  });
}

/** Whether a client with these filters gets this event. */
export function includesEvent(event: EventMessage, filters: Filters): boolean {
  if (filters.size === 0) return true;
  const attributes = new Map(Object.entries(event.Actor.Attributes));
  const id = event.Actor.ID;
  const name = attributes.get('name') ?? '';
  const events = filters.get('event');
  const matchEvent = events?.some((value) => actionsWithDetail.has(value)) === true ? prefix : exact;
  if (!matchEvent(events, event.Action)) return false;
  if (!exact(filters.get('type'), event.Type) || !exact(filters.get('scope'), event.scope)) return false;
  for (const kind of ['container', 'daemon', 'network', 'volume', 'plugin']) {
    const values = filters.get(kind);
    if (!prefix(values, id) && !prefix(values, name)) return false;
  }
  for (const kind of ['config', 'node', 'secret', 'service']) {
    if (!exact(filters.get(kind), id) && !exact(filters.get(kind), name)) return false;
  }
  const images = filters.get('image');
  const image = (event.Type === 'image' ? name : attributes.get('image')) ?? '';
  if (![id, image, withoutTag(id), withoutTag(image)].some((value) => exact(images, value))) return false;
  return hasLabels(filters.get('label'), attributes);
}
