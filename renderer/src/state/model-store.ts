// The window's copy of the live model, by id. An object that did not change keeps its identity, so that a row that
// subscribes to its own id is left alone by everybody else's changes.
import { create } from 'zustand';
import type {
  ContainerModel,
  EngineModel,
  ImageModel,
  ModelDiff,
  NetworkModel,
  TaskModel,
  TerminalModel,
  VolumeModel,
} from '../../../runtime/contract/model.ts';

interface ModelState {
  readonly engine: EngineModel | undefined;
  readonly containers: ReadonlyMap<string, ContainerModel>;
  readonly images: ReadonlyMap<string, ImageModel>;
  readonly volumes: ReadonlyMap<string, VolumeModel>;
  readonly networks: ReadonlyMap<string, NetworkModel>;
  readonly tasks: ReadonlyMap<string, TaskModel>;
  readonly terminals: ReadonlyMap<string, TerminalModel>;
  /** When the engine last told something about its containers or images; undefined before the first time. */
  readonly updatedMs: number | undefined;
}

export const useModel = create<ModelState>(() => ({
  engine: undefined,
  containers: new Map(),
  images: new Map(),
  volumes: new Map(),
  networks: new Map(),
  tasks: new Map(),
  terminals: new Map(),
  updatedMs: undefined,
}));

interface Change<T> {
  readonly set: readonly T[];
  readonly remove: readonly string[];
}

/** The map after a change: the very same map when nothing in it differs. */
export function changed<T extends { readonly id: string }>(
  before: ReadonlyMap<string, T>,
  change: Change<T> | undefined,
  reset: boolean,
): ReadonlyMap<string, T> {
  if (change === undefined) return before;
  const after = new Map<string, T>(reset ? [] : before);
  let differs = false;
  for (const id of change.remove) differs = after.delete(id) || differs;
  for (const value of change.set) {
    const known = before.get(value.id);
    const same = known !== undefined && JSON.stringify(known) === JSON.stringify(value);
    if (!same) differs = true;
    after.set(value.id, same ? known : value);
  }
  return differs || after.size !== before.size ? after : before;
}

/** Takes a diff of the backend into the store. */
export function applyModelDiff(diff: ModelDiff): void {
  const reset = diff.reset === true;
  useModel.setState((state) => {
    const engine = diff.engine ?? state.engine;
    const running = engine?.state === 'running';
    return {
      engine,
      containers: changed(state.containers, diff.containers, reset),
      images: changed(state.images, diff.images, reset),
      volumes: changed(state.volumes, diff.volumes, reset),
      networks: changed(state.networks, diff.networks, reset),
      tasks: changed(state.tasks, diff.tasks, reset),
      terminals: changed(state.terminals, diff.terminals, reset),
      updatedMs: running ? Date.now() : state.updatedMs,
    };
  });
}
