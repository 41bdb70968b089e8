// The engine's one nft table while it lives: which bridges it filters and which ports it lets through. Ports come and go
// by netlink, one batch each; a change of networks replaces the table, with all ports that are published. What others take
// out of it, or out of their own tables where it was ours, is put back.
import { messageOf } from '../errors.ts';
import { SpawnError, type SpawnClient } from '../helper/spawn-client.ts';
import type { PortMapElement } from '../helper/spawn-requests.ts';
import { parseIp, type Family } from '../../syntax/ip.ts';
import type { Logger } from '../log.ts';
import { ForeignFirewall } from './foreign-firewall.ts';
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

/** A flush by hand and the reload of a firewall take several steps; two programs that fight do not take the processor. */
const lookAfterMs = 50;
const lookAgainMs = 1000;
/** Nobody is told of what changes in iptables-legacy. Where it has no rules this is a read of two small files. */
const lookAtUntoldMs = 5000;
/** Of how many runs of nft and iptables the process ids are known: a change of their own is no reason to look again. */
const ownRuns = 256;

type Spawn = Pick<SpawnClient, 'map' | 'onRulesRemoved' | 'onOtherRules'>;

/** The table. Everything that changes it waits for what came before. */
export class Firewall {
  readonly #table: string;
  readonly #spawn: Spawn;
  readonly #log: Logger;
  readonly #foreign: ForeignFirewall;
  readonly #bridges = new Map<string, BridgeRules>();
  readonly #published = new Map<string, { readonly map: string; readonly element: PortMapElement }>();
  #queue: Promise<void> = Promise.resolve();
  /** Process ids of our own runs of nft and iptables, the latest last. */
  readonly #own: number[] = [];
  #looking: NodeJS.Timeout | undefined;
  #lookedMs = -Infinity;
  /** Rules were taken out of the table since it was made. */
  #robbed = false;
  readonly #untold: NodeJS.Timeout;

  constructor(tableName: string, spawn: Spawn, log: Logger) {
    this.#table = tableName;
    this.#spawn = spawn;
    this.#log = log;
    this.#foreign = new ForeignFirewall(`${tableName}-bridges`, log, this.#remember);
    spawn.onRulesRemoved = (pid) => {
      if (this.#own.includes(pid)) return;
      this.#robbed = true;
      this.#lookSoon();
    };
    spawn.onOtherRules = (pid) => {
      if (!this.#own.includes(pid)) this.#lookSoon();
    };
    this.#untold = setInterval(() => {
      void this.#after(() => this.#foreign.syncUntold(this.#names)).catch((error: unknown) => {
        log.error('the rules of other firewalls cannot be looked at', { reason: messageOf(error) });
      });
    }, lookAtUntoldMs).unref();
  }

  /** What other firewalls do to what is forwarded, in sentences for `/info`. */
  get warnings(): readonly string[] {
    return this.#foreign.warnings;
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
    await this.#after(() => this.#make());
  }

  get #names(): readonly string[] {
    return [...this.#bridges.keys()];
  }

  async #make(): Promise<void> {
    this.#robbed = false;
    await this.#run(table(this.#table, [...this.#bridges.values()], this.#elements()));
    await this.#foreign.sync(this.#names);
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
    this.close();
    await this.#after(async () => {
      await this.#run(dropTable(this.#table));
      await this.#foreign.sync([]);
    });
  }

  /** Leaves the table as it is. */
  close(): void {
    this.#spawn.onRulesRemoved = () => undefined;
    this.#spawn.onOtherRules = () => undefined;
    clearTimeout(this.#looking);
    clearInterval(this.#untold);
  }

  #lookSoon(): void {
    if (this.#looking !== undefined) return;
    const waitMs = Math.max(lookAfterMs, this.#lookedMs + lookAgainMs - performance.now());
    this.#looking = setTimeout(() => {
      this.#looking = undefined;
      this.#lookedMs = performance.now();
      this.#after(async () => {
        if (this.#robbed) {
          this.#log.warn("somebody removed rules from the engine's nft table: it is made anew");
          await this.#make();
        } else {
          await this.#foreign.sync(this.#names);
        }
      }).catch((error: unknown) => {
        this.#log.error('the nft table cannot be made anew', { reason: messageOf(error) });
      });
    }, waitMs);
  }

  readonly #remember = (pid: number): void => {
    this.#own.push(pid);
    if (this.#own.length > ownRuns) this.#own.shift();
  };

  async #run(ruleset: string): Promise<void> {
    await runNft(ruleset, this.#remember);
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
        try {
          await this.#spawn.map(this.#table, map, { add: [], remove: [], [change]: elements });
        } catch (error) {
          if (!(error instanceof SpawnError) || error.code !== 'ENOENT') throw error;
          // Somebody has just removed the table: all of it is made anew.
          await this.#make();
          return;
        }
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
