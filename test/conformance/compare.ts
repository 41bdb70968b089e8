// Finds what differs between two outcomes, and takes from it what the list of differences explains.
import type { Difference } from './differences.ts';

/** Two values at one place. */
export interface Found {
  /** `stdout`, `body.0.HostConfig.Memory`. */
  readonly at: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All places where two values differ, the innermost ones. Arrays of unlike length differ as a whole. */
export function compare(ours: unknown, theirs: unknown, at = ''): Found[] {
  if (Object.is(ours, theirs)) return [];
  const inner = (key: string): string => (at === '' ? key : `${at}.${key}`);
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((each, index) => compare(each, theirs[index], inner(String(index))));
  }
  if (isObject(ours) && isObject(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys].flatMap((key) =>
      compare(
        Object.hasOwn(ours, key) ? ours[key] : '<absent>',
        Object.hasOwn(theirs, key) ? theirs[key] : '<absent>',
        inner(key),
      ),
    );
  }
  return [{ at, ours, theirs }];
}

/** The list of differences, and which of them were seen. */
export class Explanations {
  readonly #list: readonly Difference[];
  readonly #seen = new Set<Difference>();

  constructor(list: readonly Difference[]) {
    this.#list = list;
  }

  /** Whether the list explains it. */
  explains(scenario: string, step: string, found: Found): boolean {
    const here = this.#list.filter(
      ({ scenarios, steps }) =>
        (scenarios === undefined || scenarios.some((each) => scenario.startsWith(each))) &&
        (steps === undefined || steps.includes(step)),
    );
    for (const each of here) {
      if (each.at !== undefined && isAt(found.at, each.at) && hasValues(each, found)) {
        this.#seen.add(each);
        return true;
      }
    }
    if (typeof found.ours !== 'string' || typeof found.theirs !== 'string') return false;
    let text = found.theirs;
    const used: Difference[] = [];
    for (const each of here) {
      if (each.theirWords === undefined) continue;
      const changed = text.replaceAll(each.theirWords, each.ourWords);
      if (changed !== text) used.push(each);
      text = changed;
    }
    if (text !== found.ours) return false;
    for (const each of used) this.#seen.add(each);
    return true;
  }

  /** Those that no step has shown. */
  unseen(): Difference[] {
    return this.#list.filter((each) => !this.#seen.has(each));
  }
}

/** Whether a place ends in this one; `*` stands for one name. */
function isAt(place: string, end: string): boolean {
  const names = place.split('.');
  const wanted = end.split('.');
  const last = names.slice(-wanted.length);
  return names.length >= wanted.length && wanted.every((name, index) => name === '*' || name === last[index]);
}

const same = (one: unknown, other: unknown): boolean => compare(one, other).length === 0;

function hasValues(difference: Difference, found: Found): boolean {
  return (
    (!('ours' in difference) || same(difference.ours, found.ours)) &&
    (!('theirs' in difference) || same(difference.theirs, found.theirs))
  );
}
