// Which servers to ask for a repository, in which order, and which of them may be insecure.
import net from 'node:net';
import { defaultDomain } from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';

/** One server to ask. */
export interface RegistryEndpoint {
  /** Origin, `https://registry.example:5000`. */
  readonly origin: string;
  /** Mirrors are strangers: they get no credentials, and their failure is not the end. */
  readonly mirror: boolean;
  /** Any certificate will do. */
  readonly insecure: boolean;
}

/** The API host of `docker.io`. */
export const dockerHubOrigin = 'https://registry-1.docker.io';

/** What the engine's options say about registries. */
export interface RegistryOptions {
  readonly mirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  /** Stands for Docker Hub; tests give their own. */
  readonly hubOrigin?: string;
}

/** The servers to ask for a repository of `domain`, best first. */
export function registryEndpoints(domain: string, options: RegistryOptions): RegistryEndpoint[] {
  if (domain !== defaultDomain) return ownEndpoints(domain, options);
  const mirrors = options.mirrors.map((mirror): RegistryEndpoint => {
    const url = mirrorUrl(mirror);
    return { origin: url.origin, mirror: true, insecure: isInsecure(url.host, options) };
  });
  return [...mirrors, { origin: options.hubOrigin ?? dockerHubOrigin, mirror: false, insecure: false }];
}

/** Throws `invalid` unless `mirror` is `http(s)://host[:port]`. */
export function mirrorUrl(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  const plain = url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:');
  if (!plain || (url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.username !== '') {
    throw new EngineError(
      'invalid',
      `invalid mirror: ${JSON.stringify(mirror)} is not http(s)://host[:port]`,
    );
  }
  return url;
}

/** An insecure registry is first asked over TLS with any certificate, then in plain text. */
function ownEndpoints(domain: string, options: RegistryOptions): RegistryEndpoint[] {
  const insecure = isInsecure(domain, options);
  const endpoints: RegistryEndpoint[] = [{ origin: `https://${domain}`, mirror: false, insecure }];
  if (insecure) endpoints.push({ origin: `http://${domain}`, mirror: false, insecure });
  return endpoints;
}

/** Loopback always is, as in Docker; else what the options name: `host`, `host:port`, or a network `10.0.0.0/8`. */
function isInsecure(hostAndPort: string, options: RegistryOptions): boolean {
  const host = hostAndPort.replace(/:[0-9]+$/, '').replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === '::1') return true;
  const networks = new net.BlockList();
  networks.addSubnet('127.0.0.0', 8);
  for (const entry of options.insecureRegistries) {
    if (entry === hostAndPort || entry === host) return true;
    const [address = '', prefix = ''] = entry.split('/');
    const family = net.isIP(address);
    const bits = Number(prefix);
    if (family === 0 || !/^[0-9]{1,3}$/.test(prefix) || bits > (family === 4 ? 32 : 128)) continue;
    networks.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  const family = net.isIP(host);
  return family !== 0 && networks.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
