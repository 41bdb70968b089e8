// Which containers the list shows, and in which order. A listing is kept in order from one state of the model to the next: a
// change of one container costs one pass by identity and, only where it moves, a search by halves, not a new sort. Pure but
// for that memory.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { projectOf } from './compose-project.ts';
import type { ContainerColumn } from './container-columns.ts';
import { isAlive } from './container-status.ts';

export type WhichContainers = 'all' | 'running' | 'stopped';

export interface ListQuery {
  readonly text: string;
  readonly which: WhichContainers;
  readonly column: ContainerColumn;
  readonly ascending: boolean;
  /** Compose projects stand together, below a row of their own. */
  readonly grouped: boolean;
  /** Projects whose members are not shown. Not heeded while a text filters: a match must be seen. */
  readonly folded: ReadonlySet<string>;
  /** By id, what is sorted by when that is the use of CPU or memory: as it was at one moment. */
  readonly usage?: ReadonlyMap<string, number>;
}

export interface ContainerListing {
  /** What the table shows: ids of containers, and of projects ({@link projectRow}). */
  readonly rows: readonly string[];
  /** Ids of all containers that pass the filter, folded away or not. */
  readonly ids: readonly string[];
}

const projectPrefix = 'project:';

/** The row of a project. A container's id has no colon. */
export function projectRow(project: string): string {
  return projectPrefix + project;
}

/** The project whose row this is; undefined for a container's. */
export function projectOfRow(row: string): string | undefined {
  return row.startsWith(projectPrefix) ? row.slice(projectPrefix.length) : undefined;
}

const stateOrder = ['running', 'restarting', 'paused', 'created', 'exited', 'dead', 'removing'];
const byText = new Intl.Collator(undefined, { numeric: true });

/** Whether the words typed are all somewhere in its name, image, project, id or ports. */
function matches(container: ContainerModel, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const ports = container.ports.map((port) => `${port.hostPort ?? ''}:${port.containerPort}`).join(' ');
  const text =
    `${container.name} ${container.image} ${projectOf(container) ?? ''} ${container.id.slice(0, 12)} ${ports}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The port on this machine that a container is sorted by; those without one come last. */
function firstPort(container: ContainerModel): number {
  return Math.min(...container.ports.map((port) => port.hostPort ?? Infinity));
}

function inOrder<T extends number | string>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function compare(column: ContainerColumn, a: ContainerModel, b: ContainerModel, query: ListQuery): number {
  switch (column) {
    case 'status':
      return (
        stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) || (a.exitCode ?? 0) - (b.exitCode ?? 0)
      );
    case 'image':
      return byText.compare(a.image, b.image);
    case 'command':
      return byText.compare(a.command, b.command);
    case 'networks':
      return byText.compare(a.networks[0]?.name ?? '', b.networks[0]?.name ?? '');
    case 'ports':
      return inOrder(firstPort(a), firstPort(b));
    case 'cpu':
    case 'memory':
      return (query.usage?.get(a.id) ?? -1) - (query.usage?.get(b.id) ?? -1);
    case 'created':
      // As with the time it is up, the smaller age comes first.
      return b.createdMs - a.createdMs;
    case 'up':
      // The longest up first; what does not run comes last, the newest first.
      return (
        (isAlive(a) ? (a.startedMs ?? 0) : 1e15 - a.createdMs) -
        (isAlive(b) ? (b.startedMs ?? 0) : 1e15 - b.createdMs)
      );
    case 'id':
      return inOrder(a.id, b.id);
    case 'select':
    case 'name':
    case 'actions':
      return 0;
  }
}

/** The listing of one query, kept up with the model. */
export class ContainerLister {
  readonly #query: ListQuery;
  readonly #words: readonly string[];
  #containers: ReadonlyMap<string, ContainerModel> = new Map();
  /** Those that pass the filter, in order. */
  #sorted: ContainerModel[] = [];
  #listing: ContainerListing = { rows: [], ids: [] };

  constructor(query: ListQuery) {
    this.#query = query;
    this.#words = query.text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  /** The listing of this state of the model; the very same object when it is the same as before. */
  readonly list = (containers: ReadonlyMap<string, ContainerModel>): ContainerListing => {
    const before = this.#containers;
    if (containers === before) return this.#listing;
    this.#containers = containers;
    const changed: ContainerModel[] = [];
    let added = 0;
    for (const [id, container] of containers) {
      const known = before.get(id);
      if (known === container) continue;
      changed.push(container);
      if (known === undefined) added += 1;
    }
    const removed: ContainerModel[] = [];
    if (before.size + added > containers.size) {
      for (const [id, container] of before) if (!containers.has(id)) removed.push(container);
    }
    const many = changed.length > 16 && changed.length > containers.size / 8;
    const moved = many ? this.#sort() : this.#move(before, changed, removed);
    if (moved) this.#listing = this.#lay();
    return this.#listing;
  };

  #sort(): boolean {
    this.#sorted = [...this.#containers.values()].filter((container) => this.#passes(container));
    this.#sorted.sort(this.#compare);
    return true;
  }

  /** Takes single changes into the order; whether any of them moved something. */
  #move(
    before: ReadonlyMap<string, ContainerModel>,
    changed: readonly ContainerModel[],
    removed: readonly ContainerModel[],
  ): boolean {
    let moved = false;
    for (const container of removed) {
      const at = this.#sorted.indexOf(container);
      if (at < 0) continue;
      this.#sorted.splice(at, 1);
      moved = true;
    }
    // Nothing may stand in the order at a place that it has lost: all leave first, then come back.
    const coming: ContainerModel[] = [];
    for (const container of changed) {
      const known = before.get(container.id);
      const at = known === undefined ? -1 : this.#sorted.indexOf(known);
      const passes = this.#passes(container);
      if (known !== undefined && at >= 0 && passes && this.#compare(known, container) === 0) {
        this.#sorted[at] = container;
        continue;
      }
      if (at >= 0) this.#sorted.splice(at, 1);
      if (passes) coming.push(container);
      if (at >= 0 || passes) moved = true;
    }
    for (const container of coming) this.#sorted.splice(this.#placeOf(container), 0, container);
    return moved;
  }

  #placeOf(container: ContainerModel): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sorted[middle];
      if (other !== undefined && this.#compare(other, container) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #passes(container: ContainerModel): boolean {
    const { which } = this.#query;
    return (
      (which === 'all' || isAlive(container) === (which === 'running')) && matches(container, this.#words)
    );
  }

  /** Projects first, by their names; then by the column; equal ones by name, so that nothing jumps. */
  readonly #compare = (a: ContainerModel, b: ContainerModel): number => {
    const query = this.#query;
    const sign = query.ascending ? 1 : -1;
    if (query.grouped) {
      const ofA = projectOf(a);
      const ofB = projectOf(b);
      if (ofA !== ofB) {
        if (ofA === undefined || ofB === undefined) return ofA === undefined ? 1 : -1;
        return (query.column === 'name' ? sign : 1) * (byText.compare(ofA, ofB) || inOrder(ofA, ofB));
      }
    }
    const byName = byText.compare(a.name, b.name);
    const order = query.column === 'name' ? byName : compare(query.column, a, b, query);
    return sign * order || byName || inOrder(a.id, b.id);
  };

  #lay(): ContainerListing {
    const { grouped, folded } = this.#query;
    const rows: string[] = [];
    const ids: string[] = [];
    let last: string | undefined;
    for (const container of this.#sorted) {
      const project = grouped ? projectOf(container) : undefined;
      if (project !== undefined && project !== last) rows.push(projectRow(project));
      last = project;
      ids.push(container.id);
      if (project === undefined || this.#words.length > 0 || !folded.has(project)) rows.push(container.id);
    }
    return { rows, ids };
  }
}
