// The three files of /etc that a container gets from its engine: hosts, hostname and resolv.conf. Pure text.

import { isIP } from 'node:net';

/** An entry of /etc/hosts. */
export interface HostEntry {
  readonly address: string;
  readonly names: readonly string[];
}

const fixedHosts: readonly HostEntry[] = [
  { address: '127.0.0.1', names: ['localhost'] },
  { address: '::1', names: ['localhost', 'ip6-localhost', 'ip6-loopback'] },
  { address: 'fe00::', names: ['ip6-localnet'] },
  { address: 'ff00::', names: ['ip6-mcastprefix'] },
  { address: 'ff02::1', names: ['ip6-allnodes'] },
  { address: 'ff02::2', names: ['ip6-allrouters'] },
];

/** The hosts file of a container with a network of its own. */
export function hostsFile(entries: readonly HostEntry[]): string {
  return [...fixedHosts, ...entries].map((entry) => `${entry.address}\t${entry.names.join(' ')}\n`).join('');
}

/** `name:address` of --add-host; undefined when it is not that. IPv6 addresses hold colons, names do not. */
export function parseExtraHost(text: string): { name: string; address: string } | undefined {
  const match = /^([^:=\s]+)[:=]\[?([0-9a-fA-F:.]+|host-gateway)\]?$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { name: match[1], address: match[2] };
}

/** What resolv.conf can be told. Empty lists mean: as the host. */
export interface DnsOptions {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Used when the host has only resolvers on its own loopback, which a container cannot reach; Docker's choice. */
const fallbackServers = ['8.8.8.8', '8.8.4.4'];

/** The servers that a host's resolv.conf names, for who asks them from the host itself. */
export function hostNameservers(text: string): string[] {
  const found = text
    .split('\n')
    .map((line) =>
      line
        .replace(/[#;].*$/, '')
        .trim()
        .split(/\s+/),
    )
    .flatMap(([keyword, address]) =>
      keyword === 'nameserver' && isIP(address ?? '') > 0 ? [address ?? ''] : [],
    );
  return found.length > 0 ? found : [...fallbackServers];
}

/** A container's resolv.conf from the host's; `resolver` when its monitor answers; `isolated` when it cannot reach the host's loopback. */
export function resolvConfFile(host: string, dns: DnsOptions, isolated: boolean, resolver = false): string {
  const lines = host
    .split('\n')
    .map((line) => line.replace(/[#;].*$/, '').trim())
    .filter((line) => line !== '');
  const values = (keyword: string): string[] =>
    lines
      .filter((line) => line.split(/\s+/)[0] === keyword)
      .map((line) => line.split(/\s+/).slice(1).join(' '));
  const reachable = values('nameserver').filter(
    (address) => !isolated || !(address.startsWith('127.') || address === '::1'),
  );
  const servers = dns.servers.length > 0 ? dns.servers : reachable.length > 0 ? reachable : fallbackServers;
  // A search list of "." alone means none (docker run --dns-search .).
  const search =
    dns.search.length > 0
      ? dns.search.filter((domain) => domain !== '.').join(' ')
      : (values('search').at(-1) ?? values('domain').at(-1) ?? '');
  const asked = dns.options.length > 0 ? dns.options.join(' ') : values('options').join(' ');
  // The resolver knows names without a dot.
  const options = resolver && !/\bndots:/.test(asked) ? `${asked} ndots:0`.trim() : asked;
  return [
    ...(resolver ? ['127.0.0.11'] : servers).map((server) => `nameserver ${server}\n`),
    search === '' ? '' : `search ${search}\n`,
    options === '' ? '' : `options ${options}\n`,
  ].join('');
}
