// An engine beside ufw itself, as Debian packages it: published ports go on being reached when it is switched on, reloaded and
// switched off, and then nothing of the engine is left in its rules.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { artefact } from '../fixtures/cache.ts';
import { output } from '../fixtures/command.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { unpack } from '../fixtures/packages.ts';

const soon = { timeout: 60_000, interval: 200 };
let engine: BerthEngine;
let root: string;
const host = (...argv: string[]) =>
  output(['nsenter', `--net=/run/netns/${engine.machine.netns}`, ...argv], {
    env: { ...process.env, PYTHONPATH: path.join(root, 'usr/lib/python3/dist-packages') },
  });
const ufw = (...args: string[]) =>
  host('python3', path.join(root, 'usr/sbin/ufw'), `--rootdir=${root}`, `--datadir=${root}`, ...args);
const forward = async () => (await host('iptables', '-S', 'FORWARD')).split('\n');
const ours = async () => (await forward()).filter((rule) => rule.includes('-bridges'));
const fromOutside = async (port: number): Promise<string> => {
  const connect = `exec 3<>/dev/tcp/${engine.machine.address}/${String(port)} && head -n1 <&3`;
  return (await engine.machine.runInWorld(['timeout', '2', 'bash', '-c', connect])).stdout.trim();
};

beforeAll(async () => {
  const names = ['ufw'];
  const unpacked = await artefact('ufw', { names, version: 1 }, (folder) => unpack(names, folder));
  root = await mkdtemp(path.join(os.tmpdir(), 'bt-ufw-'));
  await cp(unpacked, root, { recursive: true });
  // What the package's script does when it is installed.
  const templates = path.join(root, 'usr/share/ufw');
  for (const folder of [templates, path.join(templates, 'iptables')]) {
    for (const name of await readdir(folder)) {
      if (/\.(rules|init|conf)$/.test(name))
        await cp(path.join(folder, name), path.join(root, 'etc/ufw', name));
    }
  }
  engine = await startEngine();
  await warmUp(engine);
}, 120_000);
afterAll(async () => {
  await removeContainers(engine.docker);
  await engine.stop();
  await rm(root, { recursive: true, force: true });
});

it('serves published ports beside ufw', { timeout: 300_000 }, async () => {
  const served = await engine.cli([
    ...['run', '-d', '-p', '8080:80', 'busybox', 'sh', '-c'],
    'while true; do echo hello | nc -l -p 80 >/dev/null; done',
  ]);
  expect(served.exitCode).toBe(0);
  await expect.poll(() => fromOutside(8080), soon).toBe('hello');

  await ufw('--force', 'enable');
  expect(await forward()).toContain('-P FORWARD DROP');
  await expect.poll(ours, soon).toHaveLength(2);
  await expect.poll(() => fromOutside(8080), soon).toBe('hello');

  await ufw('reload');
  await expect.poll(ours, soon).toHaveLength(2);
  await expect.poll(() => fromOutside(8080), soon).toBe('hello');

  await ufw('disable');
  await expect.poll(ours, soon).toEqual([]);
  await expect.poll(() => fromOutside(8080), soon).toBe('hello');
});
