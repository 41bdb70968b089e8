// Events of containers, with the attributes Docker gives them: the image, the name, and every label.
import type { FoundNetwork } from '../networks/networks.ts';
import type { EventBus } from '../services.ts';
import type { Container } from './container.ts';

/** Publishes a container's event. */
export function publishContainerEvent(
  events: EventBus,
  container: Container,
  action: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const { config } = container.record;
  const attributes = Object.assign(
    Object.create(null) as Record<string, string>,
    config.Labels,
    { image: config.Image, name: container.name },
    more,
  );
  events.publish({ type: 'container', action, id: container.id, attributes });
}

/** Publishes that a container joined or left a network. */
export function publishNetworkEvent(
  events: EventBus,
  container: Container,
  action: 'connect' | 'disconnect',
  network: { readonly id: string; readonly name: string; readonly type: string },
): void {
  events.publish({
    type: 'network',
    action,
    id: network.id,
    attributes: { container: container.id, name: network.name, type: network.type },
  });
}

/** How events name a network. */
export function networkActor(found: FoundNetwork): { id: string; name: string; type: string } {
  const type = 'record' in found ? found.record.driver : found.kind === 'none' ? 'null' : found.kind;
  return { id: found.id, name: found.name, type };
}
