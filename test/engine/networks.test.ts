// Networks that somebody made: through dockerode and the docker CLI, against the kernel.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;

/** Runs the CLI; its output without the last newline. Throws when it fails. */
async function cli(...args: string[]): Promise<string> {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
}
const failing = async (...args: string[]) => (await engine.cli(args)).stderr.trim();
const idle = ['busybox', 'sleep', '1000'];
const reaches = async (from: string, address: string) =>
  (await engine.cli(['exec', from, 'ping', '-c1', '-W1', address])).exitCode === 0;
const addressIn = async (container: string, network: string) =>
  await cli('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container);

beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterEach(async () => {
  await removeContainers(engine.docker);
  await cli('network', 'prune', '-f');
  await engine.leakCheck();
});
afterAll(() => engine.stop());

describe('a network', () => {
  it('is made, listed, inspected and removed', async () => {
    const id = await cli(
      'network',
      'create',
      '--label',
      'a=b',
      '--subnet',
      '10.5.0.0/16',
      '--ip-range',
      '10.5.4.0/24',
      '--aux-address',
      'r=10.5.4.1',
      'one',
    );
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const shown = (await engine.docker.getNetwork('one').inspect()) as unknown;
    expect(shown).toMatchObject({
      Id: id,
      Driver: 'bridge',
      Scope: 'local',
      Internal: false,
      EnableIPv6: false,
      Labels: { a: 'b' },
      IPAM: {
        Config: [
          {
            Subnet: '10.5.0.0/16',
            IPRange: '10.5.4.0/24',
            Gateway: '10.5.0.1',
            AuxiliaryAddresses: { r: '10.5.4.1' },
          },
        ],
      },
    });
    expect(
      await cli('network', 'ls', '-q', '--no-trunc', '--filter', 'label=a=b', '--filter', 'type=custom'),
    ).toBe(id);
    expect(await cli('network', 'ls', '-q', '--filter', 'dangling=true', '--filter', 'driver=bridge')).toBe(
      id.slice(0, 12),
    );
    expect(await failing('network', 'create', 'one')).toContain('network with name one already exists');
    expect(await failing('network', 'create', '--subnet', '10.5.9.0/24', 'two')).toContain(
      'Pool overlaps with other one on this address space',
    );
    await cli('network', 'rm', id.slice(0, 8));
    expect(await failing('network', 'inspect', 'one')).toMatch(/network one not found|No such network: one/i);
    expect(await failing('network', 'rm', 'bridge')).toContain(
      'bridge is a pre-defined network and cannot be removed',
    );
  });

  it('gets a subnet that nobody uses', async () => {
    const used = new Set<string>();
    for (const name of ['a', 'b', 'c']) {
      await cli('network', 'create', name);
      used.add(await cli('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', name));
    }
    used.add(await cli('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', 'bridge'));
    expect(used.size).toBe(4);
    const [pruned] = [await cli('network', 'prune', '-f')];
    expect(pruned.split('\n').slice(1).sort()).toEqual(['a', 'b', 'c']);
  });

  it("is refused in Docker's words when this engine cannot make it", async () => {
    expect(await failing('network', 'create', '-d', 'overlay', 'x')).toContain(
      'This node is not a swarm manager',
    );
    const options = (...given: string[]) =>
      failing('network', 'create', ...given.flatMap((each) => ['-o', each]), 'x');
    for (const option of [
      'com.docker.network.bridge.inhibit_ipv4=true',
      'com.docker.network.bridge.gateway_mode_ipv4=routed',
      'com.docker.network.container_iface_prefix=net',
    ]) {
      expect(await options(option)).toContain(`the driver option ${option} is not implemented`);
    }
    expect(await failing('network', 'create', '-d', 'foo', 'x')).toContain('plugin "foo" not found');
  });
});

describe('a container', () => {
  it('has the address, MAC and MTU that were asked for, and keeps them over an engine that is killed', async () => {
    await cli(
      'network',
      'create',
      '--subnet',
      '10.6.0.0/24',
      '-o',
      'com.docker.network.driver.mtu=1400',
      'n',
    );
    await cli(
      'run',
      '-d',
      '--name',
      'cc',
      '--network',
      'n',
      '--ip',
      '10.6.0.77',
      '--mac-address',
      '02:42:00:00:00:07',
      ...idle,
    );
    const inside = await cli('exec', 'cc', 'ip', '-o', 'addr', 'show', 'eth0');
    expect(inside).toContain('10.6.0.77/24');
    expect(await cli('exec', 'cc', 'cat', '/sys/class/net/eth0/mtu', '/sys/class/net/eth0/address')).toBe(
      '1400\n02:42:00:00:00:07',
    );
    expect(await failing('run', '--rm', '--network', 'n', '--ip', '10.6.0.77', 'busybox')).toContain(
      'Address already in use',
    );
    expect(await failing('run', '--rm', '--network', 'n', '--ip', '10.7.0.1', 'busybox')).toContain(
      "does not belong to any of this network's subnets",
    );
    await engine.kill('SIGKILL');
    await engine.restart();
    await cli('run', '-d', '--name', 'cd', '--network', 'n', ...idle);
    expect(await reaches('cd', '10.6.0.77')).toBe(true);
    expect(await failing('network', 'rm', 'n')).toContain('has active endpoints');
  });

  it('joins and leaves networks while it runs', async () => {
    await cli('network', 'create', 'one');
    await cli('network', 'create', 'two');
    await cli('run', '-d', '--name', 'cc', '--network', 'one', ...idle);
    await cli('run', '-d', '--name', 'far', '--network', 'two', ...idle);
    const far = await addressIn('far', 'two');
    expect(await reaches('cc', far)).toBe(false);
    await cli('network', 'connect', '--alias', 'x', 'two', 'cc');
    expect(await reaches('cc', far)).toBe(true);
    expect(await failing('network', 'connect', 'two', 'cc')).toContain(
      'endpoint with name cc already exists in network two',
    );
    expect(await cli('exec', 'cc', 'sh', '-c', 'ls /sys/class/net; grep -c "$(hostname)" /etc/hosts')).toBe(
      'eth0\neth1\nlo\n2',
    );
    expect(
      (await cli('network', 'inspect', '-f', '{{range .Containers}}{{.Name}} {{end}}', 'two'))
        .split(' ')
        .sort(),
    ).toEqual(['cc', 'far']);
    await cli('network', 'disconnect', 'one', 'cc');
    // The way out follows.
    expect(await reaches('cc', engine.machine.worldAddress)).toBe(true);
    await cli('network', 'disconnect', 'two', 'cc');
    expect(await failing('network', 'disconnect', 'two', 'cc')).toContain('is not connected to network two');
    expect(await cli('exec', 'cc', 'ls', '/sys/class/net')).toBe('lo');
    // It stays out of both, and may join again.
    await cli('restart', '-t', '0', 'cc');
    expect(await cli('exec', 'cc', 'ls', '/sys/class/net')).toBe('lo');
    await cli('network', 'connect', 'bridge', 'cc');
    expect(await reaches('cc', engine.machine.worldAddress)).toBe(true);
  });

  it('has link-local addresses besides, keeps options that no driver knows, and shows its short id to older clients', async () => {
    await cli('network', 'create', 'n');
    await cli('run', '-d', '--name', 'cc', '--network', 'n', '--link-local-ip', '169.254.7.7', ...idle);
    expect(await cli('exec', 'cc', 'ip', '-o', 'addr', 'show', 'eth0')).toContain('169.254.7.7/16');
    await cli('network', 'disconnect', 'n', 'cc');
    await cli('network', 'connect', '--link-local-ip', '169.254.7.8', '--driver-opt', 'a=b', 'n', 'cc');
    expect(await cli('exec', 'cc', 'ip', '-o', 'addr')).toMatch(/169\.254\.7\.8\/16/);
    const { Id, NetworkSettings } = await engine.docker.getContainer('cc').inspect();
    expect(NetworkSettings.Networks['n']).toMatchObject({
      IPAMConfig: { LinkLocalIPs: ['169.254.7.8'] },
      DriverOpts: { a: 'b' },
    });
    // This CLI is one of 1.41.
    expect(await cli('inspect', '-f', '{{json .NetworkSettings.Networks.n.Aliases}}', 'cc')).toBe(
      JSON.stringify([Id.slice(0, 12)]),
    );
    expect(
      await failing(
        'network',
        'connect',
        '--driver-opt',
        'com.docker.network.endpoint.ifname=x',
        'bridge',
        'cc',
      ),
    ).toContain('com.docker.network.endpoint.ifname is not implemented');
  });

  it('starts in several networks and goes out by the one of the highest priority', async () => {
    await cli('network', 'create', 'one');
    await cli('network', 'create', 'two');
    const created = await engine.docker.createContainer({
      Image: 'busybox',
      Cmd: ['sleep', '1000'],
      name: 'cc',
      HostConfig: { NetworkMode: 'one' },
      NetworkingConfig: { EndpointsConfig: { one: {}, two: { GwPriority: 5 } as object } },
    });
    await created.start();
    const gateway = await cli('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'two');
    expect(await cli('exec', 'cc', 'ip', 'route')).toContain(`default via ${gateway} dev eth1`);
    expect(await failing('run', '--rm', '--network', 'nowhere', 'busybox')).toContain(
      'network nowhere not found',
    );
  });

  it('cannot leave an internal network, nor be reached in it', async () => {
    await cli('network', 'create', '--internal', 'inside');
    await cli('network', 'create', 'open');
    await cli('run', '-d', '--name', 'ca', '--network', 'inside', ...idle);
    await cli('run', '-d', '--name', 'cb', '--network', 'inside', ...idle);
    await cli('run', '-d', '--name', 'cc', '--network', 'open', ...idle);
    const [a, b] = [await addressIn('ca', 'inside'), await addressIn('cb', 'inside')];
    expect(await reaches('ca', b)).toBe(true);
    expect(await cli('exec', 'ca', 'ip', 'route')).not.toContain('default');
    expect(await reaches('ca', engine.machine.worldAddress)).toBe(false);
    expect(await reaches('cc', a)).toBe(false);
  });

  it('does not talk to its neighbours where that is turned off', async () => {
    await cli('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'quiet');
    await cli('run', '-d', '--name', 'ca', '--network', 'quiet', ...idle);
    await cli('run', '-d', '--name', 'cb', '--network', 'quiet', ...idle);
    expect(await reaches('ca', await addressIn('cb', 'quiet'))).toBe(false);
    expect(await reaches('ca', engine.machine.worldAddress)).toBe(true);
  });

  it('speaks IPv6 where the network does, and believes no router there (CVE-2020-13401)', async () => {
    await cli('network', 'create', '--ipv6', '--subnet', 'fd00:5::/64', 'six');
    await cli('run', '-d', '--name', 'ca', '--network', 'six', '--ip6', 'fd00:5::77', ...idle);
    await cli('run', '-d', '--name', 'cb', '--network', 'six', ...idle);
    expect(await reaches('cb', 'fd00:5::77')).toBe(true);
    expect(await cli('exec', 'ca', 'cat', '/proc/sys/net/ipv6/conf/eth0/accept_ra')).toBe('0');
    expect(await cli('run', '--rm', 'busybox', 'cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6')).toBe('1');
  });
});

describe('an ipvlan', () => {
  const create = (...options: string[]) =>
    engine.cli(['network', 'create', '-d', 'ipvlan', '--subnet', '10.14.0.0/24', ...options, 'wire']);

  it('is refused in words where it cannot be made', async () => {
    expect((await create()).stderr).toContain('name one with -o parent=');
    expect((await create('-o', 'parent=uplink', '-o', 'ipvlan_mode=l3')).stderr).toContain(
      'the driver option ipvlan_mode=l3 is not implemented',
    );
    expect((await create('-o', 'parent=uplink', '-o', 'ipvlan_flag=x')).stderr).toContain(
      'unknown ipvlan flag: x',
    );
  });

  it('puts containers on the wire of a device, with its MAC address', async ({ skip }) => {
    const made = await create('-o', 'parent=uplink');
    if (made.stderr.includes('the kernel of this machine has no ipvlan')) {
      expect(made.exitCode).toBe(1);
      skip('this kernel has no ipvlan');
    }
    expect(made.stderr).toBe('');
    for (const name of ['pa', 'pb'])
      await cli('run', '-d', '--name', name, '--network', 'wire', 'busybox', 'sleep', '1000');
    expect((await engine.cli(['exec', 'pa', 'ping', '-c1', '-W2', 'pb'])).exitCode).toBe(0);
    const parent = (await engine.run(['cat', '/sys/class/net/uplink/address'])).stdout;
    expect(await cli('exec', 'pa', 'ip', 'link', 'show', 'eth0')).toContain(parent.trim());
    expect(
      await failing('run', '--network', 'wire', '--mac-address', '02:42:0a:0e:00:09', 'busybox'),
    ).toContain('do not support custom mac address');
  });
});

describe('a network that only holds a configuration', () => {
  it('is what others are made from, survives the engine, and is joined by nobody', async () => {
    const options = ['--subnet', '10.6.0.0/16', '--gateway', '10.6.0.9', '--label', 'a=b'];
    await cli(
      'network',
      'create',
      '--config-only',
      ...options,
      '-o',
      'com.docker.network.driver.mtu=1400',
      'plan',
    );
    await engine.kill('SIGKILL');
    await engine.restart();
    expect(await engine.docker.getNetwork('plan').inspect()).toMatchObject({
      ConfigOnly: true,
      Driver: 'null',
      Labels: { a: 'b' },
      IPAM: { Config: [{ Subnet: '10.6.0.0/16', Gateway: '10.6.0.9' }] },
    });
    expect(await failing('network', 'create', '--config-from', 'nowhere', 'one')).toContain(
      'configuration network "nowhere" does not exist',
    );
    await cli('network', 'create', '--config-from', 'plan', 'one');
    expect(await engine.docker.getNetwork('one').inspect()).toMatchObject({
      ConfigOnly: false,
      ConfigFrom: { Network: 'plan' },
      Driver: 'bridge',
      Labels: { a: 'b' },
    });
    await cli('run', '-d', '--name', 'ca', '--network', 'one', ...idle);
    expect(await cli('exec', 'ca', 'ip', 'route')).toContain('default via 10.6.0.9');
    expect(await cli('exec', 'ca', 'cat', '/sys/class/net/eth0/mtu')).toBe('1400');
    const refused = 'cannot create endpoint on configuration-only network';
    expect(await failing('network', 'connect', 'plan', 'ca')).toContain(refused);
    expect(await failing('run', '--rm', '--network', 'plan', 'busybox')).toContain(refused);
    expect(await failing('network', 'rm', 'plan')).toContain('configuration network "plan" is in use');
    await cli('rm', '-f', 'ca');
    await cli('network', 'rm', 'one', 'plan');
    expect(await cli('network', 'ls', '-q', '-f', 'type=custom')).toBe('');
  });
});
