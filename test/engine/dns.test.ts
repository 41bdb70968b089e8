// Names in networks that somebody made: asked by containers of their own resolver, with and without an engine.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

let engine: BerthEngine;

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
