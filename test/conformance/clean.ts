// What a scenario leaves is removed after it, whatever it is; and the registry of a side, to which images are pushed.
import type { TestEngine } from '../fixtures/engine.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';

/** Where images are pushed to, on each side. */
export const pushPort = 5999;

/** Starts the registry that takes a side's pushes. */
export async function startPushRegistry({ machine }: TestEngine): Promise<Registry> {
  return await startRegistry({ enter: machine.enter, port: pushPort, content: 'nothing', writable: true });
}

const builtIn: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);

/** Removes all containers, networks, volumes and images of an engine, but for the images `kept`. */
export async function clean({ docker }: TestEngine, kept: readonly string[]): Promise<void> {
  for (const { Id, State } of await docker.listContainers({ all: true })) {
    if (State === 'paused') await docker.getContainer(Id).unpause();
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Name, Id } of await docker.listNetworks()) {
    if (!builtIn.has(Name)) await docker.getNetwork(Id).remove();
  }
  for (const { Name } of (await docker.listVolumes()).Volumes) await docker.getVolume(Name).remove();
  const keptNames = new Set(kept.map((name) => `${name}:latest`));
  for (const { Id, RepoTags } of await docker.listImages()) {
    const tags = (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
    const names = tags.length === 0 ? [Id] : tags.filter((tag) => !keptNames.has(tag));
    for (const name of names) await docker.getImage(name).remove({ force: true });
  }
}
