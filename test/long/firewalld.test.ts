// An engine beside firewalld itself, as Debian packages it, with either of its backends and a bus of its own: containers reach the
// world and are reached by published ports while it is started, reloaded and stopped, and no more than that.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { artefact } from '../fixtures/cache.ts';
import { output } from '../fixtures/command.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { unpack } from '../fixtures/packages.ts';

const packages = [
  ...['firewalld', 'python3-firewall', 'python3-nftables', 'python3-dbus', 'python3-gi', 'python3-cap-ng'],
  ...['gir1.2-glib-2.0', 'libgirepository-1.0-1', 'libglib2.0-0', 'libdbus-1-3', 'dbus-daemon', 'ipset'],
  ...['libipset13', 'libcap-ng0'],
];
const policy = `<busconfig>
  <type>system</type>
  <listen>unix:path=FOLDER/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow eavesdrop="true"/><allow send_destination="*" eavesdrop="true"/>
  </policy>
</busconfig>`;
const soon = { timeout: 60_000, interval: 200 };

let engine: BerthEngine;
let folder: string;
let root: string;
let env: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];

const host = (...argv: string[]) =>
  output(['nsenter', `--net=/run/netns/${engine.machine.netns}`, ...argv], { env });
const firewall = async (...args: string[]) => (await host('firewall-cmd', ...args)).trim();
const trusted = async () => {
  const listed = await firewall('--zone=trusted', '--list-interfaces').catch(String);
  return listed.split(' ').filter(Boolean).sort();
};
const warnings = async () => ((await engine.docker.info()) as { Warnings: string[] | null }).Warnings ?? [];
const docker = async (...args: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await engine.cli(args);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
};
const bridges = async (): Promise<string[]> => {
  const links = JSON.parse(await host('ip', '-j', 'link', 'show', 'type', 'bridge')) as { ifname: string }[];
  return links.map(({ ifname }) => ifname).sort();
};
const greeting = (to: string, port: number) => [
  ...['timeout', '2', 'bash', '-c'],
  `exec 3<>/dev/tcp/${to}/${String(port)} && head -n1 <&3`,
];
const fromOutside = async (to = engine.machine.address, port = 8080) =>
  (await engine.machine.runInWorld(greeting(to, port))).stdout.trim();
const fromLoopback = async () => (await engine.run(greeting('127.0.0.1', 8080))).stdout.trim();
const pings = async (container: string, to: string) =>
  (await engine.cli(['exec', container, 'ping', '-c1', '-W2', to])).exitCode === 0;

/** Starts a program in the machine. */
function start(argv: readonly string[]): ChildProcess {
  const child = spawn('nsenter', [`--net=/run/netns/${engine.machine.netns}`, ...argv], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.push(child);
  return child;
}

beforeEach(async () => {
  root = await artefact('firewalld', { packages, version: 1 }, (to) => unpack(packages, to));
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-firewalld-'));
  await cp(path.join(root, 'etc/firewalld'), path.join(folder, 'etc'), { recursive: true });
  await writeFile(path.join(folder, 'bus.conf'), policy.replace('FOLDER', folder));
  const [library, python] = ['usr/lib/x86_64-linux-gnu', 'usr/lib/python3/dist-packages'];
  const programs = path.join(folder, 'bin');
  await mkdir(programs);
  env = {
    ...process.env,
    PATH: [programs, path.join(root, 'usr/sbin'), process.env['PATH'] ?? ''].join(':'),
    DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${folder}/bus`,
  };
  const own = [
    `PYTHONPATH=${path.join(root, python)}`,
    `GI_TYPELIB_PATH=${path.join(root, library, 'girepository-1.0')}`,
    `LD_LIBRARY_PATH=${path.join(root, library)}:${path.join(root, 'lib/x86_64-linux-gnu')}`,
  ].join(' ');
  for (const [name, at, how] of [
    ['firewall-cmd', 'usr/bin/firewall-cmd', 'exec /usr/bin/python3'],
    ['firewalld', 'usr/sbin/firewalld', 'exec /usr/bin/python3'],
    ['bus', 'usr/bin/dbus-daemon', 'exec'],
  ] as const) {
    const program = path.join(programs, name);
    await writeFile(program, `#!/bin/sh\nexport ${own}\n${how} ${path.join(root, at)} "$@"\n`);
    await chmod(program, 0o755);
  }
  engine = await startEngine({ env });
  await warmUp(engine);
  start(['bus', `--config-file=${folder}/bus.conf`, '--nofork', '--nopidfile', '--nosyslog']);
}, 120_000);

afterEach(async () => {
  process.kill(engine.pid, 'SIGCONT');
  await removeContainers(engine.docker);
  await engine.docker.pruneNetworks();
  for (const child of children.splice(0).reverse()) child.kill('SIGKILL');
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

async function startFirewalld(backend: string): Promise<ChildProcess> {
  const settings = path.join(folder, 'etc/firewalld.conf');
  const text = await readFile(settings, 'utf8');
  await writeFile(settings, text.replace(/^FirewallBackend=.*$/m, `FirewallBackend=${backend}`));
  const child = start([
    ...['firewalld', '--nofork', '--nopid', '--log-target', 'console'],
    ...['--system-config', `${folder}/etc`, '--default-config', path.join(root, 'usr/lib/firewalld')],
  ]);
  await expect.poll(() => firewall('--state').catch(String), soon).toBe('running');
  return child;
}

it.each(['nftables', 'iptables'])(
  'serves published ports and the way out beside firewalld with %s',
  { timeout: 300_000 },
  async (backend) => {
    const { address, worldAddress } = engine.machine;
    const serve = 'while true; do echo hello | nc -l -p 80 >/dev/null; done';
    await docker('network', 'create', '--subnet', '10.8.0.0/24', 'shop');
    await docker(
      ...['run', '-d', '--name', 'web', '--network', 'shop', '--ip', '10.8.0.9', '-p', '8080:80'],
      ...['busybox', 'sh', '-c', serve],
    );
    await docker('run', '-d', '--name', 'neighbour', 'busybox', 'sleep', '100000');
    const pid = await docker('inspect', '-f', '{{.State.Pid}}', 'web');
    const served = async () => {
      await expect.poll(trusted, soon).toEqual(await bridges());
      await expect.poll(() => fromOutside(), soon).toBe('hello');
      await expect.poll(fromLoopback, soon).toBe('hello');
      expect(await pings('web', worldAddress)).toBe(true);
      const hairpin = await docker('exec', 'neighbour', 'sh', '-c', `nc -w 2 ${address} 8080 </dev/null`);
      expect(hairpin).toBe('hello');
      // And nothing else: what is not published, and one network from the other.
      await engine.machine.runInWorld(['ip', 'route', 'replace', '10.8.0.0/24', 'via', address]);
      expect(await fromOutside('10.8.0.9', 80)).toBe('');
      expect(await pings('neighbour', '10.8.0.9')).toBe(false);
    };

    // While nobody looks after it, containers are cut off.
    process.kill(engine.pid, 'SIGSTOP');
    const daemon = await startFirewalld(backend);
    const alone = await engine.run(['nsenter', '-n', '-t', pid, 'ping', '-c1', '-W2', worldAddress]);
    expect(alone.exitCode).not.toBe(0);
    process.kill(engine.pid, 'SIGCONT');
    await served();
    expect(await warnings()).toContainEqual(expect.stringMatching(/firewalld.* zone trusted$/));

    await firewall('--reload');
    await served();

    // A network that comes joins, and leaves when it goes, also with an engine that was killed meanwhile.
    await docker('network', 'create', 'passing');
    await served();
    await engine.kill('SIGKILL');
    await engine.restart();
    await docker('network', 'rm', 'passing');
    await served();

    // Somebody has other plans for a bridge.
    const [first = ''] = await bridges();
    await firewall('--zone=work', `--change-interface=${first}`);
    await docker('network', 'create', 'another');
    expect(await firewall(`--get-zone-of-interface=${first}`)).toBe('work');
    await docker('network', 'rm', 'another');
    await firewall('--zone=trusted', `--change-interface=${first}`);
    await served();

    daemon.kill('SIGTERM');
    await expect.poll(warnings, soon).not.toContainEqual(expect.stringContaining('firewalld'));
    await expect.poll(() => fromOutside(), soon).toBe('hello');
    expect(await pings('web', worldAddress)).toBe(true);
  },
);
