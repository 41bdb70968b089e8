// HostConfig.NetworkMode: which network a container is in.
import { EngineError } from '../errors.ts';
import type { ContainerCreateBody } from '../types.ts';

export type NetworkMode =
  | { readonly type: 'bridge' }
  | { readonly type: 'none' }
  | { readonly type: 'host' }
  | { readonly type: 'container'; readonly container: string };

/**
 * Parses a mode. Throws invalid in Docker's words for a network there is none of: clients take
 * a notFound from a create for a missing image, and pull it.
 */
export function parseNetworkMode(mode: string): NetworkMode {
  switch (mode) {
    case '':
    case 'default':
    case 'bridge':
      return { type: 'bridge' };
    case 'none':
      return { type: 'none' };
    case 'host':
      return { type: 'host' };
  }
  if (mode.startsWith('container:')) {
    const container = mode.slice('container:'.length);
    if (container === '') {
      throw new EngineError('invalid', 'Invalid network mode: invalid container format container:<name|id>');
    }
    return { type: 'container', container };
  }
  throw new EngineError('invalid', `network ${mode} not found`);
}

/** Refuses options that contradict the network mode or need a user-defined network, in Docker's words. */
export function checkNetworkOptions(body: ContainerCreateBody, mode: NetworkMode): void {
  const invalid = (message: string): EngineError => new EngineError('invalid', message);
  const host = body.HostConfig;
  if (mode.type === 'container') {
    if (body.Hostname !== '') throw invalid('conflicting options: hostname and the network mode');
    if (host.Dns.length > 0) throw invalid('conflicting options: dns and the network mode');
    if (host.ExtraHosts.length > 0) {
      throw invalid('conflicting options: custom host-to-IP mapping and the network mode');
    }
    if (Object.keys(host.PortBindings).length > 0 || host.PublishAllPorts) {
      throw invalid('conflicting options: port publishing and the container type network mode');
    }
    if (Object.keys(body.ExposedPorts).length > 0) {
      throw invalid('conflicting options: port exposing and the container type network mode');
    }
  }
  if ((mode.type === 'container' || mode.type === 'host') && body.MacAddress !== '') {
    throw invalid('conflicting options: mac-address and the network mode');
  }
  for (const [name, endpoint] of Object.entries(body.NetworkingConfig.EndpointsConfig)) {
    const same = parseNetworkMode(name);
    if (same.type !== mode.type) {
      throw new EngineError('notImplemented', 'joining more than one network is not implemented yet');
    }
    const ipam = endpoint.IPAMConfig;
    if (
      ipam !== null &&
      (ipam.IPv4Address !== '' || ipam.IPv6Address !== '' || ipam.LinkLocalIPs.length > 0)
    ) {
      throw invalid('user specified IP address is supported on user defined networks only');
    }
    if (endpoint.Aliases !== null && endpoint.Aliases.length > 0) {
      throw invalid('network-scoped alias is supported only for containers in user defined networks');
    }
    if (endpoint.Links !== null && endpoint.Links.length > 0) {
      throw new EngineError('notImplemented', 'links between containers are not implemented yet');
    }
    if (Object.keys(endpoint.DriverOpts).length > 0) {
      throw new EngineError('notImplemented', 'driver options of an endpoint are not implemented yet');
    }
  }
}
