// Addresses, routes and rules of the bridge network.
import { describe, expect, it } from 'vitest';
import { AddressPool } from '../../../runtime/engine/networks/address-pool.ts';
import { checkMac, macOf } from '../../../runtime/engine/networks/network.ts';
import {
  chooseBridgeAddress,
  defaultDevice,
  foreignSubnets,
  isFree,
  parseRoutes,
  parseRoutes6,
} from '../../../runtime/engine/networks/host-routes.ts';
import {
  contains,
  formatCidr,
  formatIp,
  overlaps,
  parseCidr,
  parseIp,
  type Cidr,
} from '../../../runtime/syntax/ip.ts';
import {
  checkNetworkBody,
  networkRecord,
  networkSpec,
} from '../../../runtime/engine/networks/network-options.ts';
import { networkCreateBody } from '../../../runtime/engine/types.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const ip = (text: string): bigint => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed.value;
};
const routes = (...lines: string[]) => parseRoutes(['Iface\tDestination\t...', ...lines].join('\n'));
const route = (device: string, destination: string, mask: string) =>
  `${device}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0`;

describe('addresses', () => {
  it.each([
    ['192.168.0.255', '192.168.0.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:0:0:1::5', 'fd00:0:0:1::5'],
    ['FD00:0000:0000:0000:0000:0000:0000:0001', 'fd00::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('%s goes to a number and back', (text, shown) => {
    const parsed = parseIp(text);
    expect(parsed === undefined ? '' : formatIp(parsed.family, parsed.value)).toBe(shown);
  });

  it.each(['256.0.0.1', '1.2.3', 'fe80::1%eth0', '::1::', '12345::', ''])('refuse %s', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('have subnets that may overlap', () => {
    const wide = cidr('172.17.3.4/16');
    expect(formatCidr(wide)).toBe('172.17.0.0/16');
    expect(overlaps(wide, cidr('172.17.255.0/24'))).toBe(true);
    expect(overlaps(wide, cidr('172.18.0.0/16'))).toBe(false);
    expect(overlaps(cidr('::/0'), wide)).toBe(false);
    expect(contains(cidr('fd00:1::/64'), { family: 6, value: ip('fd00:1::ffff:ffff:ffff:ffff') })).toBe(true);
    expect(contains(cidr('fd00:1::/64'), { family: 6, value: ip('fd00:1:0:1::') })).toBe(false);
  });

  it.each(['172.17.0.1', '172.17.0.1/33', 'x/16', 'fd00::/129', '10.0.0.0/1/2'])(
    'are no subnet: %s',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});

describe('the address pool', () => {
  const small = () => new AddressPool(cidr('10.0.0.0/29'), [ip('10.0.0.1')]);
  const next = (pool: AddressPool) => pool.format(pool.allocate());

  it('gives addresses in turn and one just given back last', () => {
    const pool = small();
    expect([next(pool), next(pool)]).toEqual(['10.0.0.2', '10.0.0.3']);
    pool.release(ip('10.0.0.2'));
    expect([next(pool), next(pool), next(pool), next(pool)]).toEqual([
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
      '10.0.0.2',
    ]);
    expect(() => pool.allocate()).toThrow('no available IPv4 addresses');
  });

  it('takes what a running container has, once', () => {
    const pool = small();
    expect(pool.take(ip('10.0.0.2'))).toBe(true);
    expect(pool.take(ip('10.0.0.2'))).toBe(false);
    expect(pool.take(ip('11.0.0.2'))).toBe(false);
    expect(next(pool)).toBe('10.0.0.3');
  });

  it('gives addresses of its range alone, and others to who asks', () => {
    const pool = new AddressPool(cidr('10.0.0.0/16'), [ip('10.0.4.0')], 'n', cidr('10.0.4.0/30'));
    expect([next(pool), next(pool), next(pool)]).toEqual(['10.0.4.1', '10.0.4.2', '10.0.4.3']);
    expect(() => pool.allocate()).toThrow('address pools: n (10.0.0.0/16)');
    expect(pool.take(ip('10.0.9.9'))).toBe(true);
  });

  it('knows no broadcast address in IPv6', () => {
    const pool = new AddressPool(cidr('fd00::/126'), [ip('fd00::1')]);
    expect([next(pool), next(pool)]).toEqual(['fd00::2', 'fd00::3']);
    expect(() => pool.allocate()).toThrow('no available IPv6 addresses');
  });
});

describe('the bridge address', () => {
  const used = (list: ReturnType<typeof routes>, ours = 'berth0') => foreignSubnets(list, new Set([ours]));
  const home = [route('eth0', '00000000', '00000000'), route('eth0', '0000A8C0', '00FFFFFF')];

  it('is the first free one', () => {
    expect(chooseBridgeAddress(used(routes(...home)))).toBe('172.17.0.1/16');
    const docker = routes(...home, route('docker0', '000011AC', '0000FFFF'));
    expect(chooseBridgeAddress(used(docker))).toBe('172.18.0.1/16');
    expect(isFree('172.17.0.1/16', used(docker))).toBe(false);
    expect(isFree('172.17.0.1/16', used(docker, 'docker0'))).toBe(true);
  });

  it('avoids a network that holds all of 172.16.0.0/12', () => {
    expect(chooseBridgeAddress(used(routes(...home, route('vpn', '000010AC', '0000F0FF'))))).toBe(
      '192.168.16.1/20',
    );
  });

  it('cannot be chosen when everything is taken', () => {
    const full = routes(route('vpn', '000010AC', '0000F0FF'), route('vpn', '0000A8C0', '0000FFFF'));
    expect(() => chooseBridgeAddress(used(full))).toThrow('fully subnetted');
  });

  it('knows the device of the default route', () => {
    expect(defaultDevice(routes(...home))).toBe('eth0');
    expect(defaultDevice(routes())).toBeUndefined();
  });
});

it('derives MAC addresses as Docker does and checks those of users', () => {
  expect(macOf(0xac110002n)).toBe('02:42:ac:11:00:02');
  expect(checkMac('02:42:AC:11:00:02')).toBe('02:42:ac:11:00:02');
  expect(() => checkMac('02:42')).toThrow('invalid MAC address: 02:42');
});

it('reads the routes of IPv6, but those of a link and of loopback', () => {
  const line = (destination: string, length: string, device: string) =>
    `${destination} ${length} ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001 ${device}`;
  const found = parseRoutes6(
    [
      line(`fd000001${'0'.repeat(24)}`, '40', 'eth1'),
      line(`fe80${'0'.repeat(28)}`, '40', 'eth1'),
      line(`ff00${'0'.repeat(28)}`, '08', 'eth1'),
      line(`${'0'.repeat(31)}1`, '80', 'lo'),
    ].join('\n'),
  );
  expect(found.map(({ device, subnet }) => [device, formatCidr(subnet)])).toEqual([['eth1', 'fd00:1::/64']]);
});

describe('a request for a network', () => {
  const body = (given: object) => networkCreateBody.parse({ Name: 'n', ...given });
  const made = (given: object, ours: readonly Cidr[] = []) =>
    networkRecord(body(given), {
      id: 'a'.repeat(64),
      ours,
      choose: (family) => (family === 4 ? '172.18.0.1/16' : 'fd00::1/64'),
    });

  it.each([
    ['', 'invalid name'],
    ['../../x', 'invalid name'],
    ['a\nb', 'invalid name'],
    ['host', 'predefined host network'],
    ['container:x', 'invalid name'],
  ])('is refused the name %j', (Name, words) => {
    expect(() => checkNetworkBody(body({ Name }))).toThrow(words);
  });

  it.each([
    [{ Driver: 'overlay', Scope: 'local' }, 'cannot downgrade network scope'],
    [{ Driver: 'overlay', Name: 'a b' }, 'name must be valid as a DNS name component'],
    [{ Driver: 'overlay', Options: { encrypted: '' } }, 'encrypted overlay networks are not implemented'],
    [{ Driver: 'macvlan', Scope: 'swarm' }, 'is not implemented'],
    [{ Scope: 'global' }, 'not a swarm manager'],
    [{ Ingress: true }, 'Ingress network can only be global scope network'],
    [{ Driver: 'foo' }, 'plugin "foo" not found'],
    [{ IPAM: { Driver: 'foo' } }, 'plugin "foo" not found'],
    [{ ConfigOnly: true, Internal: true }, 'can only contain network specific fields'],
    [{ ConfigOnly: true, ConfigFrom: { Network: 'x' } }, 'cannot depend on another configuration network'],
    [{ ConfigFrom: { Network: 'x' }, Options: { a: 'b' } }, 'network driver options are not supported'],
    [{ ConfigFrom: { Network: 'x' }, EnableIPv6: true }, 'user specified configurations are not supported'],
  ])('is refused %j', (given, words) => {
    expect(() => checkNetworkBody(body(given))).toThrow(words);
  });

  it.each([
    [{ Subnet: '10.0.0.0/33' }, 'Invalid subnet'],
    [{ Subnet: '10.0.0.0/16', Gateway: '10.1.0.1' }, 'Requested address is out of range'],
    [{ Subnet: '10.0.0.0/16', Gateway: 'foo' }, 'invalid gateway address foo'],
    [{ Subnet: '10.0.0.0/16', IPRange: '10.8.0.0/24' }, 'invalid ip-range'],
    [{ Subnet: '10.0.0.0/16', AuxiliaryAddresses: { r: '10.1.0.1' } }, 'must belong to the master pool'],
    [{ Subnet: 'fd00::/64' }, 'IPv6 is not enabled'],
    [{ Subnet: '10.9.4.0/24' }, 'Pool overlaps'],
  ])('is refused the subnet %j', (config, words) => {
    expect(() => made({ IPAM: { Config: [config] } }, [cidr('10.9.0.0/16')])).toThrow(words);
  });

  it('gets subnets of both families, the gateway first in each', () => {
    const record = made({
      EnableIPv6: true,
      IPAM: { Config: [{ Subnet: '10.5.0.7/16', AuxiliaryAddresses: { r: '10.5.0.1' } }] },
    });
    expect(record.ipam).toMatchObject([
      { Subnet: '10.5.0.0/16', Gateway: '10.5.0.2' },
      { Subnet: 'fd00::/64', Gateway: 'fd00::1' },
    ]);
    expect(record.configured).toEqual([4]);
  });

  it.each([
    [{ 'com.docker.network.bridge.enable_icc': 'foo' }, 'strconv.ParseBool'],
    [{ 'com.docker.network.driver.mtu': 'foo' }, 'strconv.Atoi'],
    [{ 'com.docker.network.bridge.host_binding_ipv4': 'foo' }, 'nil ip'],
    [{ 'com.docker.network.bridge.name': 'a" drop; #' }, 'invalid network device name'],
  ])('is refused the option %j', (Options, words) => {
    expect(() => networkSpec(made({ Options }), 'br0', 1500)).toThrow(words);
  });
});
