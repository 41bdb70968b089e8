// Joining and leaving networks, of containers that run and of those that do not.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import { gatewaysOf } from '../networks/network.ts';
import type { EndpointSettings } from '../types.ts';
import {
  forwardsOf,
  freeDevice,
  gatewayEndpoint,
  noEndpoint,
  takeEndpoint,
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

  async #join(container: Container, wish: NetworkWish): Promise<void> {
    const { networks, spawn, events, log } = this.#around;
    const found = networks.find(wish.name);
    if (found.kind !== 'bridge' && found.kind !== 'made') return;
    const undo = new UndoList(log);
    try {
      const { state } = container.record;
      const device = freeDevice(state.endpoints);
      const joined = takeEndpoint(found.network, container.record, wish, device, undo);
      const wishes = withWish(container.record.networks, wish);
      const endpoints = withGateway([...state.endpoints, joined], wishes);
      const endpoint = endpoints.at(-1) ?? joined;
      await spawn.attach(state.pid, found.network.place(endpoint));
      // A device that brings a default route has replaced the one there was; ports follow the gateway.
      await this.#movePorts(container, state.endpoints, endpoints);
      container.record = { ...container.record, networks: wishes };
      container.note({ endpoints });
      if (this.#hasResolver(container)) {
        writeResolver(this.#around, container.record, endpoints, wishes);
        this.#changeResolvConf(container, state.endpoints, endpoints);
      }
      this.#changeHosts(container, (lines) => [...lines, ...hostLines(container, endpoint)]);
    } catch (error) {
      await undo.rollBack();
      throw error;
    }
    publishNetworkEvent(events, container, 'connect', networkActor(found));
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
    if (endpoint.hostName === '') await spawn.detach(state.pid, endpoint.device);
    else await spawn.deleteLink(endpoint.hostName);
    const rest = withGateway(
      state.endpoints.filter((other) => other !== endpoint),
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
