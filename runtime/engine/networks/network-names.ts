// The files from which containers' monitors answer questions for names, whether or not an engine runs: a network's records,
// and for each container where to look. Each is replaced by a rename, so that a reader sees the old one or the new one.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import type { Network } from './network.ts';

/** Files of names in one folder. */
export class NetworkNames {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** A network's records: a line for each address, with the names it has. */
  file(networkId: string): string {
    return path.join(this.#folder, networkId);
  }

  /** Keeps a network's records as its members are. */
  follow(network: Network): void {
    network.onMembers = () => {
      const lines = [...network.members].flatMap(({ endpoint, member }) => {
        const names = [member.containerName, ...member.aliases].join(' ');
        return [endpoint.address, endpoint.address6]
          .filter((address) => address !== '')
          .map((address) => `${address} ${names}\n`);
      });
      const remote = network.remote.flatMap(({ address, address6, containerName, aliases }) =>
        [address, address6]
          .filter((each) => each !== '')
          .map((each) => `${each} ${[containerName, ...aliases].join(' ')}\n`),
      );
      replaceFile(this.file(network.id), [...lines, ...remote].join(''));
    };
  }

  forget(networkId: string): void {
    rmSync(this.file(networkId), { force: true });
  }
}

/** Where a container's questions are answered. */
export interface ResolverSettings {
  readonly networks: readonly { readonly name: string; readonly records: string }[];
  /** `container:alias`. */
  readonly links: readonly string[];
  /** Addresses of the servers that are asked for the rest, in order. */
  readonly servers: readonly string[];
}

/** The text of a container's settings; see monitor/dns.c. */
export function resolverText({ networks, links, servers }: ResolverSettings): string {
  return [
    ...networks.map(({ name, records }) => `records ${records} ${name}\n`),
    ...links.map((link) => {
      const [target = '', alias = target] = link.split(':');
      return `alias ${alias} ${target}\n`;
    }),
    ...servers.map((server) => `server ${isIP(server) === 6 ? `[${server}]` : server}:53\n`),
  ].join('');
}

/** Replaces a file at once for every reader. */
export function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
