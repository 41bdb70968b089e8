// The contract's methods on networks, as requests of the Docker Engine API.
import { createdNetworkAnswer, prunedNetworksAnswer } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { parseJson } from '../client/engine-failure.ts';
import type { Methods, Params } from '../contract/methods.ts';

type NetworkMethods = Pick<
  Methods,
  | 'networks.inspect'
  | 'networks.create'
  | 'networks.connect'
  | 'networks.disconnect'
  | 'networks.remove'
  | 'networks.prune'
>;

/** They reject with engine failures; the connection gives them the contract's form. */
export function networkMethods(client: EngineClient): NetworkMethods {
  return {
    'networks.inspect': async ({ id }) => {
      const text = await client.text({ method: 'GET', path: `/networks/${segment(id)}` });
      return { json: JSON.stringify(parseJson(text), null, 2) };
    },
    'networks.create': async (wanted) => {
      const request = { method: 'POST', path: '/networks/create', body: networkBody(wanted) } as const;
      const { Id, Warning } = await client.json(request, createdNetworkAnswer);
      return { id: Id, warning: Warning };
    },
    'networks.connect': async ({ id, container, mac, priority, ...wishes }) => {
      const config = {
        ...endpointConfig(wishes),
        ...(mac === '' ? {} : { MacAddress: mac }),
        ...(priority === 0 ? {} : { GwPriority: priority }),
      };
      const body = { Container: container, EndpointConfig: config };
      await client.text({ method: 'POST', path: `/networks/${segment(id)}/connect`, body });
      return {};
    },
    'networks.disconnect': async ({ id, container }) => {
      const body = { Container: container, Force: false };
      await client.text({ method: 'POST', path: `/networks/${segment(id)}/disconnect`, body });
      return {};
    },
    'networks.remove': async ({ id }) => {
      await client.text({ method: 'DELETE', path: `/networks/${segment(id)}` });
      return {};
    },
    'networks.prune': async () => {
      const request = { method: 'POST', path: '/networks/prune' } as const;
      const { NetworksDeleted } = await client.json(request, prunedNetworksAnswer);
      return { removed: NetworksDeleted };
    },
  };
}

/** The body of `POST /networks/create`. */
function networkBody(wanted: Params<'networks.create'>): object {
  const config = wanted.pools.map(({ subnet, range, gateway, reserved }) => ({
    Subnet: subnet,
    ...(range === '' ? {} : { IPRange: range }),
    ...(gateway === '' ? {} : { Gateway: gateway }),
    ...(Object.keys(reserved).length === 0 ? {} : { AuxiliaryAddresses: reserved }),
  }));
  return {
    Name: wanted.name,
    // Of API versions before 1.44, which else make a second network of the same name.
    CheckDuplicate: true,
    Driver: wanted.driver,
    Internal: wanted.internal,
    Attachable: wanted.attachable,
    // It is on where nobody says otherwise; engines before API 1.48 do not know the word.
    ...(wanted.ipv4 ? {} : { EnableIPv4: false }),
    EnableIPv6: wanted.ipv6,
    IPAM: { Driver: 'default', Config: config },
    Options: wanted.options,
    Labels: wanted.labels,
  };
}

/** How a container joins a network, as the API takes it. */
export function endpointConfig(
  wishes: Pick<Params<'networks.connect'>, 'aliases' | 'ipv4' | 'ipv6'>,
): object {
  const ipam = {
    ...(wishes.ipv4 === '' ? {} : { IPv4Address: wishes.ipv4 }),
    ...(wishes.ipv6 === '' ? {} : { IPv6Address: wishes.ipv6 }),
  };
  return {
    ...(wishes.aliases.length === 0 ? {} : { Aliases: wishes.aliases }),
    ...(Object.keys(ipam).length === 0 ? {} : { IPAMConfig: ipam }),
  };
}
