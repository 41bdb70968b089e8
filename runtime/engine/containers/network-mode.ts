// HostConfig.NetworkMode: which network a container is in.
import { EngineError } from '../errors.ts';
import type { ContainerCreateBody } from '../types.ts';

export type NetworkMode =
  | { readonly type: 'bridge' }
  | { readonly type: 'none' }
  | { readonly type: 'host' }
  | { readonly type: 'container'; readonly container: string }
  /** One that somebody made, by name or id; whether there is one is found out at the start, as Docker does. */
  | { readonly type: 'user'; readonly network: string };

/** Parses a mode. Throws invalid in Docker's words. */
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
  return { type: 'user', network: mode };
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
}
