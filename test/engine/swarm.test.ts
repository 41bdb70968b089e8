// Two engines in one swarm: joining and leaving it, and overlay networks whose containers are on both, over a wire between
// the two machines.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { output } from '../fixtures/command.ts';
import { startEngine, warmUp, type BerthEngine } from '../fixtures/engine.ts';

let leader: BerthEngine;
let worker: BerthEngine;
const leaderAddress = '10.88.0.1';
const workerAddress = '10.88.0.2';
const swarmAddress = `${leaderAddress}:2377`;

/** Runs the CLI; its output without the last newline. Throws when it fails. */
async function cli(engine: BerthEngine, ...args: string[]): Promise<string> {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
}
const failing = async (engine: BerthEngine, ...args: string[]) => (await engine.cli(args)).stderr.trim();
const token = async (role: string) => await cli(leader, 'swarm', 'join-token', '-q', role);
const idle = ['busybox', 'sleep', '1000'];
const runIdle = async (engine: BerthEngine, name: string, network: string, ...options: string[]) =>
  await cli(engine, 'run', '-d', '--name', name, '--network', network, ...options, ...idle);
const addressOf = async (engine: BerthEngine, container: string, network: string) =>
  await cli(
    engine,
    ...['inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container],
  );
const answers = async (engine: BerthEngine, container: string, name: string, seconds = 5) =>
  (await engine.cli(['exec', container, 'ping', '-c1', `-W${String(seconds)}`, name])).exitCode === 0;
/** Names of other machines come a moment after the containers. */
const reaches = async (engine: BerthEngine, container: string, name: string) =>
  await expect.poll(() => answers(engine, container, name), { timeout: 60_000 }).toBe(true);
const nodes = async () =>
  (await cli(leader, 'node', 'ls', '--format', '{{.Status}} {{.ManagerStatus}}'))
    .split('\n')
    .map((line) => line.trim());
const knows = async (network: string) =>
  await expect
    .poll(() => cli(worker, 'network', 'ls', '-q', '--filter', `name=^${network}$`), { timeout: 60_000 })
    .not.toBe('');

beforeAll(async () => {
  [leader, worker] = await Promise.all([startEngine(), startEngine()]);
  await Promise.all([leader, worker].map((engine) => warmUp(engine)));
  const [near, far] = [leader.machine.netns, worker.machine.netns];
  const wire = ['type', 'veth', 'peer', 'name', 'wire', 'netns', far];
  await output(['ip', '-netns', near, 'link', 'add', 'wire', ...wire]);
  for (const [netns, address] of [
    [near, leaderAddress],
    [far, workerAddress],
  ] as const) {
    await output(['ip', '-netns', netns, 'addr', 'add', `${address}/24`, 'dev', 'wire']);
    await output(['ip', '-netns', netns, 'link', 'set', 'wire', 'up']);
  }
  await Promise.all([leader, worker].map((engine) => engine.renewBaseline()));
});
afterAll(async () => {
  for (const engine of [worker, leader]) {
    await engine.cli(['swarm', 'leave', '--force']);
    await engine.cli(['network', 'prune', '-f']);
  }
  await Promise.all([leader, worker].map((engine) => engine.stop()));
});

describe('a swarm', () => {
  it('is joined by whoever has its token, and by nobody else', async () => {
    expect(await failing(leader, 'swarm', 'init')).toContain('multiple addresses on different interfaces');
    expect(await cli(leader, 'swarm', 'init', '--advertise-addr', leaderAddress)).toContain(
      `docker swarm join --token SWMTKN-1-`,
    );
    const good = await token('worker');
    const join = async (given: string, at = swarmAddress) =>
      await failing(worker, 'swarm', 'join', '--token', given, at);
    const [, , digest = '', secret = ''] = good.split('-');
    expect(await join(`SWMTKN-1-${digest}-${'0'.repeat(25)}`)).toContain('A valid join token is necessary');
    expect(await join(`SWMTKN-1-${'0'.repeat(50)}-${secret}`)).toContain(
      'remote CA does not match fingerprint',
    );
    expect(await join('nonsense')).toContain('invalid join token');
    expect(await join(good, `${leaderAddress}:1`)).toContain('cannot be reached');
    expect(await join(await token('manager'))).toContain('has one manager');
    expect(await cli(worker, 'info', '-f', '{{.Swarm.LocalNodeState}}')).toBe('inactive');

    expect(await cli(worker, 'swarm', 'join', '--token', good, swarmAddress)).toContain(
      'This node joined a swarm as a worker.',
    );
    expect(await failing(worker, 'swarm', 'join', '--token', good, swarmAddress)).toContain(
      'already part of a swarm',
    );
    await expect.poll(nodes, { timeout: 60_000 }).toEqual(['Ready Leader', 'Ready']);
    expect(await failing(worker, 'node', 'ls')).toContain("Worker nodes can't be used to view");
    expect(await failing(worker, 'network', 'create', '-d', 'overlay', 'mine')).toContain(
      'Cannot create a multi-host network from a worker node',
    );
    expect(await cli(worker, 'info', '-f', '{{.Swarm.NodeAddr}} {{.Swarm.ControlAvailable}}')).toBe(
      `${workerAddress} false`,
    );
  });

  it('is told of over the API as its definition says', async () => {
    // Every answer that dockerode gets is checked against the definition.
    const [swarm, list] = [
      await leader.docker.swarmInspect(),
      (await leader.docker.listNodes()) as unknown[],
    ];
    expect(swarm).toMatchObject({ Spec: { Name: 'default' }, DataPathPort: 4789 });
    expect(list).toHaveLength(2);
    for (const node of list) {
      const { ID } = node as { ID: string };
      expect(await leader.docker.getNode(ID).inspect()).toMatchObject({ ID, Status: { State: 'ready' } });
    }
    expect(await leader.docker.info()).toMatchObject({
      Swarm: { Nodes: 2, Managers: 1, ControlAvailable: true },
    });
    expect(await leader.docker.getNetwork('ingress').inspect()).toMatchObject({
      Ingress: true,
      Scope: 'swarm',
    });
    for (const empty of [
      await leader.docker.listServices(),
      await leader.docker.listTasks(),
      await leader.docker.listSecrets(),
      await leader.docker.listConfigs(),
    ]) {
      expect(empty).toEqual([]);
    }
    const TaskTemplate = { ContainerSpec: { Image: 'busybox' } };
    await expect(leader.docker.createService({ Name: 'web', TaskTemplate })).rejects.toMatchObject({
      statusCode: 501,
    });
    await expect(leader.docker.getService('web').inspect()).rejects.toMatchObject({ statusCode: 404 });
    await expect(worker.docker.listNodes()).rejects.toMatchObject({ statusCode: 503 });
  });

  it('makes new tokens', async () => {
    const before = await token('worker');
    await cli(leader, 'swarm', 'join-token', '--rotate', 'worker');
    expect(await token('worker')).not.toBe(before);
  });
});

describe('an overlay network', () => {
  it('joins containers of both machines, by name, alias and address, and no others', async () => {
    await cli(leader, 'network', 'create', '-d', 'overlay', '--attachable', 'blue');
    await cli(leader, 'network', 'create', '-d', 'overlay', '--attachable', 'red');
    await Promise.all(['blue', 'red'].map(knows));
    await runIdle(leader, 'one', 'blue');
    await runIdle(worker, 'two', 'blue', '--network-alias', 'second', '-p', '8123:80');
    await runIdle(worker, 'apart', 'red');
    await reaches(leader, 'one', 'two');
    await reaches(leader, 'one', 'second');
    await reaches(worker, 'two', 'one');
    const [one, two] = [await addressOf(leader, 'one', 'blue'), await addressOf(worker, 'two', 'blue')];
    expect(one).not.toBe(two);
    expect(await answers(leader, 'one', two)).toBe(true);
    expect(await answers(worker, 'apart', 'one', 1)).toBe(false);
    expect(await answers(worker, 'apart', one, 1)).toBe(false);
    // A payload that does not fit into one packet goes whole.
    await cli(
      worker,
      'exec',
      '-d',
      'two',
      'sh',
      '-c',
      'head -c 1000000 /dev/zero > /tmp/big; httpd -h /tmp -p 7000',
    );
    await expect
      .poll(() => cli(leader, 'exec', 'one', 'sh', '-c', 'wget -q -O - http://two:7000/big | wc -c'), {
        timeout: 60_000,
      })
      .toBe('1000000');
    const peers = await cli(leader, 'network', 'inspect', '-f', '{{range .Peers}}{{.IP}} {{end}}', 'blue');
    expect(peers.trim().split(' ').sort()).toEqual([leaderAddress, workerAddress]);
  });

  it('leads to the world by another device, and ports come in by it', async () => {
    expect(await answers(worker, 'two', worker.machine.worldAddress)).toBe(true);
    await cli(worker, 'exec', '-d', 'two', 'httpd', '-h', '/etc');
    const url = `http://${worker.machine.address}:8123/hostname`;
    await expect
      .poll(async () => (await worker.machine.runInWorld(['curl', '-s', '-m', '5', url])).exitCode, {
        timeout: 60_000,
      })
      .toBe(0);
    expect(await cli(worker, 'network', 'inspect', '-f', '{{len .Containers}}', 'docker_gwbridge')).toBe('2');
    // Nobody is found by it, or reached.
    expect(await cli(worker, 'exec', 'two', 'ip', 'route')).toMatch(/default via 172\.\d+\.0\.1 dev eth1/);
    expect(await cli(worker, 'inspect', '-f', '{{len .NetworkSettings.Networks}}', 'two')).toBe('1');
  });

  it('that is internal leads nowhere', async () => {
    await cli(leader, 'network', 'create', '-d', 'overlay', '--attachable', '--internal', 'inner');
    await knows('inner');
    await runIdle(leader, 'in-one', 'inner');
    await runIdle(worker, 'in-two', 'inner');
    await reaches(worker, 'in-two', 'in-one');
    expect(await answers(worker, 'in-two', worker.machine.worldAddress, 1)).toBe(false);
    expect(await cli(worker, 'exec', 'in-two', 'ip', 'route')).not.toContain('default');
    await cli(leader, 'rm', '-f', 'in-one');
    await cli(worker, 'rm', '-f', 'in-two');
  });

  it('is joined by none but services unless it says so', async () => {
    await cli(leader, 'network', 'create', '-d', 'overlay', 'closed');
    await knows('closed');
    for (const engine of [leader, worker]) {
      expect(await failing(engine, 'run', '--rm', '--network', 'closed', 'busybox', 'true')).toContain(
        'network closed not manually attachable',
      );
    }
    await cli(leader, 'network', 'rm', 'closed');
  });

  it('gives each address once, whichever machine asks', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `many-${String(index)}`);
    const engineOf = (index: number): BerthEngine => (index % 2 === 0 ? leader : worker);
    await Promise.all(names.map((name, index) => runIdle(engineOf(index), name, 'blue')));
    const addresses = await Promise.all(names.map((name, index) => addressOf(engineOf(index), name, 'blue')));
    expect(new Set(addresses).size).toBe(names.length);
    const [taken = ''] = addresses;
    expect(await failing(worker, 'run', '--rm', '--network', 'blue', '--ip', taken, ...idle)).toContain(
      'Address already in use',
    );
    await Promise.all(names.map((name, index) => cli(engineOf(index), 'rm', '-f', name)));
    // What the worker gave back is free again on the manager, a moment later.
    const [, ofWorker = ''] = addresses;
    await expect
      .poll(() => leader.cli(['run', '--rm', '--network', 'blue', '--ip', ofWorker, 'busybox', 'true']), {
        timeout: 60_000,
      })
      .toMatchObject({ exitCode: 0 });
  });

  it('is joined and left by a container that runs', async () => {
    await cli(worker, 'run', '-d', '--name', 'late', ...idle);
    await cli(worker, 'network', 'connect', 'blue', 'late');
    await reaches(worker, 'late', 'one');
    await cli(worker, 'network', 'disconnect', 'bridge', 'late');
    // Its way to the world is another now.
    expect(await answers(worker, 'late', worker.machine.worldAddress)).toBe(true);
    await cli(worker, 'network', 'disconnect', 'blue', 'late');
    expect(await cli(worker, 'exec', 'late', 'ip', '-4', '-o', 'addr')).not.toMatch(/eth/);
    await cli(worker, 'rm', '-f', 'late');
  });

  it('goes on while engines are killed and started again', async () => {
    for (const engine of [leader, worker]) {
      await engine.kill('SIGKILL');
      await engine.restart();
    }
    await reaches(leader, 'one', 'two');
    await reaches(worker, 'two', 'one');
    await expect.poll(nodes, { timeout: 60_000 }).toEqual(['Ready Leader', 'Ready']);
    await runIdle(worker, 'after', 'blue');
    await reaches(leader, 'one', 'after');
    await cli(worker, 'rm', '-f', 'after');
  });

  it('goes on without the manager, but nobody new comes in', async () => {
    await leader.kill('SIGKILL');
    expect(await answers(worker, 'two', 'one')).toBe(true);
    // The next engine knows what the manager said last.
    await worker.restart();
    expect(await answers(worker, 'two', 'one')).toBe(true);
    expect(await failing(worker, 'run', '--rm', '--network', 'blue', ...idle)).toContain('cannot be reached');
    await leader.restart();
    await expect
      .poll(() => worker.cli(['run', '--rm', '--network', 'blue', 'busybox', 'true']), { timeout: 60_000 })
      .toMatchObject({ exitCode: 0 });
  });

  it('is not removed while somebody is in it, wherever that is', async () => {
    await cli(leader, 'rm', '-f', 'one');
    expect(await failing(leader, 'network', 'rm', 'blue')).toContain('has active endpoints');
    expect(await failing(worker, 'network', 'rm', 'red')).toContain('No such network: red');
    await cli(worker, 'rm', '-f', 'apart');
    await expect.poll(() => failing(leader, 'network', 'rm', 'red'), { timeout: 60_000 }).toBe('');
    await expect
      .poll(() => cli(worker, 'network', 'ls', '-q', '--filter', 'name=red'), { timeout: 60_000 })
      .toBe('');
  });
});

describe('a node', () => {
  it('that leaves takes its containers out of the networks; they go on', async () => {
    expect(await failing(leader, 'swarm', 'leave')).toContain('Use `--force` to ignore this message');
    const id = await cli(worker, 'info', '-f', '{{.Swarm.NodeID}}');
    expect(await failing(leader, 'node', 'rm', id)).toContain('is not down');
    expect(await cli(worker, 'swarm', 'leave')).toBe('Node left the swarm.');
    expect(await nodes()).toEqual(['Ready Leader', 'Down']);
    expect(
      await cli(worker, 'inspect', '-f', '{{.State.Status}} {{len .NetworkSettings.Networks}}', 'two'),
    ).toBe('running 0');
    expect(await cli(worker, 'network', 'ls', '-q', '--filter', 'driver=overlay')).toBe('');
    await cli(leader, 'node', 'rm', id);
    expect(await nodes()).toEqual(['Ready Leader']);
    await cli(leader, 'network', 'rm', 'blue');
    await cli(worker, 'rm', '-f', 'two');
  });

  it('that is removed by force is heard no more, and says so', async () => {
    await cli(worker, 'swarm', 'join', '--token', await token('worker'), swarmAddress);
    const id = await cli(worker, 'info', '-f', '{{.Swarm.NodeID}}');
    await cli(leader, 'node', 'rm', '--force', id);
    await expect
      .poll(() => cli(worker, 'info', '-f', '{{.Swarm.Error}}'), { timeout: 60_000 })
      .toContain('is not in the swarm any more');
    await cli(worker, 'swarm', 'leave');
    await cli(leader, 'swarm', 'leave', '--force');
    for (const engine of [leader, worker]) {
      expect(await cli(engine, 'info', '-f', '{{.Swarm.LocalNodeState}}')).toBe('inactive');
      await cli(engine, 'network', 'prune', '-f');
      await engine.leakCheck();
    }
  });
});
