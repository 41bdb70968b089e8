// What a container must not be able to do or see. The numbers are those of known holes in other engines.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { helperFolder } from '../../runtime/engine/config.ts';
import { type BerthEngine, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;
const sh = async (script: string, ...options: string[]) =>
  await engine.cli(['run', '--rm', ...options, 'busybox', 'sh', '-c', script]);

beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterAll(() => engine.stop());

it('gives a container only its own three descriptors (CVE-2024-21626)', async () => {
  expect((await sh('ls /proc/self/fd')).stdout.trim().split(/\s+/)).toEqual(['0', '1', '2', '3']); // 3 is ls reading the folder
  await engine.cli(['run', '-d', '--name', 'fds', 'busybox', 'sleep', '1000']);
  const inside = await engine.cli(['exec', 'fds', 'sh', '-c', 'ls /proc/self/fd; ls /proc/1/fd']);
  expect(inside.stdout.trim().split(/\s+/)).toEqual(['0', '1', '2', '3', '0', '1', '2']);
  await engine.cli(['rm', '-f', 'fds']);
});

it('never starts in a folder outside the container (CVE-2024-21626)', async () => {
  for (const descriptor of [3, 5, 7, 8, 9, 10, 12]) {
    const result = await sh('pwd; ls ../../../../', '-w', `/proc/self/fd/${String(descriptor)}`);
    expect(result.stdout).not.toMatch(/lost\+found|vmlinuz|boot\n/);
    expect(result.exitCode).not.toBe(0);
  }
});

it('keeps its own programs out of reach (CVE-2019-5736)', async () => {
  const digest = async () =>
    await Promise.all(
      ['berth-spawn', 'berth-monitor', 'berth-worker'].map(async (name) =>
        createHash('sha256')
          .update(await readFile(path.join(helperFolder(), name)))
          .digest('hex'),
      ),
    );
  const before = await digest();
  await engine.cli(['run', '--rm', '--entrypoint', '/proc/self/exe', 'busybox', 'true']);
  await engine.cli([
    'run',
    '-d',
    '--name',
    'watcher',
    'busybox',
    'sh',
    '-c',
    'while :; do for e in /proc/[0-9]*/exe; do : >> $e; done; done',
  ]);
  for (let round = 0; round < 20; round++) await engine.cli(['exec', 'watcher', 'true']);
  await engine.cli(['rm', '-f', 'watcher']);
  expect(await digest()).toEqual(before);
});

it('has the default capabilities, none of them inheritable (CVE-2022-24769)', async () => {
  const status = (await sh('grep -E "Cap(Inh|Prm|Eff|Bnd|Amb)|Seccomp:" /proc/self/status')).stdout;
  expect(status).toMatch(/CapInh:\s+0000000000000000/);
  expect(status).toMatch(/CapPrm:\s+00000000a80425fb/);
  expect(status).toMatch(/CapEff:\s+00000000a80425fb/);
  expect(status).toMatch(/CapBnd:\s+00000000a80425fb/);
  expect(status).toMatch(/CapAmb:\s+0000000000000000/);
  expect(status).toMatch(/Seccomp:\s+2/);
});

it('gives a privileged exec every capability there is, under the filter of its container', async () => {
  await engine.cli(['run', '-d', '--name', 'plain', 'busybox', 'sleep', '1000']);
  const status = ['grep', '-E', 'CapEff:|Seccomp:', '/proc/self/status'];
  const { stdout } = await engine.cli(['exec', '--privileged', 'plain', ...status]);
  expect(stdout).toMatch(/Seccomp:\s+2/);
  expect(stdout).not.toMatch(/CapEff:\s+00000000a80425fb/);
  await engine.cli(['rm', '-f', 'plain']);
});

it('cannot mount, load a key ring, or write to the kernel', async () => {
  expect((await sh('mount -t tmpfs x /mnt 2>&1')).stdout).toMatch(
    /permission denied|Operation not permitted/i,
  );
  expect((await sh('unshare -m true 2>&1')).stdout).toMatch(/not permitted/i);
  expect((await sh('echo x > /proc/sys/kernel/core_pattern')).stderr).toMatch(/Read-only file system/);
  // A kernel may lack it: then there is nothing to write to either.
  expect((await sh('echo b > /proc/sysrq-trigger')).stderr).toMatch(
    /Read-only file system|nonexistent directory/,
  );
  expect((await sh('echo 1 > /sys/kernel/profiling')).stderr).toMatch(
    /Read-only file system|Permission denied/,
  );
});

it('sees masked files as empty (CVE-2025-31133)', async () => {
  expect(
    (await sh('cat /proc/kcore /proc/keys /proc/timer_list /sys/firmware/* 2>/dev/null | wc -c')).stdout,
  ).toBe('0\n');
  expect((await sh('ls -l /proc/interrupts')).stdout).toMatch(/^crw-rw-rw-.* 1, +3 /);
});

it('cannot open devices it was not given', async () => {
  expect((await sh('mknod /tmp/mem c 1 1 && head -c1 /tmp/mem 2>&1')).stdout).toMatch(/not permitted/i);
});

it('has its own processes, host name, sockets and interfaces', async () => {
  expect((await sh('echo $$; hostname | wc -c; ls /sys/class/net')).stdout).toBe('1\n13\neth0\nlo\n');
  // CVE-2020-15257: no abstract socket of ours is visible to a container in the host's network.
  expect((await sh('cat /proc/net/unix', '--network', 'host')).stdout).not.toMatch(/@\S*berth/);
});

it('reaches the world, and the engine not at all', async () => {
  expect((await sh(`ping -c1 -W2 ${engine.machine.worldAddress}`)).exitCode).toBe(0);
  expect((await sh('ls /run/berth /var/run/docker.sock 2>&1; ls /run')).stdout).not.toMatch(/berth\.sock\n/);
});

it('gives a user no group it was not given (CVE-2022-36109)', async () => {
  expect((await sh('id', '--user', '1000')).stdout).toBe('uid=1000 gid=0(root) groups=0(root)\n');
  expect((await sh('id', '--user', 'nobody')).stdout).toMatch(
    /^uid=65534\(nobody\) gid=65534\((nogroup|nobody)\)/,
  );
});

it('keeps its data away from other users of the machine (CVE-2021-41091)', async () => {
  // The group `berth` reaches its socket through exec-root, and nothing else in there.
  for (const folder of [path.join(engine.folder, 'data'), path.join(engine.execRoot, 'containers')]) {
    expect((await stat(folder)).mode & 0o007).toBe(0);
  }
  expect((await stat(engine.socket)).mode & 0o007).toBe(0);
});

it('takes the whole process tree with it', async () => {
  await engine.cli(['run', '-d', '--name', 'tree', 'busybox', 'sh', '-c', 'sleep 999 & sleep 999 & wait']);
  await engine.cli(['exec', '-d', 'tree', 'sleep', '999']);
  await engine.cli(['rm', '-f', 'tree']);
  await engine.leakCheck();
});
