// What users write: mounts, ports, capabilities, signals, names, detach keys, hosts, DNS.
import { describe, expect, it } from 'vitest';
import {
  allCapabilities,
  capabilitiesOfMask,
  containerCapabilities,
  defaultCapabilities,
} from '../../../runtime/engine/containers/capabilities.ts';
import {
  declaredVolume,
  parseBind,
  parseMounts,
  parseVolumesFrom,
} from '../../../runtime/engine/containers/mount-requests.ts';
import { checkName, ContainerIndex } from '../../../runtime/engine/containers/container-names.ts';
import { DetachKeyFilter, parseDetachKeys } from '../../../runtime/engine/containers/detach-keys.ts';
import { hostsFile, parseExtraHost, resolvConfFile } from '../../../runtime/engine/containers/etc-files.ts';
import { portList, portMap, portRequests } from '../../../runtime/engine/containers/port-bindings.ts';
import { parseSignal } from '../../../runtime/engine/containers/signals.ts';
import { deviceNumbers } from '../../../runtime/engine/containers/host-devices.ts';
import { hostConfig } from '../../../runtime/engine/types.ts';

describe('mounts', () => {
  it('read --volume with options', () => {
    expect(parseBind('/a/../b:/c/:ro,z,rshared')).toEqual({
      type: 'bind',
      source: '/b',
      destination: '/c',
      readOnly: true,
      recursive: true,
      readOnlyAlone: false,
      propagation: 'rshared',
      mode: 'ro,z,rshared',
      createSource: true,
    });
  });

  it.each([
    [{ Binds: ['/a:ro'] }, "invalid volume specification: '/a:ro'"],
    [{ Binds: ['/a:/b:ro:x'] }, "invalid volume specification: '/a:/b:ro:x'"],
    [
      { Binds: ['/a:b'] },
      `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`,
    ],
    [
      { Binds: ['/a:/'] },
      `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [{ Binds: ['/a:/b:rx'] }, 'invalid mode: rx'],
    [{ Binds: ['/a:/c', '/b:/c'] }, 'Duplicate mount point: /c'],
    [{ Binds: ['/a:/b:ro,rw'] }, 'invalid mode: ro,rw'],
    [
      { Binds: ['data:/c:rslave'] },
      `invalid volume specification: 'data:/c:rslave': invalid mount config for type "volume": field BindOptions must not be specified`,
    ],
    [
      { Mounts: [{ Type: 'volume', Target: '/c', ReadOnly: true }] },
      'invalid mount config for type "volume": must not set ReadOnly mode when using anonymous volumes',
    ],
    [
      { Mounts: [{ Type: 'volume', Target: '/c', VolumeOptions: { Subpath: 'a' } }] },
      'invalid mount config for type "volume": must not set Subpath when using anonymous volumes',
    ],
    ...['../a', '/a', 'a/../../b'].map((Subpath): [object, string] => [
      { Mounts: [{ Type: 'volume', Source: 'data', Target: '/c', VolumeOptions: { Subpath } }] },
      'invalid mount config for type "volume": subpath must be a relative path within the volume',
    ]),
    [
      {
        Mounts: [{ Type: 'bind', Source: '/a', Target: '/c', BindOptions: { ReadOnlyNonRecursive: true } }],
      },
      'invalid mount config for type "bind": mount options conflict: !ReadOnly && BindOptions.ReadOnlyNonRecursive',
    ],
    [
      { Mounts: [{ Type: 'volume', Source: 'data', Target: '/c', BindOptions: {} }] },
      'invalid mount config for type "volume": field BindOptions must not be specified',
    ],
    [{ Mounts: [{ Type: 'nfs', Target: '/c' }] }, 'invalid mount config for type "nfs": mount type unknown'],
    [
      { Mounts: [{ Type: 'bind', Source: '/a' }] },
      'invalid mount config for type "bind": field Target must not be empty',
    ],
    [
      { Mounts: [{ Type: 'bind', Target: '/a' }] },
      'invalid mount config for type "bind": field Source must not be empty',
    ],
    [{ Tmpfs: { '/t': 'evil=1' } }, 'invalid tmpfs option ["evil=1"]'],
    [{ Tmpfs: { '/t': 'size=1m;x' } }, 'invalid tmpfs option ["size=1m;x"]'],
  ])('refuse %j', (host, message) => {
    expect(() => parseMounts(hostConfig.parse(host))).toThrow(message);
  });

  it('let tmpfs options undo the defaults', () => {
    const [mount] = parseMounts(hostConfig.parse({ Tmpfs: { '/t': 'exec,size=1m,mode=700' } }));
    expect(mount).toEqual({
      type: 'tmpfs',
      destination: '/t',
      options: ['nosuid', 'nodev', 'exec', 'size=1m', 'mode=700'],
      readOnly: false,
      listed: false,
    });
  });

  it('keep what an image declares inside the container, whatever it says (CVE-2022-23648)', () => {
    expect(declaredVolume('/../../etc', '').destination).toBe('/etc');
    expect(declaredVolume('data/../x', '').destination).toBe('/x');
    expect(() => declaredVolume('/x/../..', '')).toThrow("destination can't be '/'");
  });

  it('read what is taken over from others', () => {
    expect(parseVolumesFrom('web')).toEqual({ container: 'web', readOnly: false });
    expect(parseVolumesFrom('web:ro,z')).toEqual({ container: 'web', readOnly: true });
    expect(() => parseVolumesFrom('')).toThrow('cannot be an empty string');
    for (const spec of [':ro', 'web:x', 'web:nocopy', 'web:rshared']) {
      expect(() => parseVolumesFrom(spec)).toThrow(/invalid/);
    }
  });
});

describe('ports', () => {
  const exposed = { '80/tcp': {}, '53/udp': {} };

  it('are published where asked, the rest only exposed', () => {
    const requests = portRequests(
      hostConfig.parse({ PortBindings: { '80': [{ HostPort: '8080' }, { HostIp: '127.0.0.1' }] } }),
      exposed,
      { defaultIp: '', ipv6: true },
    );
    const one = { port: 80, protocol: 'tcp' };
    const fixed = { ...one, hostPort: 8080, lastHostPort: 8080 };
    expect(requests).toEqual([
      { ...fixed, hostIp: '0.0.0.0', sameHostPort: false },
      { ...fixed, hostIp: '::', sameHostPort: true },
      { ...one, hostIp: '127.0.0.1', hostPort: 0, lastHostPort: 0, sameHostPort: false },
    ]);
    expect(portMap(exposed, requests)).toEqual({
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
        { HostIp: '127.0.0.1', HostPort: '0' },
      ],
      '53/udp': null,
    });
    expect(portList(exposed, requests).at(0)).toEqual({ PrivatePort: 53, Type: 'udp' });
  });

  it.each([
    [{ PortBindings: { 'x/tcp': [{}] } }, 'invalid port specification: "x/tcp"'],
    [{ PortBindings: { '80/icmp': [{}] } }, 'invalid port specification: "80/icmp"'],
    [{ PortBindings: { '80/tcp': [{ HostPort: '70000' }] } }, 'invalid port specification: "70000"'],
    [{ PortBindings: { '80/tcp': [{ HostIp: '1.2.3' }] } }, 'invalid IP address: 1.2.3'],
    [{ PortBindings: { '80/tcp': [{ HostIp: 'fe80::1%lo' }] } }, 'invalid IP address: fe80::1%lo'],
    [{ PortBindings: { '80/tcp': [{ HostPort: '9-1' }] } }, 'invalid port specification: "9-1"'],
    [{ PortBindings: { '80/tcp': [{ HostPort: '1-' }] } }, 'invalid port specification: "1-"'],
    [{ PortBindings: { '80/tcp': [{ HostPort: '1-2-3' }] } }, 'invalid port specification: "1-2-3"'],
  ])('refuse %j', (host, message) => {
    expect(() => portRequests(hostConfig.parse(host), {}, { defaultIp: '', ipv6: true })).toThrow(message);
  });
});

describe('capabilities', () => {
  const wanted = { add: [], drop: [], privileged: false };

  it('are the default set in the order of the kernel', () => {
    expect(containerCapabilities(wanted, allCapabilities)).toEqual(
      allCapabilities.filter((name) => defaultCapabilities.includes(name)),
    );
  });

  it.each([
    [{ add: ['net_admin'], drop: [] }, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'],
    [{ add: ['ALL'], drop: ['SYS_ADMIN'] }, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN'],
    [{ add: ['CAP_CHOWN'], drop: ['ALL'] }, 'CAP_CHOWN', 'CAP_KILL'],
    [{ add: [], drop: ['chown'] }, 'CAP_KILL', 'CAP_CHOWN'],
  ])('with %j have %s and not %s', (change, has, lacks) => {
    const set = containerCapabilities({ ...wanted, ...change }, allCapabilities);
    expect(set).toContain(has);
    expect(set).not.toContain(lacks);
  });

  it("never go beyond the engine's own when all are asked for", () => {
    const own = allCapabilities.filter((name) => name !== 'CAP_SYS_RESOURCE');
    expect(containerCapabilities({ ...wanted, privileged: true }, own)).toEqual(own);
    expect(containerCapabilities({ ...wanted, add: ['ALL'] }, own)).toEqual(own);
  });

  it('refuse an unknown name', () => {
    expect(() => containerCapabilities({ ...wanted, add: ['FOO'] }, [])).toThrow(
      'invalid CapAdd: unknown capability: "CAP_FOO"',
    );
  });

  it('are read from a mask', () => {
    expect(capabilitiesOfMask('0000000000000021')).toEqual(['CAP_CHOWN', 'CAP_KILL']);
  });
});

describe('signals', () => {
  it.each([
    ['SIGTERM', 15],
    ['term', 15],
    ['9', 9],
    ['RTMIN+3', 37],
    ['SIGRTMAX-1', 63],
  ])('%s is %d', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(['foo', '0', '65', 'RTMIN+40', '-1', ''])('refuse %j', (text) => {
    expect(() => parseSignal(text)).toThrow(`Invalid signal: ${text}`);
  });
});

describe('detach keys', () => {
  const feed = (keys: string | undefined, ...inputs: string[]) => {
    const filter = new DetachKeyFilter(parseDetachKeys(keys));
    let passed = '';
    for (const input of inputs) {
      const { pass, detached } = filter.feed(Buffer.from(input));
      passed += pass.toString();
      if (detached) return { passed, detached };
    }
    return { passed, detached: false };
  };

  it.each([
    [['a\x10\x11b'], { passed: 'a', detached: true }],
    [['a\x10', '\x11b'], { passed: 'a', detached: true }],
    [['a\x10', 'b'], { passed: 'a\x10b', detached: false }],
    [['\x10\x10', '\x11'], { passed: '\x10', detached: true }],
    [['plain'], { passed: 'plain', detached: false }],
  ])('find ctrl-p ctrl-q in %j', (inputs, expected) => {
    expect(feed(undefined, ...inputs)).toEqual(expected);
  });

  it('overlap with themselves', () => {
    expect(feed('a,a,b', 'aa', 'ab')).toEqual({ passed: 'a', detached: true });
    expect(feed('a,a,b', 'aa', 'ac')).toEqual({ passed: 'aaac', detached: false });
  });

  it('are refused when they are none', () => {
    expect(() => parseDetachKeys('ctrl-!!')).toThrow('Invalid detach keys (ctrl-!!) provided');
  });
});

describe('names', () => {
  it.each(['a b', '../x', 'x', '-a', 'a\nb', ''])('refuse %j', (name) => {
    expect(() => checkName(name)).toThrow(
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  });

  it('are unique, random when none is given, and free again', () => {
    const index = new ContainerIndex<{ id: string }>();
    index.reserve('web', '1');
    expect(() => index.reserve('web', '2')).toThrow(
      'Conflict. The container name "/web" is already in use by container "1". ' +
        'You have to remove (or rename) that container to be able to reuse that name.',
    );
    index.release('web', '2');
    expect(() => index.reserve('web', '2')).toThrow('Conflict');
    index.release('web', '1');
    index.reserve('web', '2');
    const names = new Set(Array.from({ length: 500 }, (_, number) => index.reserveRandom(String(number))));
    expect(names.size).toBe(500);
    for (const name of names) expect(name).toMatch(/^[a-z]+_[a-z]+\d*$/);
  });

  it('find a container by id, name and the beginning of its id', () => {
    const index = new ContainerIndex<{ id: string }>();
    const first = { id: 'ab1' + '0'.repeat(61) };
    const second = { id: 'ab2' + '0'.repeat(61) };
    index.add(first);
    index.add(second);
    index.reserve('ab', second.id);
    expect(index.find(first.id)).toBe(first);
    expect(index.find('/ab')).toBe(second);
    expect(index.find('ab1')).toBe(first);
    expect(() => index.find('a')).toThrow('Multiple IDs found with provided prefix: a');
    expect(() => index.find('zz')).toThrow('No such container: zz');
  });
});

describe('files of /etc', () => {
  it('hosts has the fixed lines first', () => {
    const text = hostsFile([{ address: '172.17.0.2', names: ['a.b', 'a'] }]);
    expect(text.startsWith('127.0.0.1\tlocalhost\n')).toBe(true);
    expect(text.endsWith('172.17.0.2\ta.b a\n')).toBe(true);
  });

  it.each([
    ['db:10.0.0.1', { name: 'db', address: '10.0.0.1' }],
    ['db=::1', { name: 'db', address: '::1' }],
    ['db:[fe80::1]', { name: 'db', address: 'fe80::1' }],
    ['host:host-gateway', { name: 'host', address: 'host-gateway' }],
    ['a b:1.2.3.4', undefined],
    ['a:1.2.3.4\n6.6.6.6 evil', undefined],
  ])('--add-host %j', (text, expected) => {
    expect(parseExtraHost(text)).toEqual(expected);
  });

  it("resolv.conf leaves out the host's own loopback", () => {
    const host = '# c\nnameserver 127.0.0.53\nnameserver 10.0.0.2\nsearch a b\noptions edns0\n';
    const none = { servers: [], search: [], options: [] };
    expect(resolvConfFile(host, none, true)).toBe('nameserver 10.0.0.2\nsearch a b\noptions edns0\n');
    expect(resolvConfFile(host, none, false)).toContain('nameserver 127.0.0.53\n');
    expect(resolvConfFile('nameserver 127.0.0.1\n', none, true)).toBe(
      'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
    );
    expect(resolvConfFile(host, { servers: ['1.1.1.1'], search: ['.'], options: ['x'] }, true)).toBe(
      'nameserver 1.1.1.1\noptions x\n',
    );
  });
});

it('splits device numbers as the C library does', () => {
  expect(deviceNumbers(0x0103)).toEqual({ major: 1, minor: 3 });
  expect(deviceNumbers(0x1_0010_fe12)).toEqual({ major: 0xfe, minor: 0x112 });
});
