// An engine beside firewalls of others that drop what is forwarded: iptables with either backend, and nft rules of somebody's own.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { output } from '../fixtures/command.ts';

let engine: BerthEngine;
const cli = async (...args: string[]): Promise<string> => {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};
const host = (...argv: string[]) => output(['nsenter', `--net=/run/netns/${engine.machine.netns}`, ...argv]);
/** Rules of ours that another firewall has. */
const added = async (program: string) =>
  (await host(program, '-S')).split('\n').filter((rule) => rule.includes('-bridges'));
/** What somebody else does is answered within moments, or seconds where nobody is told. */
const soon = { timeout: 30_000, interval: 200 };
const warnings = async () => ((await engine.docker.info()) as { Warnings: string[] | null }).Warnings ?? [];
/** The engine looks at others when its own networks change, too. */
const look = async () => {
  await cli('network', 'create', 'passing');
  await cli('network', 'rm', 'passing');
};
const neighbour = async (): Promise<string> => {
  const connect = `exec 3<>/dev/tcp/${engine.machine.address}/8080 && head -n1 <&3`;
  return (await engine.machine.runInWorld(['timeout', '1', 'bash', '-c', connect])).stdout.trim();
};

beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
  await cli(
    ...['run', '-d', '-p', '8080:80', 'busybox', 'sh', '-c'],
    'while true; do echo hello | nc -l -p 80 >/dev/null; done',
  );
});
afterAll(async () => {
  await removeContainers(engine.docker);
  await engine.stop();
});

it.each(['iptables-nft', 'iptables-legacy'])(
  'gets past the policy DROP of %s, and takes its rules back',
  async (program) => {
    await expect.poll(neighbour, { timeout: 20_000 }).toBe('hello');
    // While nobody looks after them, the containers are cut off.
    process.kill(engine.pid, 'SIGSTOP');
    await host(program, '-P', 'FORWARD', 'DROP');
    expect(await neighbour()).toBe('');
    process.kill(engine.pid, 'SIGCONT');
    await expect.poll(neighbour, soon).toBe('hello');
    // Who makes their rules anew takes ours away.
    await host(program, '-F', 'FORWARD');
    if (program === 'iptables-legacy') await look();
    await expect.poll(() => added(program), soon).toHaveLength(2);
    await expect.poll(neighbour, soon).toBe('hello');
    // What is not published is not let through either.
    const address = await cli('inspect', '-f', '{{.NetworkSettings.IPAddress}}', await cli('ps', '-q'));
    await engine.machine.runInWorld(['ip', 'route', 'replace', address, 'via', engine.machine.address]);
    const direct = await engine.machine.runInWorld([
      'timeout',
      '1',
      'bash',
      '-c',
      `: </dev/tcp/${address}/80`,
    ]);
    expect(direct.exitCode).not.toBe(0);
    expect(await added(program)).toEqual([
      expect.stringMatching(/^-A FORWARD -i \S+ .*-j ACCEPT$/),
      expect.stringMatching(/^-A FORWARD -o \S+ .*-j ACCEPT$/),
    ]);
    expect(await warnings()).toContainEqual(
      expect.stringMatching(`${program} has the policy DROP for FORWARD`),
    );

    // Another Docker has a chain for others' rules: there, and not to its own networks.
    await host(program, '-N', 'DOCKER-USER');
    await host(program, '-A', 'FORWARD', '-j', 'DOCKER-USER');
    await engine.kill('SIGKILL');
    await engine.restart();
    await expect
      .poll(() => added(program), soon)
      .toEqual([
        expect.stringMatching(/^-A DOCKER-USER -i \S+ -o docker0 .*-j RETURN$/),
        expect.stringMatching(/^-A DOCKER-USER -i \S+ -o br-\+ .*-j RETURN$/),
        expect.stringMatching(/^-A DOCKER-USER -i \S+ .*-j ACCEPT$/),
        expect.stringMatching(/^-A DOCKER-USER -o \S+ .*-j ACCEPT$/),
      ]);
    await expect.poll(neighbour, { timeout: 20_000 }).toBe('hello');

    await host(program, '-P', 'FORWARD', 'ACCEPT');
    if (program === 'iptables-legacy') await look();
    await expect.poll(() => added(program), soon).toEqual([]);
  },
);

it('says which chain of somebody else is in the way', async () => {
  await host(
    'nft',
    'add table inet mine; add chain inet mine way { type filter hook forward priority 10; policy drop; }',
  );
  const told = expect.stringContaining(
    'the nft chain way of table inet mine drops what is forwarded',
  ) as string;
  await expect.poll(warnings, soon).toContainEqual(told);
  await host('nft', 'delete table inet mine');
  await expect.poll(warnings, soon).not.toContainEqual(told);
});
