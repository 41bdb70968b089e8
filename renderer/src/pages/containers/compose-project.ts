// Which Compose project a container belongs to, and the projects there are. Pure.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { isAlive } from './container-status.ts';

export interface ComposeProject {
  /** Ids of its containers. */
  readonly members: readonly string[];
  readonly running: number;
}

/** The name of its project; undefined for a container on its own. */
export function projectOf(container: ContainerModel): string | undefined {
  const project = container.labels['com.docker.compose.project'];
  return project === '' ? undefined : project;
}

let counted: ReadonlyMap<string, ContainerModel> | undefined;
let projects: ReadonlyMap<string, ComposeProject> = new Map();

/** The projects by name. Counted once per state of the model, however many rows ask. */
export function projectsOf(
  containers: ReadonlyMap<string, ContainerModel>,
): ReadonlyMap<string, ComposeProject> {
  if (counted === containers) return projects;
  const found = new Map<string, { members: string[]; running: number }>();
  for (const container of containers.values()) {
    const name = projectOf(container);
    if (name === undefined) continue;
    const project = found.get(name) ?? { members: [], running: 0 };
    project.members.push(container.id);
    if (isAlive(container)) project.running += 1;
    found.set(name, project);
  }
  counted = containers;
  projects = found;
  return found;
}
