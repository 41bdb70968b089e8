// The page Networks' pure parts: which networks a list shows, who is on one, what a removal comes to, and the two forms.
import { describe, expect, it } from 'vitest';
import type { ContainerModel, EndpointModel, NetworkModel } from '../../../runtime/contract/model.ts';
import {
  newConnectForm,
  parseAliases,
  readConnectForm,
} from '../../../renderer/src/pages/networks/connect-form.ts';
import {
  newNetworkForm,
  readNetworkForm,
  shownErrors,
  type NetworkForm,
} from '../../../renderer/src/pages/networks/network-form.ts';
import {
  listNetworks,
  membersOf,
  networkOf,
  removalPlan,
} from '../../../renderer/src/pages/networks/network-list.ts';
import { en } from '../../../renderer/src/strings/en.ts';
import { containerModel } from '../../fixtures/container-model.ts';

const wrong = en.networks.errors;

function network(name: string, part: Partial<NetworkModel> = {}): NetworkModel {
  return {
    id: `id-${name}`,
    name,
    driver: 'bridge',
    scope: 'local',
    internal: false,
    attachable: false,
    ipv6: false,
    pools: [],
    options: {},
    createdMs: null,
    labels: {},
    containers: 0,
    ...part,
  };
}

const pool = (subnet: string, gateway = ''): NetworkModel['pools'][number] => ({
  subnet,
  gateway,
  range: '',
});

function end(name: string, part: Partial<EndpointModel> = {}): EndpointModel {
  return { id: `id-${name}`, name, address: '', address6: '', mac: '', aliases: [], ...part };
}

const container = (name: string, ...networks: EndpointModel[]): ContainerModel =>
  containerModel(name, { networks });

const byId = (...networks: NetworkModel[]) => new Map(networks.map((one) => [one.id, one]));

describe('the list', () => {
  const all = byId(
    network('bridge', { pools: [pool('172.17.0.0/16')], containers: 1 }),
    network('host', { driver: 'host' }),
    network('shop_default', { labels: { 'com.docker.compose.project': 'shop', tier: 'web' } }),
  );

  it('finds by subnet, driver, label and use', () => {
    expect(listNetworks(all, '172.17', 'all', 'name', true)).toEqual(['id-bridge']);
    expect(listNetworks(all, 'tier=web', 'all', 'name', true)).toEqual(['id-shop_default']);
    expect(listNetworks(all, 'bridge', 'inUse', 'name', true)).toEqual(['id-bridge']);
    expect(listNetworks(all, '', 'unused', 'driver', false)).toEqual(['id-host', 'id-shop_default']);
  });

  it('sorts by subnet and by project, those without last', () => {
    expect(listNetworks(all, '', 'all', 'subnet', true)[0]).toBe('id-bridge');
    expect(listNetworks(all, '', 'all', 'labels', true)[0]).toBe('id-shop_default');
  });
});

describe('members', () => {
  const twin = { ...network('web'), id: 'id-twin' };
  it('are told apart by the id where two networks have one name, and by the name where there is no id', () => {
    const a = container('a', end('web'));
    const b = container('b', end('web', { id: '' }));
    expect(membersOf(network('web'), [b, a]).map((one) => one.container.name)).toEqual(['a', 'b']);
    expect(membersOf(twin, [a, b]).map((one) => one.container.name)).toEqual(['b']);
    expect(networkOf(end('web'), byId(network('web'), twin))?.id).toBe('id-web');
    expect(networkOf(end('gone'), byId(twin))).toBeUndefined();
  });
});

describe('a removal', () => {
  it('takes what nobody has a place in, and names what stays and who will miss what goes', () => {
    const plan = removalPlan(
      [network('bridge'), network('used'), network('left'), network('free')],
      [
        container('runs', end('used', { address: '10.0.0.2' })),
        container('six', end('used', { address6: 'fd00::2' })),
        container('stopped', end('left'), end('used')),
      ],
    );
    expect(plan.going.map(({ name }) => name)).toEqual(['free', 'left']);
    expect(plan.builtIn.map(({ name }) => name)).toEqual(['bridge']);
    expect(plan.used.map(({ network: { name }, members }) => [name, members.length])).toEqual([['used', 2]]);
    expect(plan.stopped.map(({ name }) => name)).toEqual(['stopped']);
  });
});

describe('the form of a new network', () => {
  const others = [network('taken', { pools: [pool('10.20.0.0/16')] })];
  const read = (part: Partial<NetworkForm>) =>
    readNetworkForm({ ...newNetworkForm, name: 'web', ...part }, others);
  const v4 = (part: Partial<NetworkForm['ipv4']>): Partial<NetworkForm> => ({
    ipv4: { ...newNetworkForm.ipv4, ...part },
  });
  const v6 = (part: Partial<NetworkForm['ipv6']>): Partial<NetworkForm> => ({
    ipv6: { ...newNetworkForm.ipv6, on: true, ...part },
  });

  it('leaves to the engine what is empty', () => {
    expect(read({}).params).toEqual({
      name: 'web',
      driver: 'bridge',
      internal: false,
      attachable: false,
      ipv4: true,
      ipv6: false,
      pools: [],
      options: {},
      labels: {},
    });
  });

  it('asks for all that Docker has', () => {
    const { params, errors } = read({
      ...v4({
        subnet: '10.30.0.0/16',
        range: '10.30.4.0/24',
        gateway: '10.30.0.1',
        reserved: 'nas=10.30.0.9',
      }),
      ...v6({ subnet: 'fd00:30::/64' }),
      internal: true,
      icc: false,
      masquerade: false,
      bridgeName: 'br-web',
      hostBinding: '127.0.0.1',
      mtu: '1400',
      options: 'a=b',
      labels: 'tier=web, draft',
    });
    expect([...errors]).toEqual([]);
    expect(params).toMatchObject({
      pools: [
        {
          subnet: '10.30.0.0/16',
          range: '10.30.4.0/24',
          gateway: '10.30.0.1',
          reserved: { nas: '10.30.0.9' },
        },
        { subnet: 'fd00:30::/64', range: '', gateway: '', reserved: {} },
      ],
      options: {
        'com.docker.network.bridge.enable_icc': 'false',
        'com.docker.network.bridge.enable_ip_masquerade': 'false',
        'com.docker.network.bridge.name': 'br-web',
        'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1',
        'com.docker.network.driver.mtu': '1400',
        a: 'b',
      },
      labels: { tier: 'web', draft: '' },
    });
  });

  it('tells macvlan of its device, and another driver nothing of a bridge', () => {
    expect(read({ driver: 'macvlan', parent: 'eth0', mode: 'vepa', icc: false }).params).toMatchObject({
      driver: 'macvlan',
      options: { parent: 'eth0', macvlan_mode: 'vepa' },
    });
    expect(read({ driver: 'other', otherDriver: ' ipvlan ' }).params).toMatchObject({
      driver: 'ipvlan',
      options: {},
    });
  });

  it.each<[string, Partial<NetworkForm>, string, string]>([
    ['no name', { name: ' ' }, 'name', wrong.needed],
    ['a name with a slash', { name: 'a/b' }, 'name', wrong.name],
    ['a name that is taken', { name: 'taken' }, 'name', wrong.nameTaken('taken')],
    ['the name of a built-in one', { name: 'host' }, 'name', wrong.nameBuiltIn('host')],
    ['no family', v4({ on: false }), 'ipv6', wrong.family],
    ['half a subnet', v4({ subnet: '10.30.' }), 'ipv4.subnet', wrong.subnet4],
    ['a subnet of the other family', v6({ subnet: '10.30.0.0/16' }), 'ipv6.subnet', wrong.subnet6],
    [
      'a subnet of another',
      v4({ subnet: '10.20.3.0/24' }),
      'ipv4.subnet',
      wrong.overlaps('taken', '10.20.0.0/16'),
    ],
    ['a gateway without a subnet', v4({ gateway: '10.30.0.1' }), 'ipv4.gateway', wrong.subnetFirst],
    [
      'a gateway elsewhere',
      v4({ subnet: '10.30.0.0/16', gateway: '10.31.0.1' }),
      'ipv4.gateway',
      wrong.outside('10.30.0.0/16'),
    ],
    [
      'a range around the subnet',
      v4({ subnet: '10.30.0.0/16', range: '10.0.0.0/8' }),
      'ipv4.range',
      wrong.outside('10.30.0.0/16'),
    ],
    [
      'the gateway reserved',
      v4({ subnet: '10.30.0.0/16', gateway: '10.30.0.1', reserved: 'a=10.30.0.1' }),
      'ipv4.reserved',
      wrong.isGateway,
    ],
    [
      'a reserved name without address',
      v4({ subnet: '10.30.0.0/16', reserved: 'a' }),
      'ipv4.reserved',
      wrong.reserved,
    ],
    ['no device', { driver: 'macvlan' }, 'parent', wrong.needed],
    ['a long device', { bridgeName: 'a-name-of-sixteen' }, 'bridgeName', wrong.device],
    ['a small MTU', { mtu: '60' }, 'mtu', wrong.mtu],
    ['half a host address', { hostBinding: '127.0' }, 'hostBinding', wrong.address4],
    ['a label with blanks', { labels: 'a b' }, 'labels', wrong.pairs],
  ])('says what is wrong with %s', (_, part, field, text) => {
    const { params, errors } = read(part);
    expect(params).toBeUndefined();
    expect([...errors]).toEqual([[field, text]]);
  });

  it('says only once one has tried what is missing', () => {
    const { errors } = read({ name: '', mtu: '1' });
    expect([...shownErrors(errors, false).keys()]).toEqual(['mtu']);
    expect([...shownErrors(errors, true).keys()]).toEqual(['name', 'mtu']);
  });
});

describe('the form of a connection', () => {
  const web = network('web', { pools: [pool('10.30.0.0/16', '10.30.0.1')], ipv6: true });
  const there = [container('db', end('web', { address: '10.30.0.5' }))];
  const read = (part: Partial<typeof newConnectForm>) =>
    readConnectForm({ ...newConnectForm, ...part }, web, there);

  it('asks for nothing that was not typed', () => {
    expect(read({}).wishes).toEqual({ aliases: [], ipv4: '', ipv6: '', mac: '', priority: 0 });
    expect(
      read({ aliases: 'api, v1 ', ipv4: '10.30.0.9', mac: '02:42:0a:1e:00:09', priority: '-5' }).wishes,
    ).toEqual({
      aliases: ['api', 'v1'],
      ipv4: '10.30.0.9',
      ipv6: '',
      mac: '02:42:0a:1e:00:09',
      priority: -5,
    });
    expect(parseAliases(' , ')).toEqual([]);
  });

  it.each([
    [{ aliases: 'a/b' }, 'aliases', wrong.alias],
    [{ ipv4: '10.31.0.1' }, 'ipv4', wrong.outside('10.30.0.0/16')],
    [{ ipv4: '10.30.0.1' }, 'ipv4', wrong.isGateway],
    [{ ipv4: '10.30.0.5' }, 'ipv4', wrong.isTaken('db')],
    [{ ipv6: '10.30.0.9' }, 'ipv6', wrong.address6],
    [{ mac: '02:42' }, 'mac', wrong.mac],
    [{ priority: '1.5' }, 'priority', wrong.priority],
  ] as const)('says what is wrong with %j', (part, field, text) => {
    expect([...read(part).errors]).toEqual([[field, text]]);
  });
});
