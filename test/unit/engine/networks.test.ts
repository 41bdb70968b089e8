// Addresses, routes and rules of the bridge network.
import { describe, expect, it } from 'vitest';
import { AddressPool } from '../../../runtime/engine/networks/address-pool.ts';
import { checkMac, macOf } from '../../../runtime/engine/networks/bridge-network.ts';
import {
  chooseBridgeAddress,
  defaultDevice,
  isAddressFree,
  parseRoutes,
} from '../../../runtime/engine/networks/host-routes.ts';
import {
  formatAddress,
  formatSubnet,
  overlap,
  parseAddress,
  parseInterfaceAddress,
  subnetOf,
} from '../../../runtime/engine/networks/ipv4.ts';

const routes = (...lines: string[]) => parseRoutes(['Iface\tDestination\t...', ...lines].join('\n'));
const route = (device: string, destination: string, mask: string) =>
  `${device}\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0`;

describe('addresses', () => {
  it('go to numbers and back', () => {
    expect(parseAddress('192.168.0.255')).toBe(0xc0a800ff);
    expect(formatAddress(0xc0a800ff)).toBe('192.168.0.255');
    expect(parseAddress('256.0.0.1')).toBeUndefined();
    expect(parseAddress('1.2.3')).toBeUndefined();
  });

  it('have subnets that may overlap', () => {
    const wide = subnetOf(0xac110000, 16);
    expect(formatSubnet(wide)).toBe('172.17.0.0/16');
    expect(overlap(wide, subnetOf(0xac11ff00, 24))).toBe(true);
    expect(overlap(wide, subnetOf(0xac120000, 16))).toBe(false);
  });

  it.each(['172.17.0.1', '172.17.0.1/33', 'x/16', '172.17.0.1/0'])('refuse the bridge address %s', (text) => {
    expect(() => parseInterfaceAddress(text)).toThrow('invalid bridge address');
  });
});

describe('the address pool', () => {
  const small = () => new AddressPool(subnetOf(0x0a000000, 29), [0x0a000001]);

  it('gives addresses in turn and one just given back last', () => {
    const pool = small();
    expect([pool.allocate(), pool.allocate()].map(formatAddress)).toEqual(['10.0.0.2', '10.0.0.3']);
    pool.release(0x0a000002);
    expect(formatAddress(pool.allocate())).toBe('10.0.0.4');
    expect([pool.allocate(), pool.allocate()].map(formatAddress)).toEqual(['10.0.0.5', '10.0.0.6']);
    expect(formatAddress(pool.allocate())).toBe('10.0.0.2');
    expect(() => pool.allocate()).toThrow('no available IPv4 addresses');
  });

  it('takes what a running container has, once', () => {
    const pool = small();
    expect(pool.take(0x0a000002)).toBe(true);
    expect(pool.take(0x0a000002)).toBe(false);
    expect(pool.take(0x0b000002)).toBe(false);
    expect(formatAddress(pool.allocate())).toBe('10.0.0.3');
  });
});

describe('the bridge address', () => {
  const home = [route('eth0', '00000000', '00000000'), route('eth0', '0000A8C0', '00FFFFFF')];

  it('is the first free one', () => {
    expect(chooseBridgeAddress(routes(...home), 'berth0')).toBe('172.17.0.1/16');
    const docker = routes(...home, route('docker0', '000011AC', '0000FFFF'));
    expect(chooseBridgeAddress(docker, 'berth0')).toBe('172.18.0.1/16');
    expect(isAddressFree('172.17.0.1/16', docker, 'berth0')).toBe(false);
    expect(isAddressFree('172.17.0.1/16', docker, 'docker0')).toBe(true);
  });

  it('avoids a network that holds all of 172.16.0.0/12', () => {
    expect(chooseBridgeAddress(routes(...home, route('vpn', '000010AC', '0000F0FF')), 'berth0')).toBe(
      '192.168.16.1/20',
    );
  });

  it('cannot be chosen when everything is taken', () => {
    const full = routes(route('vpn', '000010AC', '0000F0FF'), route('vpn', '0000A8C0', '0000FFFF'));
    expect(() => chooseBridgeAddress(full, 'berth0')).toThrow('fully subnetted');
  });

  it('knows the device of the default route', () => {
    expect(defaultDevice(routes(...home))).toBe('eth0');
    expect(defaultDevice(routes())).toBeUndefined();
  });
});

it('derives MAC addresses as Docker does and checks those of users', () => {
  expect(macOf(0xac110002)).toBe('02:42:ac:11:00:02');
  expect(checkMac('02:42:AC:11:00:02')).toBe('02:42:ac:11:00:02');
  expect(() => checkMac('02:42')).toThrow('invalid MAC address: 02:42');
});
