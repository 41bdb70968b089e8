// Soak: a hundred networks, five hundred endpoints and a thousand published ports; then nothing of them is left in any ruleset.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { parallel } from '../fixtures/load.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 1_200_000;
const networks = 100;
const containers = 100;
/** Each container is in this many networks. */
const endpointsEach = 5;
const portsEach = 10;

let engine: BerthEngine;
/** All tables, in the order of their names: one that is made anew is listed last. */
const ruleset = async () => {
  const { stdout } = await engine.run(['nft', '--stateless', 'list', 'ruleset']);
  return stdout
    .split(/^(?=table )/m)
    .map((table) => table.trim())
    .sort()
    .join('\n');
};

beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterAll(() => engine.stop());

it(
  'holds a hundred networks with five hundred endpoints and a thousand ports',
  { timeout: patient },
  async () => {
    // A foreign table, which must stay as it is.
    await engine.run([
      'nft',
      'add table inet foreign; add chain inet foreign forward { type filter hook forward priority 10; policy accept; }',
    ]);
    const before = await ruleset();
    const { docker } = engine;
    await parallel(networks, 8, async (index) => {
      await docker.createNetwork({
        Name: `net-${String(index)}`,
        IPAM: { Config: [{ Subnet: `10.${String(100 + index)}.0.0/24` }] },
      });
    });
    await parallel(containers, 8, async (index) => {
      const exposed: Record<string, Record<string, never>> = {};
      const bindings: Record<string, { HostPort: string }[]> = {};
      for (let port = 0; port < portsEach; port++) {
        const key = `${String(8000 + port)}/${port % 2 === 0 ? 'tcp' : 'udp'}`;
        exposed[key] = {};
        bindings[key] = [{ HostPort: String(20_000 + index * portsEach + port) }];
      }
      const container = await docker.createContainer({
        name: `member-${String(index)}`,
        Image: 'busybox',
        Cmd: ['sleep', '100000'],
        ExposedPorts: exposed,
        HostConfig: { NetworkMode: `net-${String(index)}`, PortBindings: bindings },
      });
      await container.start();
      for (let more = 1; more < endpointsEach; more++) {
        await docker
          .getNetwork(`net-${String((index + more) % networks)}`)
          .connect({ Container: container.id });
      }
    });
    // Everybody is where it should be, before and after an engine that is killed.
    for (let life = 0; life < 2; life++) {
      const rules = await ruleset();
      for (const port of [20_000, 20_001, 20_999])
        expect(rules).toMatch(new RegExp(`\\. ${String(port)} : 10\\.`));
      const { Containers } = (await docker.getNetwork('net-7').inspect()) as { Containers: object };
      expect(Object.keys(Containers)).toHaveLength(endpointsEach);
      const asked = await engine.cli(['exec', 'member-7', 'nslookup', '-type=a', 'member-6']);
      expect(asked.stdout).toMatch(/Address: 10\.107\./);
      if (life === 0) {
        await engine.kill('SIGKILL');
        await engine.restart();
      }
    }
    await removeContainers(docker);
    await parallel(networks, 8, async (index) => {
      await docker.getNetwork(`net-${String(index)}`).remove();
    });
    expect(await ruleset()).toBe(before);
    await engine.leakCheck();
  },
);
