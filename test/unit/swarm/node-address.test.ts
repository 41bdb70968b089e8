import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  advertiseAddress,
  dataAddress,
  formatHostPort,
  isUnspecified,
  listenAddress,
  parseHostPort,
} from '../../../runtime/engine/swarm/node-address.ts';

const listenWords = 'listen address must be an IP address or network interface (with optional port number)';
const advertiseWords =
  'advertise address must be a non-zero IP address or network interface (with optional port number)';
const dataWords =
  'data path address must be a non-zero IP address or network interface (without a port number)';
const choose = 'could not choose an IP address to advertise since this system has multiple addresses on';

function info(address: string): NetworkInterfaceInfo {
  const rest = { address, netmask: '', mac: '', cidr: null, internal: /^(127\.|::1$)/.test(address) };
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' };
}

/** Devices of a machine, as node:os tells of them. */
const machine = (devices: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(devices).map(([device, texts]) => [device, texts.map(info)]));

const lo = ['127.0.0.1', '::1'];
const devices = machine({
  lo,
  eth0: ['10.1.0.5', 'fd00::5', 'fe80::5'],
  eth1: ['10.2.0.5', '10.2.0.6'],
  six: ['fe80::6', 'fd00::6'],
  local: ['fe80::7'],
});
const none = () => false;
const invalid = (message: string) => expect.objectContaining({ kind: 'invalid', message }) as unknown;
const caught = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe('a host with a port', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', 2377],
    ['10.0.0.1:5000', '10.0.0.1', 5000],
    ['10.0.0.1:0', '10.0.0.1', 0],
    ['10.0.0.1:65535', '10.0.0.1', 65_535],
    ['::1', '::1', 2377],
    ['[::1]', '::1', 2377],
    ['[fd00::1]:5000', 'fd00::1', 5000],
    ['eth0', 'eth0', 2377],
    ['eth0:5000', 'eth0', 5000],
    ['manager.example:5000', 'manager.example', 5000],
    [':5000', '', 5000],
  ])('is read from %s', (text, host, port) => {
    expect(parseHostPort(text, 2377)).toEqual({ host, port });
  });

  it.each([
    ['10.0.0.1:65536', 'invalid address 10.0.0.1:65536: invalid port'],
    ['10.0.0.1:99999999999999999999', 'invalid address 10.0.0.1:99999999999999999999: invalid port'],
    ['10.0.0.1:-1', 'invalid address: 10.0.0.1:-1'],
    ['10.0.0.1:', 'invalid address: 10.0.0.1:'],
    ['10.0.0.1:a', 'invalid address: 10.0.0.1:a'],
    ['a:1:2', 'invalid address: a:1:2'],
    ['[::1', 'invalid address: [::1'],
    ['[::1]5000', 'invalid address: [::1]5000'],
  ])('is not %s', (text, message) => {
    expect(caught(() => parseHostPort(text, 2377))).toEqual(invalid(message));
  });

  it.each([
    ['10.0.0.1', '10.0.0.1:2377'],
    ['fd00::1', '[fd00::1]:2377'],
    ['manager.example', 'manager.example:2377'],
  ])('is written of %s', (host, text) => {
    expect(formatHostPort({ host, port: 2377 })).toBe(text);
    expect(parseHostPort(text, 1)).toEqual({ host, port: 2377 });
  });

  it.each([
    ['0.0.0.0', true],
    ['::', true],
    ['0:0:0:0:0:0:0:0', true],
    ['10.0.0.0', false],
    ['::1', false],
    ['', false],
    ['eth0', false],
  ])('stands for all addresses as %j: %s', (host, expected) => {
    expect(isUnspecified(host)).toBe(expected);
  });
});

describe('where a manager listens', () => {
  it.each([
    ['0.0.0.0:2377', '0.0.0.0', 2377],
    [':5000', '0.0.0.0', 5000],
    ['10.9.9.9', '10.9.9.9', 2377],
    ['[::]:5000', '::', 5000],
    ['eth0', '10.1.0.5', 2377],
    ['eth0:5000', '10.1.0.5', 5000],
    ['six:5000', 'fd00::6', 5000],
    ['lo', '127.0.0.1', 2377],
  ])('is said by %s', (text, host, port) => {
    expect(listenAddress(text, devices)).toEqual({ host, port });
  });

  it.each([
    ['', 'invalid ListenAddr "": invalid empty address'],
    ['eth9', listenWords],
    ['manager.example:2377', listenWords],
    ['eth1', 'interface eth1 has more than one IPv4 address (10.2.0.5 and 10.2.0.6)'],
    ['local', 'interface local has no usable IPv4 or IPv6 address'],
  ])('is not %j', (text, message) => {
    expect(caught(() => listenAddress(text, devices))).toEqual(invalid(message));
  });
});

describe('the address by which others reach a node', () => {
  const everywhere = { host: '0.0.0.0', port: 2377 };

  it.each([
    ['10.9.9.9', '10.9.9.9', 2377],
    ['10.9.9.9:5000', '10.9.9.9', 5000],
    ['fd00::9', 'fd00::9', 2377],
    ['[fd00::9]:5000', 'fd00::9', 5000],
    ['eth0', '10.1.0.5', 2377],
    ['eth0:5000', '10.1.0.5', 5000],
    ['six', 'fd00::6', 2377],
  ])('is asked for as %s', (asked, host, port) => {
    expect(advertiseAddress(asked, everywhere, devices, none)).toEqual({ host, port });
  });

  it.each([
    ['0.0.0.0', advertiseWords],
    ['0.0.0.0:2377', advertiseWords],
    ['::', advertiseWords],
    ['[::]:2377', advertiseWords],
    [':2377', advertiseWords],
    ['eth9', advertiseWords],
    ['constructor', advertiseWords],
    ['__proto__', advertiseWords],
    ['eth1', 'interface eth1 has more than one IPv4 address (10.2.0.5 and 10.2.0.6)'],
    ['local', 'interface local has no usable IPv4 or IPv6 address'],
    ['10.0.0.1:x', 'invalid address: 10.0.0.1:x'],
  ])('is not %s', (asked, message) => {
    expect(caught(() => advertiseAddress(asked, everywhere, devices, none))).toEqual(invalid(message));
  });

  it('is where it listens, when that is one address', () => {
    const listen = { host: '10.2.0.6', port: 5000 };
    expect(advertiseAddress('', listen, devices, none)).toEqual(listen);
  });

  it.each([
    ['the only one', { lo, eth0: ['10.1.0.5'] }, '10.1.0.5'],
    ['the only one of IPv4', { lo, eth0: ['fd00::5', '10.1.0.5'], eth1: ['fd00::6'] }, '10.1.0.5'],
    ['the only one of IPv6', { lo, eth0: ['fe80::5', 'fd00::5'] }, 'fd00::5'],
    ['none of a device of ours', { lo, own0: ['172.17.0.1'], eth0: ['10.1.0.5'] }, '10.1.0.5'],
  ])('is %s that the machine has', (_, texts, host) => {
    const own = (device: string) => device.startsWith('own');
    expect(advertiseAddress('', { host: '::', port: 5000 }, machine(texts), own)).toEqual({
      host,
      port: 5000,
    });
  });

  it.each([
    [{ lo }, "could not find the system's IP address"],
    [{}, "could not find the system's IP address"],
    [{ lo, own0: ['172.17.0.1'] }, "could not find the system's IP address"],
    [{ eth0: ['fe80::5'] }, "could not find the system's IP address"],
    [{ eth0: ['10.1.0.5', '10.1.0.6'] }, `${choose} interface eth0 (10.1.0.5 and 10.1.0.6)`],
    [
      { lo, eth0: ['10.1.0.5'], own0: ['172.17.0.1'], eth1: ['10.2.0.5'] },
      `${choose} different interfaces (10.1.0.5 on eth0 and 10.2.0.5 on eth1)`,
    ],
    [
      { eth0: ['fd00::5'], eth1: ['fd01::5'] },
      `${choose} different interfaces (fd00::5 on eth0 and fd01::5 on eth1)`,
    ],
  ])('has to be said on a machine with %j', (texts, message) => {
    const own = (device: string) => device.startsWith('own');
    expect(caught(() => advertiseAddress('', everywhere, machine(texts), own))).toEqual(invalid(message));
  });
});

describe('the address of packets of containers', () => {
  it.each([
    ['', '10.3.0.1'],
    ['10.9.9.9', '10.9.9.9'],
    ['fd00::9', 'fd00::9'],
    ['eth0', '10.1.0.5'],
    ['six', 'fd00::6'],
  ])('is asked for as %j', (asked, address) => {
    expect(dataAddress(asked, '10.3.0.1', devices)).toBe(address);
  });

  it.each([
    ['0.0.0.0', dataWords],
    ['::', dataWords],
    ['eth9', dataWords],
    ['10.9.9.9:4789', dataWords],
    ['eth1', 'interface eth1 has more than one IPv4 address (10.2.0.5 and 10.2.0.6)'],
  ])('is not %s', (asked, message) => {
    expect(caught(() => dataAddress(asked, '10.3.0.1', devices))).toEqual(invalid(message));
  });
});
