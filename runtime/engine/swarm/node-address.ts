// Addresses of a node: where it listens, and by which address the others reach it.
import { isIP } from 'node:net';
import os from 'node:os';
import { EngineError } from '../errors.ts';

/** Docker's port for nodes of a swarm. */
export const defaultSwarmPort = 2377;

/** An address and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

type Interfaces = ReturnType<typeof os.networkInterfaces>;

const listenWords = 'listen address must be an IP address or network interface (with optional port number)';
const advertiseWords =
  'advertise address must be a non-zero IP address or network interface (with optional port number)';
const dataWords =
  'data path address must be a non-zero IP address or network interface (without a port number)';

const invalid = (message: string): EngineError => new EngineError('invalid', message);

/** `host:port`, `[::1]:port`, or a host alone. Throws invalid in Docker's words. */
export function parseHostPort(text: string, defaultPort: number): HostPort {
  if (isIP(text) !== 0) return { host: text, port: defaultPort };
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) throw invalid(`invalid address: ${text}`);
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port < 0 || port > 65_535) throw invalid(`invalid address ${text}: invalid port`);
  return { host, port };
}

/** `10.0.0.1:2377`, `[fd00::1]:2377`. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}`;
}

/** Where a manager listens: an address, or the one of a device, 0.0.0.0 unless it is said. Throws invalid in Docker's words. */
export function listenAddress(text: string, interfaces: Interfaces): HostPort {
  if (text === '') throw invalid('invalid ListenAddr "": invalid empty address');
  const { host, port } = parseHostPort(text, defaultSwarmPort);
  if (host === '') return { host: '0.0.0.0', port };
  return { host: addressOf(host, interfaces, listenWords), port };
}

/**
 * The address by which others reach this node: the one asked for, or that of the device asked for, or where it listens, or the
 * only one that the machine has. `own` are names of devices that containers hang on. Throws invalid in Docker's words.
 */
export function advertiseAddress(
  asked: string,
  listen: HostPort,
  interfaces: Interfaces,
  own: (device: string) => boolean,
): HostPort {
  if (asked !== '') {
    const { host, port } = parseHostPort(asked, listen.port);
    if (isUnspecified(host)) throw invalid(advertiseWords);
    return { host: addressOf(host, interfaces, advertiseWords), port };
  }
  if (!isUnspecified(listen.host)) return listen;
  const found = Object.entries(interfaces).flatMap(([device, addresses]) =>
    own(device)
      ? []
      : (addresses ?? [])
          .filter(
            ({ internal, family, address }) => !internal && (family === 'IPv4' || !/^fe80/i.test(address)),
          )
          .map(({ address, family }) => ({ device, address, family })),
  );
  const v4 = found.filter(({ family }) => family === 'IPv4');
  const candidates = v4.length > 0 ? v4 : found;
  const [only, other] = candidates;
  if (only === undefined) {
    throw invalid("could not find the system's IP address");
  }
  if (other === undefined) return { host: only.address, port: listen.port };
  throw invalid(
    only.device === other.device
      ? `could not choose an IP address to advertise since this system has multiple addresses on interface ${only.device} (${only.address} and ${other.address})`
      : `could not choose an IP address to advertise since this system has multiple addresses on different interfaces (${only.address} on ${only.device} and ${other.address} on ${other.device})`,
  );
}

/** The address that packets of containers go to: the one asked for, or `otherwise`. */
export function dataAddress(asked: string, otherwise: string, interfaces: Interfaces): string {
  if (asked === '') return otherwise;
  if (isUnspecified(asked)) throw invalid(dataWords);
  return addressOf(asked, interfaces, dataWords);
}

/** Whether it stands for all addresses of a machine. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** An address, or the only one of a device; `words` are said of what is neither. */
function addressOf(host: string, interfaces: Interfaces, words: string): string {
  if (isIP(host) !== 0) return host;
  const addresses = Object.hasOwn(interfaces, host) ? interfaces[host] : undefined;
  if (addresses === undefined) throw invalid(words);
  const usable = addresses.filter(({ address }) => !/^fe80/i.test(address));
  const v4 = usable.filter(({ family }) => family === 'IPv4');
  const [only, other] = v4.length > 0 ? v4 : usable;
  if (only === undefined) throw invalid(`interface ${host} has no usable IPv4 or IPv6 address`);
  if (other !== undefined) {
    throw invalid(
      `interface ${host} has more than one ${only.family} address (${only.address} and ${other.address})`,
    );
  }
  return only.address;
}
