// The life of a container after its start: restarts by its policy, health, limits that change, and its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

let engine: BerthEngine;

beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

const docker = async (...args: string[]): Promise<string> => {
  const outcome = await engine.cli(args);
  if (outcome.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${outcome.stderr}`);
  return outcome.stdout.trim();
};
const inspect = (name: string) => engine.docker.getContainer(name).inspect();

/** What happened to a container, in order. */
async function eventsOf(name: string): Promise<string[]> {
  const until = String(Math.ceil(Date.now() / 1000) + 1);
  const text = await docker(
    ...['events', '--since', '0', '--until', until, '--filter', `container=${name}`],
    ...['--filter', 'type=container', '--format', '{{.Action}}'],
  );
  return text.split('\n');
}

describe('a restart policy', () => {
  it('starts a container that failed as often as it says, in the same log', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'fails',
      '--restart',
      'on-failure:2',
      'busybox',
      'sh',
      '-c',
      'echo up; exit 3',
    );
    await expect.poll(async () => (await inspect('fails')).State.Status, { timeout: 20_000 }).toBe('exited');
    const { RestartCount, State } = await inspect('fails');
    expect({ RestartCount, ExitCode: State.ExitCode }).toEqual({ RestartCount: 2, ExitCode: 3 });
    expect(await docker('logs', 'fails')).toBe('up\nup\nup');
    expect(await eventsOf('fails')).toEqual(['create', 'start', 'die', 'start', 'die', 'start', 'die']);
    await docker('rm', 'fails');
  });

  it('shows a container that waits as restarting, and a stop calls the restart off', async () => {
    await docker('run', '-d', '--name', 'again', '--restart', 'always', 'busybox', 'false');
    await expect
      .poll(async () => (await inspect('again')).RestartCount, { timeout: 20_000 })
      .toBeGreaterThan(4);
    await expect.poll(async () => (await inspect('again')).State.Status).toBe('restarting');
    expect((await inspect('again')).State).toMatchObject({
      Running: true,
      Restarting: true,
      Pid: 0,
      ExitCode: 1,
    });
    expect(await docker('ps', '--format', '{{.Status}}')).toMatch(/^Restarting \(1\) .* ago$/);
    expect((await engine.cli(['exec', 'again', 'true'])).stderr).toContain(
      'is restarting, wait until the container is running',
    );
    expect((await engine.cli(['rm', 'again'])).stderr).toContain('You cannot remove a restarting container');
    await docker('stop', 'again');
    const { RestartCount, State } = await inspect('again');
    expect(State).toMatchObject({ Status: 'exited', Running: false, Restarting: false });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await inspect('again')).toMatchObject({ RestartCount, State: { Status: 'exited' } });
    await docker('start', 'again');
    await expect.poll(async () => (await inspect('again')).RestartCount).toBeGreaterThan(0);
    await docker('rm', '-f', 'again');
  });

  it('is not asked after a kill or a stop, and counts anew after a start', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'stays',
      '--restart',
      'unless-stopped',
      '-p',
      '18090:80',
      'busybox',
      'sleep',
      '1000',
    );
    await docker('kill', 'stays');
    expect((await inspect('stays')).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
    await docker('start', 'stays');
    process.kill((await inspect('stays')).State.Pid, 'SIGKILL');
    await expect.poll(async () => (await inspect('stays')).RestartCount).toBe(1);
    await expect.poll(async () => (await inspect('stays')).State.Status).toBe('running');
    expect(await docker('port', 'stays')).toContain('18090');
    await docker('rm', '-f', 'stays');
  });

  it('is honoured by an engine that starts: for what ran, what died meanwhile, and what was stopped', async () => {
    const run = (name: string, restart: string, script: string) =>
      docker('run', '-d', '--name', name, '--restart', restart, 'busybox', 'sh', '-c', script);
    await run('runs', 'always', 'sleep 1000');
    await run('dies', 'unless-stopped', 'sleep 0.7');
    await run('halted', 'unless-stopped', 'sleep 1000');
    await run('forced', 'always', 'sleep 1000');
    await run('finished', 'no', 'sleep 0.7');
    await docker('stop', '-t', '0', 'halted', 'forced');
    const { Pid } = (await inspect('runs')).State;
    await engine.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await engine.restart();
    expect((await inspect('runs')).State).toMatchObject({ Status: 'running', Pid });
    expect((await inspect('halted')).State.Status).toBe('exited');
    expect((await inspect('finished')).State.Status).toBe('exited');
    await expect.poll(async () => (await inspect('forced')).State.Status).toBe('running');
    await expect
      .poll(async () => (await eventsOf('dies')).filter((event) => event === 'start').length)
      .toBeGreaterThan(0);
    await docker('rm', '-f', 'runs', 'dies', 'halted', 'forced', 'finished');
  });

  it('is refused together with --rm', async () => {
    await expect(
      engine.docker.createContainer({
        Image: 'busybox',
        HostConfig: { AutoRemove: true, RestartPolicy: { Name: 'always' } },
      }),
    ).rejects.toMatchObject({
      statusCode: 400,
      json: { message: "can't create 'AutoRemove' container with restart policy" },
    });
  });

  it('lets a wait end with each exit', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'waited',
      '--restart',
      'always',
      'busybox',
      'sh',
      '-c',
      'sleep 0.3; exit 4',
    );
    expect(await docker('wait', 'waited')).toBe('4');
    await docker('rm', '-f', 'waited');
  });
});
