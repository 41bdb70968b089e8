// The engine's one nft table while it lives: which bridges it filters and which ports it lets through. Ports come and go
// by netlink, one batch each; a change of networks replaces the table, with all ports that are published.
import type { SpawnClient } from '../helper/spawn-client.ts';
import type { PortMapElement } from '../helper/spawn-requests.ts';
import { parseIp, type Family } from '../../syntax/ip.ts';
import { dropTable, portMaps, table, type BridgeRules, type MapElements } from './nft-rules.ts';
import { runNft } from './run-nft.ts';

/** A port that is published to an address. */
export interface Forward {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** `0.0.0.0` and `::` are every address of the family. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly address: string;
  readonly port: number;
}

/** The table. Everything that changes it waits for what came before. */
export class Firewall {
  readonly #table: string;
  readonly #spawn: Pick<SpawnClient, 'map'>;
  readonly #bridges = new Map<string, BridgeRules>();
  readonly #published = new Map<string, { readonly map: string; readonly element: PortMapElement }>();
  #queue: Promise<void> = Promise.resolve();

  constructor(tableName: string, spawn: Pick<SpawnClient, 'map'>) {
    this.#table = tableName;
    this.#spawn = spawn;
  }

  /** Filters a bridge from now on. Several may be told of before one {@link apply}. */
  add(rules: BridgeRules): void {
    this.#bridges.set(rules.bridge, rules);
  }

  forget(bridge: string): void {
    this.#bridges.delete(bridge);
  }

  /** Makes the table anew as it should be, at once for every packet. */
  async apply(): Promise<void> {
    await this.#after(() => runNft(table(this.#table, [...this.#bridges.values()], this.#elements())));
  }

  /** Lets packets for published ports through. Loopback is the monitor's. */
  async publish(forwards: readonly Forward[]): Promise<void> {
    await this.#change(forwards, 'add');
  }

  /** Takes published ports back. */
  async unpublish(forwards: readonly Forward[]): Promise<void> {
    await this.#change(forwards, 'remove');
  }

  async remove(): Promise<void> {
    await this.#after(() => runNft(dropTable(this.#table)));
  }

  async #change(forwards: readonly Forward[], change: 'add' | 'remove'): Promise<void> {
    const changed = forwards.flatMap(elementOf);
    if (changed.length === 0) return;
    await this.#after(async () => {
      for (const { map, element } of changed) {
        const key = JSON.stringify([map, element]);
        if (change === 'add') this.#published.set(key, { map, element });
        else this.#published.delete(key);
      }
      for (const map of new Set(changed.map((each) => each.map))) {
        const elements = changed.filter((each) => each.map === map).map(({ element }) => element);
        await this.#spawn.map(this.#table, map, { add: [], remove: [], [change]: elements });
      }
    });
  }

  #elements(): MapElements {
    const texts = new Map<string, string[]>();
    for (const { map, element } of this.#published.values()) {
      const [address, port] = element.slice(-2);
      const key = element.slice(0, -2).join(' . ');
      texts.set(map, [...(texts.get(map) ?? []), `${key} : ${String(address)} . ${String(port)}`]);
    }
    return texts;
  }

  async #after(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    await done;
  }
}

/** The map and the element of a port; none for one that only the monitor's proxy serves. */
function elementOf(forward: Forward): { map: string; element: PortMapElement }[] {
  const { protocol, hostIp, hostPort, address, port } = forward;
  const family: Family | undefined = parseIp(address)?.family;
  if (family === undefined || parseIp(hostIp)?.family !== family) return [];
  if (hostIp.startsWith('127.') || hostIp === '::1') return [];
  return hostIp === '0.0.0.0' || hostIp === '::'
    ? [{ map: portMaps[family].any, element: [protocol, hostPort, address, port] }]
    : [{ map: portMaps[family].one, element: [hostIp, protocol, hostPort, address, port] }];
}
