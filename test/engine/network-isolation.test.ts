// Attacks on what is published, on what is not, and on the engine itself: from a machine on the same wire, and from
// containers. The numbers are those of known holes in other engines. Each attack is shown to work where it may.
import { fileURLToPath } from 'node:url';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { spawn, type ChildProcess } from 'node:child_process';
import { request } from '../fixtures/contract-table.ts';
import { type BerthEngine, removeContainers, startEngine } from '../fixtures/engine.ts';

let engine: BerthEngine;
const children: ChildProcess[] = [];

const cli = async (...args: string[]): Promise<string> => {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};
const sh = async (script: string, ...options: string[]) =>
  (await engine.cli(['run', '--rm', ...options, 'busybox', 'sh', '-c', script])).stdout;
/** A container that says hello to whoever connects to port 80. */
const serve = async (name: string, ...options: string[]) => {
  await cli(
    ...['run', '-d', '--name', name, ...options, 'busybox', 'sh', '-c'],
    'while true; do echo hello | nc -l -p 80 >/dev/null; done',
  );
  const { Networks } = (await engine.docker.getContainer(name).inspect()).NetworkSettings;
  const [endpoint] = Object.values(Networks);
  return { address: endpoint?.IPAddress ?? '', address6: endpoint?.GlobalIPv6Address ?? '' };
};
const inWorld = async (...argv: string[]) => {
  const result = await engine.machine.runInWorld(argv);
  if (result.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
};
/** What the neighbour gets there; asks for a while when it should get something. */
async function neighbour(host: string, port: number, wanted: 'hello' | 'nothing'): Promise<string> {
  const script = `for i in $(seq ${wanted === 'hello' ? '50' : '1'}); do timeout 1 bash -c "$1" && exit; done`;
  const connect = `exec 3<>/dev/tcp/${host}/${String(port)} && head -n1 <&3`;
  return (await engine.machine.runInWorld(['bash', '-c', script, 'bash', connect])).stdout.trim();
}
/** Asks everywhere, as a browser would, and shows who answers. */
const askAll = (hosts: readonly string[], ports: readonly string[]): string =>
  `for host in ${hosts.join(' ')}; do for port in ${ports.join(' ')}; do
     { printf 'GET /_ping HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'; sleep 0.3; } |
       timeout 2 nc -w 1 $host $port 2>/dev/null | grep HTTP/ &
   done; done; wait`;

beforeAll(async () => {
  engine = await startEngine();
  await engine.run(['ip', 'address', 'add', '2001:db8::2/64', 'dev', 'uplink', 'nodad']);
  await engine.machine.runInWorld(['ip', 'address', 'add', '2001:db8::1/64', 'dev', 'wire', 'nodad']);
  await cli('pull', '-q', 'busybox');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await removeContainers(engine.docker);
  await cli('network', 'prune', '-f');
});
afterAll(() => engine.stop());

it('keeps ports of 127.0.0.1 from a neighbour that routes there (CVE class 17)', async () => {
  await serve('web', '-p', '127.0.0.1:82:80', '-p', '8080:80');
  // The neighbour gives up its own loopback, so that its packets for 127.0.0.1 go out to the wire.
  await inWorld('sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1', 'net.ipv4.conf.wire.route_localnet=1');
  await inWorld('ip', 'route', 'del', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local');
  await inWorld('ip', 'route', 'del', 'local', '127.0.0.1', 'dev', 'lo', 'table', 'local');
  await inWorld(
    'ip',
    'route',
    'add',
    '127.0.0.1',
    'via',
    engine.machine.address,
    'src',
    engine.machine.worldAddress,
  );
  expect(await neighbour(engine.machine.address, 8080, 'hello')).toBe('hello');
  expect(await neighbour('127.0.0.1', 82, 'nothing')).toBe('');
  // It is not the attack that fails: its packets do arrive.
  const arrived = async () =>
    Number(/packets (\d+)/.exec((await engine.run(['nft', 'list', 'table', 'inet', 'trap'])).stdout)?.[1]);
  const trap =
    'add table inet trap; add chain inet trap in { type filter hook prerouting priority -400; }; add rule inet trap in iifname uplink ip daddr 127.0.0.1 tcp dport 82 counter';
  await engine.run(['nft', trap]);
  expect(await neighbour('127.0.0.1', 82, 'nothing')).toBe('');
  expect(await arrived()).toBeGreaterThan(0);
  await engine.run(['nft', 'delete table inet trap']);
});

it('keeps what is not published from a neighbour that routes to the containers (CVE class 17)', async () => {
  await cli('network', 'create', '--ipv6', '--subnet', 'fd00:9::/64', '--subnet', '10.9.0.0/24', 'six');
  const { address, address6 } = await serve('web', '--network', 'six', '-p', '8080:80');
  await inWorld('ip', 'route', 'add', '10.9.0.0/24', 'via', engine.machine.address);
  await inWorld('ip', '-6', 'route', 'add', 'fd00:9::/64', 'via', '2001:db8::2');
  expect(await neighbour(engine.machine.address, 8080, 'hello')).toBe('hello');
  expect(await neighbour('2001:db8::2', 8080, 'hello')).toBe('hello');
  // By its own address not even the published port is reached.
  expect(await neighbour(address, 80, 'nothing')).toBe('');
  expect(await neighbour(address6, 80, 'nothing')).toBe('');
  // Nor the address of the bridge, but for what is published everywhere.
  expect(await neighbour('10.9.0.1', 80, 'nothing')).toBe('');
  // The way is there: without the engine's rules it is open.
  const rules = await engine.run(['nft', 'list', 'ruleset']);
  const table = /table inet (\S+)/.exec(rules.stdout)?.[1] ?? '';
  await engine.run(['nft', 'add', 'chain', 'inet', table, 'forward', '{ policy accept; }']);
  await engine.kill('SIGKILL'); // or it would put them back
  await engine.run(['nft', 'delete', 'table', 'inet', table]);
  expect(await neighbour(address, 80, 'hello')).toBe('hello');
  await engine.restart();
  expect(await neighbour(address, 80, 'nothing')).toBe('');
});

it('lets networks reach each other by published ports only', async () => {
  await cli('network', 'create', 'one');
  await cli('network', 'create', 'two');
  await cli('network', 'create', '--internal', 'inside');
  const { address } = await serve('web', '--network', 'one', '-p', '8080:80');
  const ask = (network: string, host: string, port: number) =>
    sh(`nc -w 2 ${host} ${String(port)} </dev/null || true`, '--network', network);
  expect(await ask('one', address, 80)).toBe('hello\n');
  expect(await ask('two', address, 80)).toBe('');
  expect(await ask('two', engine.machine.address, 8080)).toBe('hello\n');
  expect(await ask('bridge', engine.machine.address, 8080)).toBe('hello\n');
  expect(await ask('inside', address, 80)).toBe('');
  expect(await ask('inside', engine.machine.address, 8080)).toBe('');
});

it('lets no question for a name leave an internal network (CVE-2024-29018)', async () => {
  // A name server of the world, which tells what it is asked and answers nothing but 192.0.2.7.
  const server = `const s = require('dgram').createSocket('udp4');
    s.on('message', (q, from) => {
      console.log(q.toString('latin1').replace(/[^a-z]+/g, '.'));
      const a = Buffer.concat([q.subarray(0, 2), Buffer.from('81800001000100000000', 'hex'), q.subarray(12, q.indexOf(0, 12) + 5), Buffer.from('c00c00010001000000050004c0000207', 'hex')]);
      s.send(a, from.port, from.address);
    }).bind(53, () => console.log('ready'));`;
  const [program = '', ...enter] = engine.machine.enterWorld;
  const child = spawn(program, [...enter, process.execPath, '-e', server], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let asked = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (asked += text));
  await vi.waitFor(() => expect(asked).toBe('ready\n'), 20_000);
  await cli(
    'network',
    'create',
    '--internal',
    '--ipv6',
    '--subnet',
    'fd00:a::/64',
    '--subnet',
    '10.10.0.0/24',
    'inside',
  );
  await cli('network', 'create', 'open');
  const look = (network: string, name: string) =>
    sh(`timeout 3 nslookup -type=a ${name} 2>&1`, '--network', network, '--dns', engine.machine.worldAddress);
  expect(await look('open', 'seen.example')).toContain('192.0.2.7');
  expect(asked).toContain('seen.example');
  expect(await look('inside', 'secret.example')).not.toContain('192.0.2.7');
  const others = [engine.machine.worldAddress, '10.10.0.1', 'fd00:a::1', engine.machine.address];
  const said = await sh(
    `${others.map((where) => `timeout 2 nslookup -type=a secret.example ${where} 2>&1 &`).join(' ')} wait`,
    ...['--network', 'inside', '--dns', engine.machine.worldAddress],
  );
  expect(said).not.toContain('192.0.2.7');
  expect(asked).not.toContain('secret');
});

it('answers nobody in a container as an engine (CVE-2025-9074)', async () => {
  await cli('network', 'create', '--ipv6', '--subnet', 'fd00:b::/64', '--subnet', '10.11.0.0/24', 'mine');
  const listening = await engine.run(['ss', '-Hltn']);
  const ports = new Set([...listening.stdout.matchAll(/:(\d+) +\S+:\* *$/gm)].map(([, port]) => port ?? ''));
  expect(ports.size).toBeGreaterThan(0); // the registry at least, on the host's loopback
  for (const port of ['80', '2375', '2376']) ports.add(port);
  const hosts = ['10.11.0.1', engine.machine.address, '127.0.0.1', '127.0.0.11'];
  const hosts6 = ['fd00:b::1', '::1', '2001:db8::2'];
  // Whoever is in the host's network does get an answer of the registry there.
  expect(await sh(askAll(['127.0.0.1'], [...ports]), '--network', 'host')).toContain('HTTP/');
  const said = await sh(
    `${askAll([...hosts, ...hosts6], [...ports])}; find / -xdev -type s; cat /proc/net/unix`,
    ...['--network', 'mine'],
  );
  expect(said.trim()).toMatch(/^Num\s+RefCount.*Inode Path$/);
});

it('has no abstract socket that the host’s network would show, and keeps the others to itself (CVE-2020-15257)', async () => {
  await serve('web', '-p', '8080:80');
  const unix = await sh('cat /proc/net/unix', '--network', 'host');
  expect(unix.split('\n').filter((line) => / @/.test(line))).toEqual([]);
  const { stdout } = await engine.run(['find', engine.folder, '-type', 's', '-printf', '%m %P\n']);
  const sockets = stdout.trim().split('\n').sort();
  expect(sockets.length).toBeGreaterThan(1);
  const group = path.relative(engine.folder, engine.socket);
  expect(sockets.filter((line) => !line.startsWith('600 '))).toEqual([`660 ${group}`]);
});

it('hides the window’s server from containers (CVE-2025-9074)', async () => {
  const start = fileURLToPath(new URL('../../dist/start.js', import.meta.url));
  const [program = '', ...argv] = [
    ...['nsenter', `--net=/run/netns/${engine.machine.netns}`],
    process.execPath,
  ];
  const window = spawn(program, [...argv, start, '--browser', '--no-open'], {
    env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(window);
  let said = '';
  window.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await vi.waitFor(() => expect(said).toMatch(/:\d+/), 20_000);
  const port = /:(\d+)/.exec(said)?.[1] ?? '';
  // It is there, and somebody in the host's network sees it.
  expect(await sh(askAll(['127.0.0.1'], [port]), '--network', 'host')).toContain('HTTP/');
  expect(await sh(askAll(['127.0.0.1', '172.17.0.1', engine.machine.address], [port]))).toBe('');
});

it('takes nothing for a rule, a file’s line or a path that is only written like a part of one (item 19)', async () => {
  const rules = async () => (await engine.run(['nft', '--stateless', 'list', 'ruleset'])).stdout;
  const before = await rules();
  const network = (wrong: object) => ['/networks/create', { Name: 'evil', ...wrong }] as const;
  const option = (name: string, value: string) =>
    network({ Options: { [`com.docker.network.bridge.${name}`]: value } });
  const pool = (wrong: object) => network({ IPAM: { Config: [{ Subnet: '10.12.0.0/24', ...wrong }] } });
  const container = (wrong: object) =>
    ['/containers/create?name=evil', { Image: 'busybox', ...wrong }] as const;
  const bound = (port: string, HostIp: string, HostPort: string) =>
    container({ HostConfig: { PortBindings: { [port]: [{ HostIp, HostPort }] } } });
  const member = (wrong: object) => container({ NetworkingConfig: { EndpointsConfig: { bridge: wrong } } });
  const line = 'a\n10.0.0.1 evil';
  for (const [at, body] of [
    ...[
      network({ Name: line }),
      network({ Name: '../../x' }),
      network({ Driver: 'macvlan', Options: { parent: 'a b' } }),
    ],
    ...[option('name', 'x" accept'), option('name', '../x'), option('host_binding_ipv4', '0.0.0.0 accept')],
    ...[
      option('enable_icc', 'true; accept'),
      pool({ Subnet: '10.12.0.0/24 accept' }),
      pool({ Gateway: '10.12.0.1;' }),
    ],
    ...[pool({ IPRange: '10.12.0.0/25}' }), pool({ AuxiliaryAddresses: { a: '10.12.0.1 b' } })],
    ...[
      bound('80/tcp', '0.0.0.0 accept', '1'),
      bound('80/tcp', '', '1 : accept'),
      bound('80/tcp accept', '', '1'),
    ],
    ...[
      member({ Aliases: [line] }),
      member({ Links: [`x:${line}`] }),
      member({ MacAddress: `02:42:ac:11:00:02 ${line}` }),
    ],
    ...[
      member({ IPAMConfig: { LinkLocalIPs: ['169.254.1.1/16 x'] } }),
      container({ HostConfig: { Links: [`x:${line}`] } }),
    ],
    ...[['/volumes/create', { Name: line }] as const, ['/volumes/create', { Name: '../x' }] as const],
    ...[['/containers/create?name=../x', { Image: 'busybox' }] as const],
  ]) {
    const { status, text } = await request(engine.socket, {
      method: 'POST',
      path: at,
      body: JSON.stringify(body),
    });
    expect([body, status, text]).toEqual([body, 400, expect.stringContaining('message')]);
  }
  expect(await rules()).toBe(before);
  expect(await cli('ps', '-aq')).toBe('');
  expect(await cli('volume', 'ls', '-q')).toBe('');
});

it('masks its files whatever a volume brings to /dev and /proc (CVE-2025-31133)', async () => {
  const folder = path.join(engine.folder, 'evil');
  await mkdir(folder);
  await writeFile(path.join(folder, 'host'), 'untouched');
  for (const name of ['null', 'zero', 'console', 'ptmx', 'full'])
    await symlink('/proc/sys/kernel/hostname', path.join(folder, name));
  for (const where of ['/dev', '/dev/pts', '/mnt']) {
    const said = await sh(
      `cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; cat /proc/sysrq-trigger 2>&1; echo x > /proc/sysrq-trigger 2>&1; cat /proc/sys/kernel/hostname`,
      ...['-v', `${folder}:${where}`, '--hostname', 'inside'],
    );
    expect(said).toMatch(/^0\n/);
    expect(said).toMatch(/inside\n$/);
  }
  for (const where of ['/proc', '/proc/sys', '/proc/self/attr']) {
    const refused = await engine.cli(['run', '--rm', '-v', `${folder}:${where}`, 'busybox', 'true']);
    expect(refused.stderr).toMatch(where === '/proc' ? /not of type proc/ : /inside \/proc/);
    expect([where, refused.exitCode]).toEqual([where, 125]);
  }
});
