// Joining and leaving networks, of containers that run and of those that do not.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { EngineError, messageOf } from '../errors.ts';
import { gatewaysOf } from '../networks/network.ts';
import { gatewayBridgeName } from '../networks/networks.ts';
import type { EndpointSettings } from '../types.ts';
import {
  forwardsOf,
  freeDevice,
  gatewayEndpoint,
  isWished,
  needsGatewayBridge,
  noEndpoint,
  takeEndpoint,
  takeGatewayBridge,
  wishOf,
  withGateway,
} from './container-endpoints.ts';
import { proxyTarget } from './start-ports.ts';
import { ownNames, resolvConfText } from './container-etc.ts';
import { networkActor, publishNetworkEvent } from './container-events.ts';
import type { Endpoint, NetworkWish } from './container-record.ts';
import { writeResolver } from './container-resolver.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { Container } from './container.ts';
import { parseNetworkMode } from './network-mode.ts';
import type { Surroundings } from './surroundings.ts';
import { UndoList } from './undo-list.ts';

const invalid = (message: string): EngineError => new EngineError('invalid', message);
const hostMessage = 'container cannot be disconnected from host network or connected to host network';
const noneMessage =
  'container cannot be connected to multiple networks with one of the networks in private (none) mode';

/** Containers, as networks see them. */
export class ContainerNetworks {
  readonly #around: Surroundings;
  readonly #runner: Pick<ContainerRunner, 'save'>;

  constructor(around: Surroundings, runner: Pick<ContainerRunner, 'save'>) {
    this.#around = around;
    this.#runner = runner;
  }

  /** Those that run in the host's network, or in none. */
  sharing(network: 'host' | 'none'): { id: string; name: string }[] {
    return [...this.#around.index.values()]
      .filter(({ running, record }) => running && record.networks.some(({ name }) => name === network))
      .map(({ id, name }) => ({ id, name }));
  }

  /** `docker network connect`. */
  async connect(network: string, nameOrId: string, settings: EndpointSettings): Promise<void> {
    const { index, locks, networks } = this.#around;
    const container = index.find(nameOrId);
    const found = networks.find(network);
    await locks.run(container.id, async () => {
      const mode = parseNetworkMode(container.record.hostConfig.NetworkMode);
      if (found.kind === 'host') throw invalid(hostMessage);
      if (mode.type === 'container' || mode.type === 'host') {
        throw invalid(
          'container sharing network namespace with another container or host cannot be connected to any other network',
        );
      }
      if (found.kind === 'none' || container.record.networks.some(({ name }) => name === 'none')) {
        throw invalid(noneMessage);
      }
      if (container.record.config.NetworkDisabled) {
        throw new EngineError('forbidden', `networking is disabled for container ${container.name}`);
      }
      const wish = wishOf(found.name, settings);
      // As with dockerd, one that does not run may wish for it, and then does not start.
      if (found.kind !== 'configuration') found.network.check(wish);
      else if (container.running) throw noEndpoint();
      if (container.removing)
        throw new EngineError(
          'conflict',
          'Container is marked for removal and cannot be connected or disconnected to the network',
        );
      if (container.running) {
        if (found.kind !== 'configuration') found.network.checkJoin();
        if (container.record.state.endpoints.some(({ networkId }) => networkId === found.id)) {
          throw new EngineError(
            'forbidden',
            `endpoint with name ${container.name} already exists in network ${found.name}`,
          );
        }
        await this.#join(container, wish);
      } else {
        container.record = { ...container.record, networks: withWish(container.record.networks, wish) };
      }
      await this.#runner.save(container);
    });
  }

  /** `docker network disconnect`. By force a container need not be known: then nobody of that name is in the network. */
  async disconnect(network: string, nameOrId: string, force: boolean): Promise<void> {
    const { index, locks, networks } = this.#around;
    const found = networks.find(network);
    const container = force ? index.look(nameOrId) : index.find(nameOrId);
    if (container === undefined) throw new EngineError('notFound', `endpoint ${nameOrId} not found`);
    await locks.run(container.id, async () => {
      if (found.kind === 'host') throw invalid(hostMessage);
      const { record } = container;
      const wished = record.networks.some(({ name }) => name === found.name);
      const endpoint = record.state.endpoints.find(({ networkId }) => networkId === found.id);
      if (!wished && endpoint === undefined) {
        throw new EngineError(
          'internal',
          `container ${container.id} is not connected to network ${found.name}`,
        );
      }
      if (container.running && endpoint !== undefined) await this.#leave(container, endpoint);
      container.record = {
        ...container.record,
        networks: container.record.networks.filter(({ name }) => name !== found.name),
      };
      await this.#runner.save(container);
      publishNetworkEvent(this.#around.events, container, 'disconnect', networkActor(found));
    });
  }

  /** Takes all that run out of the networks of a swarm that the engine leaves: they go on without. */
  async leaveOverlays(): Promise<void> {
    const { index, networks, log } = this.#around;
    for (const { record } of networks.overlays) {
      for (const container of [...index.values()]) {
        if (!container.running || !isWished(container.record, record.name)) continue;
        await this.disconnect(record.id, container.id, true).catch((error: unknown) => {
          log.warn('a container stays in a network of a swarm that was left', {
            container: container.id,
            reason: messageOf(error),
          });
        });
      }
    }
  }

  async #join(container: Container, wish: NetworkWish): Promise<void> {
    const { networks, events, log } = this.#around;
    const found = networks.find(wish.name);
    if (found.kind !== 'bridge' && found.kind !== 'made') return;
    const undo = new UndoList(log);
    try {
      const { state } = container.record;
      const device = freeDevice(state.endpoints);
      const joined = [
        ...state.endpoints,
        await takeEndpoint(found.network, container.record, wish, device, undo),
      ];
      if (needsGatewayBridge(networks, joined)) {
        joined.push(await takeGatewayBridge(networks, container.record, joined, undo));
      }
      const wishes = withWish(container.record.networks, wish);
      const endpoints = withGateway(joined, wishes);
      const added = endpoints.slice(state.endpoints.length);
      for (const endpoint of added) await this.#attach(state.pid, endpoint, undo);
      // A device that brings a default route has replaced the one there was; ports follow the gateway.
      await this.#movePorts(container, state.endpoints, endpoints);
      container.record = { ...container.record, networks: wishes };
      container.note({ endpoints });
      if (this.#hasResolver(container)) {
        writeResolver(this.#around, container.record, endpoints, wishes);
        this.#changeResolvConf(container, state.endpoints, endpoints);
      }
      const [endpoint] = added;
      if (endpoint !== undefined) {
        this.#changeHosts(container, (lines) => [...lines, ...hostLines(container, endpoint)]);
      }
    } catch (error) {
      await undo.rollBack();
      throw error;
    }
    publishNetworkEvent(events, container, 'connect', networkActor(found));
  }

  async #attach(pid: number, endpoint: Endpoint, undo: UndoList): Promise<void> {
    const place = this.#around.networks.byId(endpoint.networkId)?.place(endpoint);
    if (place === undefined) return;
    await this.#around.spawn.attach(pid, place);
    undo.add('device', () => this.#detach(pid, endpoint));
  }

  async #detach(pid: number, { hostName, device }: Endpoint): Promise<void> {
    const { spawn } = this.#around;
    if (hostName === '') await spawn.detach(pid, device);
    else await spawn.deleteLink(hostName);
  }

  /** Forwards the published ports to another gateway endpoint. */
  async #movePorts(container: Container, from: readonly Endpoint[], to: readonly Endpoint[]): Promise<void> {
    if (gatewayEndpoint(from)?.endpointId === gatewayEndpoint(to)?.endpointId) return;
    const { networks } = this.#around;
    const { ports } = container.record.state;
    await networks.unpublish(forwardsOf(from, ports));
    await networks.publish(forwardsOf(to, ports));
    container.run?.control.retarget(proxyTarget(gatewayEndpoint(to), 4), proxyTarget(gatewayEndpoint(to), 6));
  }

  async #leave(container: Container, endpoint: Endpoint): Promise<void> {
    const { networks, spawn } = this.#around;
    const { state } = container.record;
    await this.#detach(state.pid, endpoint);
    const rest = withGateway(
      await this.#withoutOrphan(
        container,
        state.endpoints.filter((other) => other !== endpoint),
      ),
      container.record.networks,
    );
    const gateway = gatewayEndpoint(rest);
    if (endpoint.isGateway && gateway !== undefined) {
      await spawn.route(state.pid, gateway.device, gatewaysOf(gateway));
    }
    await this.#movePorts(container, state.endpoints, rest);
    container.note({ endpoints: rest });
    if (this.#hasResolver(container))
      writeResolver(this.#around, container.record, rest, container.record.networks);
    networks.byId(endpoint.networkId)?.release(endpoint);
    const gone = new Set(hostLines(container, endpoint));
    this.#changeHosts(container, (lines) => lines.filter((line) => !gone.has(line)));
  }

  /**
   * The way to the world that nobody wished for, taken or given back as the others now need it: the last overlay network that
   * was left needs none, and one that is still there needs it when another network was its way.
   */
  async #withoutOrphan(container: Container, endpoints: readonly Endpoint[]): Promise<Endpoint[]> {
    const { networks, log } = this.#around;
    const { pid } = container.record.state;
    const isOverlay = ({ networkId }: Endpoint): boolean =>
      networks.byId(networkId)?.spec.driver === 'overlay';
    const orphan = endpoints.find(
      ({ network }) => network === gatewayBridgeName && !isWished(container.record, network),
    );
    if (orphan !== undefined && !endpoints.some(isOverlay)) {
      await this.#detach(pid, orphan);
      networks.byId(orphan.networkId)?.release(orphan);
      return endpoints.filter((other) => other !== orphan);
    }
    if (!needsGatewayBridge(networks, endpoints)) return [...endpoints];
    const undo = new UndoList(log);
    try {
      const taken = await takeGatewayBridge(networks, container.record, endpoints, undo);
      await this.#attach(pid, taken, undo);
      return [...endpoints, taken];
    } catch (error) {
      await undo.rollBack();
      throw error;
    }
  }

  /** Engines before this one gave none to containers of the default bridge. */
  #hasResolver(container: Container): boolean {
    return existsSync(this.#around.folders.resolver(container.id));
  }

  /** The first network with names makes the monitor the container's resolver, unless somebody wrote into the file. */
  #changeResolvConf(container: Container, before: readonly Endpoint[], after: readonly Endpoint[]): void {
    const { hostConfig } = container.record;
    const mode = parseNetworkMode(hostConfig.NetworkMode);
    const file = `${this.#around.folders.container(container.id)}/resolv.conf`;
    if (readFileSync(file, 'utf8') !== resolvConfText(hostConfig, mode, before)) return;
    writeFileSync(file, resolvConfText(hostConfig, mode, after));
  }

  /** The file is mounted: it is written over, never replaced. */
  #changeHosts(container: Container, change: (lines: string[]) => string[]): void {
    const file = `${this.#around.folders.container(container.id)}/hosts`;
    const lines = readFileSync(file, 'utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    writeFileSync(file, [...change(lines), ''].join('\n'));
  }
}

function withWish(wishes: readonly NetworkWish[], wish: NetworkWish): NetworkWish[] {
  return [...wishes.filter(({ name }) => name !== wish.name), wish];
}

function hostLines(container: Container, { address, address6 }: Endpoint): string[] {
  const { Hostname, Domainname } = container.record.config;
  const names = ownNames(Hostname, Domainname).join(' ');
  return [address, address6].filter((each) => each !== '').map((each) => `${each}\t${names}`);
}
