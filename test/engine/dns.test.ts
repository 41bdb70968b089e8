// Names in networks that somebody made: asked by containers of their own resolver, with and without an engine.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../fixtures/command.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

let engine: BerthEngine;
const idle = ['busybox', 'sleep', '1000'];

const cli = async (...args: string[]): Promise<string> => {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};
const lookup = async (from: string, name: string, type = 'a') => {
  const { stdout, stderr } = await engine.cli(['exec', from, 'nslookup', `-type=${type}`, name]);
  return stdout + stderr;
};

beforeAll(async () => {
  engine = await startEngine();
  await cli('pull', '-q', 'busybox');
  await cli('network', 'create', 'app');
  await cli('network', 'create', '--internal', 'inside');
  await cli(
    'run',
    '-d',
    '--name',
    'db',
    '--network',
    'app',
    '--network-alias',
    'store',
    'busybox',
    'sleep',
    '1000',
  );
  await cli(
    'run',
    '-d',
    '--name',
    'web',
    '--network',
    'app',
    '--link',
    'db:linked',
    'busybox',
    'sleep',
    '1000',
  );
  await cli('run', '-d', '--name', 'shut', '--network', 'inside', 'busybox', 'sleep', '1000');
});
afterAll(async () => {
  for (const name of ['db', 'web', 'shut']) await engine.cli(['rm', '-f', name]);
  await engine.cli(['network', 'prune', '-f']);
  await engine.stop();
});

it('finds containers by name, alias, short id and with the network as domain', async () => {
  expect(await cli('exec', 'web', 'cat', '/etc/resolv.conf')).toMatch(
    /^nameserver 127\.0\.0\.11\n(.*\n)*options .*ndots:0/,
  );
  const address = await cli('inspect', '-f', '{{.NetworkSettings.Networks.app.IPAddress}}', 'db');
  const id = await cli('inspect', '-f', '{{.Id}}', 'db');
  for (const name of ['db', 'DB', 'store', 'db.app', id.slice(0, 12), 'linked']) {
    expect(await lookup('web', name)).toContain(`Address: ${address}`);
  }
  expect(await cli('exec', 'web', 'nslookup', address)).toContain('db.app');
});

it('says of a name without such an address that there is none, and nothing more', async () => {
  const answer = await lookup('web', 'db', 'aaaa');
  expect(answer).not.toMatch(/NXDOMAIN|SERVFAIL|timed out/);
  expect(answer).not.toMatch(/Address: .*::/);
});

it('answers while the engine is down, and of who comes and goes', async () => {
  const pid = await cli('inspect', '-f', '{{.State.Pid}}', 'web');
  await engine.kill('SIGKILL');
  const asked = await engine.run(['nsenter', '-t', pid, '-m', '-n', '/bin/nslookup', '-type=a', 'db']);
  expect(asked.stdout).toMatch(/Address: 172\./);
  await engine.restart();
  expect(await lookup('web', 'db')).toMatch(/Address: 172\./);
  // In the internal network, where what nobody knows fails at once.
  await cli('run', '-d', '--name', 'late', '--network', 'inside', 'busybox', 'sleep', '1000');
  expect(await lookup('shut', 'late')).toMatch(/Address: \d+\./);
  await cli('rename', 'late', 'later');
  expect(await lookup('shut', 'later')).toMatch(/Address: \d+\./);
  await cli('rm', '-f', 'later');
  expect(await lookup('shut', 'later')).toMatch(/SERVFAIL|can't resolve/);
});

it('lets no question leave an internal network', async () => {
  expect(await lookup('shut', 'example.com')).toMatch(/SERVFAIL|can't resolve/);
  expect(await lookup('shut', 'db')).not.toMatch(/Address: 172\./);
});

it('answers by TCP, of IPv6 addresses too, and knows whom they belong to', async () => {
  await cli('network', 'create', '--ipv6', '--subnet', 'fd00:5::/64', 'six');
  await cli('run', '-d', '--name', 'ca', '--network', 'six', '--ip6', 'fd00:5::77', ...idle);
  expect(await lookup('ca', 'ca', 'aaaa')).toContain('fd00:5::77');
  expect(await cli('exec', 'ca', 'nslookup', 'fd00:5::77')).toContain('ca.six');
  // Two questions on one connection, byte by byte: one that it knows, one that nobody is asked in the time there is.
  const pid = await cli('inspect', '-f', '{{.State.Pid}}', 'ca');
  const script = `
    const question = (id, name) => {
      const body = Buffer.concat([Buffer.from([0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([name.length]), Buffer.from(name), Buffer.from([0, 0, 28, 0, 1])]);
      return Buffer.concat([Buffer.from([0, body.length]), body]);
    };
    let got = Buffer.alloc(0);
    const socket = require('net').connect(53, '127.0.0.11', async () => {
      for (const byte of Buffer.concat([question(1, 'ca'), question(2, 'CA')])) {
        socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    });
    socket.on('data', (data) => {
      got = Buffer.concat([got, data]);
      const size = 2 + got.readUInt16BE(0);
      if (got.length < 2 * size) return;
      for (const at of [0, size]) console.log(got[at + 3], got.readUInt16BE(at + 8), got.subarray(at + size - 16, at + size).toString('hex'));
      socket.end();
    });`;
  const asked = await run(['nsenter', '-t', pid, '-n', process.execPath, '-e', script]);
  expect(asked.stdout).toBe('1 1 fd000005000000000000000000000077\n2 1 fd000005000000000000000000000077\n');
  await cli('rm', '-f', 'ca');
});

it('leaves port 53 to a name server in the container', async () => {
  const pid = await cli('inspect', '-f', '{{.State.Pid}}', 'web');
  const script = `
    const udp = require('dgram').createSocket('udp4').on('error', (e) => { console.log(e.code); process.exit(); });
    udp.bind(53, '0.0.0.0', () => require('net').createServer().on('error', (e) => { console.log(e.code); process.exit(); })
      .listen(53, '0.0.0.0', () => require('dns').resolve4('db', (e, found) => { console.log(e ?? found[0]); process.exit(); })));
    require('dns').setServers(['127.0.0.11']);`;
  const { stdout } = await run(['nsenter', '-t', pid, '-n', process.execPath, '-e', script]);
  expect(stdout).toMatch(/^172\.\d+\.\d+\.\d+\n$/);
});

it('answers a container of the default bridge once it joins a network', async () => {
  await cli('run', '-d', '--name', 'cb', ...idle);
  expect(await cli('exec', 'cb', 'cat', '/etc/resolv.conf')).not.toContain('127.0.0.11');
  await cli('network', 'connect', 'app', 'cb');
  expect(await cli('exec', 'cb', 'cat', '/etc/resolv.conf')).toMatch(/^nameserver 127\.0\.0\.11\n/);
  expect(await lookup('cb', 'db')).toMatch(/Address: 172\./);
  expect(await lookup('web', 'cb')).toMatch(/Address: 172\./);
  await cli('network', 'disconnect', 'app', 'cb');
  // What somebody wrote into the file stays.
  await cli('run', '-d', '--name', 'cc', ...idle);
  await cli('exec', 'cc', 'sh', '-c', 'echo nameserver 192.0.2.1 > /etc/resolv.conf');
  await cli('network', 'connect', 'app', 'cc');
  expect(await cli('exec', 'cc', 'cat', '/etc/resolv.conf')).toBe('nameserver 192.0.2.1');
  for (const name of ['cb', 'cc']) await cli('rm', '-f', name);
});
