// Giving a container another name: the index, the record and the event.
import { EngineError } from '../errors.ts';
import type { Networks } from '../networks/networks.ts';
import { publishContainerEvent } from './container-events.ts';
import { releaseLinks, reserveLinks } from './container-links.ts';
import { checkName } from './container-names.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { Container } from './container.ts';
import type { Surroundings } from './surroundings.ts';

/** Renames a container, running or not; the old name is free once the new one is on disk. */
export async function renameContainer(
  around: Pick<Surroundings, 'index' | 'events'> & { readonly networks: Pick<Networks, 'byId'> },
  runner: Pick<ContainerRunner, 'save'>,
  container: Container,
  name: string,
): Promise<void> {
  const { index, events, networks } = around;
  const slashed = name.startsWith('/') ? name : `/${name}`;
  const oldName = container.name;
  if (slashed === `/${oldName}`) {
    throw new EngineError('invalid', 'Renaming a container with the same name as its current name');
  }
  const newName = reserve(index, slashed, container.id);
  const { links } = container.record;
  try {
    reserveLinks(index, newName, links);
  } catch (error) {
    index.release(newName, container.id);
    throw error;
  }
  // The names are exchanged at once, so that a second rename or a removal sees one or the other.
  container.record = { ...container.record, name: newName };
  try {
    await runner.save(container);
  } catch (error) {
    if (container.name === newName) container.record = { ...container.record, name: oldName };
    releaseLinks(index, newName, links);
    index.release(newName, container.id);
    throw error;
  }
  for (const { networkId } of container.record.state.endpoints) {
    networks.byId(networkId)?.rename(container.id, newName);
  }
  releaseLinks(index, oldName, links);
  index.release(oldName, container.id);
  publishContainerEvent(events, container, 'rename', { oldName: `/${oldName}` });
}

function reserve(index: Surroundings['index'], name: string, id: string): string {
  try {
    const bare = checkName(name);
    index.reserve(bare, id);
    return bare;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.kind, `Error when allocating new name: ${error.message}`, { cause: error });
  }
}
