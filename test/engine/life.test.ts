// The life of a container after its start: restarts by its policy, health, limits that change, and its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { endProcess } from '../fixtures/process.ts';

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
    await run('dies', 'unless-stopped', 'sleep 1000');
    await run('halted', 'unless-stopped', 'sleep 1000');
    await run('forced', 'always', 'sleep 1000');
    await run('finished', 'no', 'sleep 1000');
    await docker('stop', '-t', '0', 'halted', 'forced');
    const { Pid } = (await inspect('runs')).State;
    const ends = await Promise.all(['dies', 'finished'].map(async (name) => (await inspect(name)).State.Pid));
    await engine.kill('SIGKILL');
    for (const pid of ends) await endProcess(pid, 'SIGKILL');
    await engine.restart();
    expect((await inspect('runs')).State).toMatchObject({ Status: 'running', Pid });
    expect((await inspect('halted')).State.Status).toBe('exited');
    expect((await inspect('finished')).State.Status).toBe('exited');
    await expect.poll(async () => (await inspect('forced')).State.Status).toBe('running');
    await expect.poll(async () => (await inspect('dies')).State.Status).toBe('running');
    expect(ends).not.toContain((await inspect('dies')).State.Pid);
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

describe('a health check', () => {
  const health = async (name: string) => {
    const { State } = await inspect(name);
    if (State.Health === undefined) throw new Error(`${name} has no health`);
    return State.Health;
  };
  const waits = { timeout: 20_000 };

  it('finds a container well, then ill, then well again', async () => {
    await docker(
      ...['run', '-d', '--name', 'patient', '--health-cmd', 'cat /tmp/well', '--health-interval', '100ms'],
      ...[
        '--health-retries',
        '2',
        '--health-timeout',
        '10s',
        'busybox',
        'sh',
        '-c',
        'echo yes > /tmp/well; sleep 1000',
      ],
    );
    expect(await docker('ps', '--format', '{{.Status}}')).toMatch(/^Up .* \((health: starting|healthy)\)$/);
    await expect.poll(async () => (await health('patient')).Status, waits).toBe('healthy');
    expect((await health('patient')).Log.at(-1)).toMatchObject({ ExitCode: 0, Output: 'yes\n' });
    expect(await docker('ps', '--format', '{{.Status}}', '--filter', 'health=healthy')).toMatch(
      /^Up .* \(healthy\)$/,
    );
    await docker('exec', 'patient', 'rm', '/tmp/well');
    await expect.poll(async () => (await health('patient')).Status, waits).toBe('unhealthy');
    const { FailingStreak, Log } = await health('patient');
    expect(FailingStreak).toBeGreaterThanOrEqual(2);
    expect(Log.length).toBeLessThanOrEqual(5);
    expect(Log.at(-1)).toMatchObject({
      ExitCode: 1,
      Output: "cat: can't open '/tmp/well': No such file or directory\n",
    });
    expect(await docker('ps', '-q', '--filter', 'health=healthy')).toBe('');
    await docker('exec', 'patient', 'touch', '/tmp/well');
    await expect.poll(async () => (await health('patient')).Status, waits).toBe('healthy');
    await docker('pause', 'patient');
    expect((await health('patient')).Status).toBe('unhealthy');
    await docker('unpause', 'patient');
    await expect.poll(async () => (await health('patient')).Status, waits).toBe('healthy');
    await engine.restart();
    expect(['starting', 'healthy']).toContain((await health('patient')).Status);
    await expect.poll(async () => (await health('patient')).Status, waits).toBe('healthy');
    const events = await eventsOf('patient');
    expect(events).toContain('health_status: healthy');
    expect(events).toContain('exec_create: /bin/sh -c cat /tmp/well');
    await docker('rm', '-f', 'patient');
  });

  it('looks more often while a container starts up, and forgives what fails then', async () => {
    const minute = 60e9;
    const started = {
      name: 'slow-starter',
      Image: 'busybox',
      Cmd: ['sleep', '1000'],
      Healthcheck: {
        Test: ['CMD', 'test', '-e', '/tmp/well'],
        Interval: minute,
        StartPeriod: minute,
        StartInterval: 100e6,
        Retries: 1,
      },
    };
    await (await engine.docker.createContainer(started)).start();
    await expect.poll(async () => (await health('slow-starter')).Log.length, waits).toBeGreaterThan(2);
    expect(await health('slow-starter')).toMatchObject({ Status: 'starting', FailingStreak: 0 });
    await docker('exec', 'slow-starter', 'touch', '/tmp/well');
    await expect.poll(async () => (await health('slow-starter')).Status, waits).toBe('healthy');
    await docker('rm', '-f', 'slow-starter');
  });

  it('that takes too long or cannot be run is a failure, with its output cut', async () => {
    const create = async (name: string, test: string[], timeoutMs: number) => {
      const container = await engine.docker.createContainer({
        name,
        Image: 'busybox',
        Cmd: ['sleep', '1000'],
        Healthcheck: { Test: test, Interval: 50e6, Timeout: timeoutMs * 1e6, Retries: 1 },
      });
      await container.start();
      await expect.poll(async () => (await health(name)).Status, waits).toBe('unhealthy');
      const [first] = (await health(name)).Log;
      await container.remove({ force: true });
      return first;
    };
    expect(await create('slow', ['CMD-SHELL', 'echo so far; sleep 1000'], 1500)).toMatchObject({
      ExitCode: -1,
      Output: 'Health check exceeded timeout (1.5s): so far\n',
    });
    expect((await create('wrong', ['CMD', 'nosuch'], 30_000))?.Output).toContain(
      '"nosuch": executable file not found',
    );
    const long = await create('long', ['CMD-SHELL', 'yes | head -c 10000; exit 1'], 30_000);
    expect(long).toMatchObject({ ExitCode: 1, Output: `${'y\n'.repeat(2048)}...` });
  });

  it('of the image is inherited field by field, and NONE takes it away', async () => {
    await docker('run', '-d', '--name', 'none', '--no-healthcheck', 'busybox', 'sleep', '1000');
    expect((await inspect('none')).State.Health).toBeUndefined();
    expect(await docker('ps', '-a', '--format', '{{.Names}}', '--filter', 'health=none')).toBe('none');
    await docker('rm', '-f', 'none');
  });
});

describe('update', () => {
  const cgroup = (name: string, file: string) => docker('exec', name, 'cat', `/sys/fs/cgroup/${file}`);

  it('changes the limits of a container that runs, up and down, and keeps them over a restart', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'limited',
      '-m',
      '64m',
      '--pids-limit',
      '50',
      'busybox',
      'sleep',
      '1000',
    );
    await docker(
      'update',
      '-m',
      '128m',
      '--memory-swap',
      '256m',
      '--cpu-shares',
      '512',
      '--cpus',
      '0.5',
      'limited',
    );
    const values = async () => [
      await cgroup('limited', 'memory/memory.limit_in_bytes'),
      await cgroup('limited', 'memory/memory.memsw.limit_in_bytes'),
      await cgroup('limited', 'cpu/cpu.shares'),
      await cgroup('limited', 'cpu/cpu.cfs_quota_us'),
      await cgroup('limited', 'pids/pids.max'),
    ];
    const mib = 1024 * 1024;
    expect(await values()).toEqual([String(128 * mib), String(256 * mib), '512', '50000', '50']);
    await docker('update', '-m', '32m', '--memory-swap', '32m', '--pids-limit', '-1', 'limited');
    const small = [String(32 * mib), String(32 * mib), '512', '50000', 'max'];
    expect(await values()).toEqual(small);
    expect((await inspect('limited')).HostConfig).toMatchObject({
      Memory: 32 * mib,
      NanoCpus: 5e8,
      PidsLimit: 0,
    });
    await docker('restart', '-t', '0', 'limited');
    expect(await values()).toEqual(small);
    await docker('update', '--cpuset-cpus', '0', 'limited');
    const status = await docker('exec', 'limited', 'cat', '/proc/1/status', '/proc/self/status');
    expect([...status.matchAll(/Cpus_allowed_list:\s*(.*)/g)].map((match) => match[1])).toEqual(['0', '0']);
    expect(await eventsOf('limited')).toContain('update');
    await docker('rm', '-f', 'limited');
  });

  it("refuses in Docker's words what cannot be", async () => {
    await docker('create', '--name', 'plain', '--rm', 'busybox', 'sleep', '1000');
    const { Id } = await inspect('plain');
    const update = async (body: object) =>
      engine.docker
        .getContainer('plain')
        .update(body)
        .then(
          () => undefined,
          (error: { statusCode: number; json: { message: string } }) => [
            error.statusCode,
            error.json.message,
          ],
        );
    expect(await update({ Memory: 1024 })).toEqual([400, 'Minimum memory limit allowed is 6MB']);
    expect(await update({ Memory: 64e6 })).toEqual([
      409,
      `Cannot update container ${Id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time`,
    ]);
    expect(await update({ RestartPolicy: { Name: 'always' } })).toEqual([
      409,
      `Cannot update container ${Id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
    ]);
    expect(await update({ CpuPeriod: 50_000, CpuQuota: 25_000 })).toBeUndefined();
    expect(await update({ NanoCpus: 1e9 })).toEqual([
      409,
      `Cannot update container ${Id}: Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set`,
    ]);
    await docker('rm', 'plain');
  });

  it('gives a container that runs another restart policy', async () => {
    await docker('run', '-d', '--name', 'policy', 'busybox', 'sleep', '1000');
    await docker('update', '--restart', 'always', 'policy');
    process.kill((await inspect('policy')).State.Pid, 'SIGKILL');
    await expect.poll(async () => (await inspect('policy')).RestartCount).toBe(1);
    await docker('rm', '-f', 'policy');
  });
});

describe('prune', () => {
  it('removes what does not run, by its filters', async () => {
    await docker(
      'run',
      '--name',
      'done',
      '--label',
      'keep=no',
      'busybox',
      'sh',
      '-c',
      'head -c 5000 /dev/zero > /file',
    );
    await docker('create', '--name', 'kept', '--label', 'keep=yes', 'busybox', 'true');
    await docker('run', '-d', '--name', 'live', 'busybox', 'sleep', '1000');
    const { Id } = await inspect('done');
    const prune = (filters: object) => engine.docker.pruneContainers({ filters });
    expect(await prune({ until: ['1h'] })).toEqual({ ContainersDeleted: null, SpaceReclaimed: 0 });
    await expect(prune({ nosuch: ['x'] })).rejects.toMatchObject({
      statusCode: 400,
      json: { message: "invalid filter 'nosuch'" },
    });
    expect(await prune({ 'label!': ['keep=yes'] })).toEqual({
      ContainersDeleted: [Id],
      SpaceReclaimed: 5000,
    });
    expect(await docker('container', 'prune', '-f')).toContain('Total reclaimed space: 0B');
    expect(await docker('ps', '-a', '--format', '{{.Names}}')).toBe('live');
    await docker('rm', '-f', 'live');
  });
});

describe('a link', () => {
  it('names another container in the environment and the hosts file, and follows its address', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'db',
      '-e',
      'KEY=value',
      '--expose',
      '5432',
      'busybox',
      'sleep',
      '1000',
    );
    await docker('run', '-d', '--name', 'web', '--link', 'db:store', 'busybox', 'sleep', '1000');
    const address = async () => (await inspect('db')).NetworkSettings.Networks['bridge']?.IPAddress ?? '';
    const first = await address();
    const host = (await inspect('db')).Config.Hostname;
    const env = await docker('exec', 'web', 'env');
    for (const line of [
      `STORE_PORT=tcp://${first}:5432`,
      `STORE_PORT_5432_TCP_ADDR=${first}`,
      'STORE_PORT_5432_TCP_PROTO=tcp',
      'STORE_NAME=/web/store',
      'STORE_ENV_KEY=value',
    ]) {
      expect(env.split('\n')).toContain(line);
    }
    expect(await docker('exec', 'web', 'cat', '/etc/hosts')).toContain(`${first}\tstore ${host} db\n`);
    expect((await inspect('web')).HostConfig.Links).toEqual(['/db:/web/store']);
    expect((await inspect('web/store')).Name).toBe('/db');
    expect(await docker('ps', '--no-trunc', '--filter', 'name=^/db$', '--format', '{{.Names}}')).toBe(
      'db,web/store',
    );
    await docker('stop', '-t', '0', 'db');
    await docker('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
    await docker('start', 'db');
    expect(await address()).not.toBe(first);
    expect(await docker('exec', 'web', 'cat', '/etc/hosts')).toContain(
      `${await address()}\tstore ${host} db\n`,
    );
    await docker('rename', 'web', 'site');
    await engine.restart();
    expect((await inspect('site/store')).Name).toBe('/db');
    await docker('rm', '--link', 'site/store');
    expect((await inspect('site')).HostConfig.Links ?? []).toEqual([]);
    await docker('rm', '-f', 'site', 'db', 'other');
  });

  it('needs the other container, and that it runs', async () => {
    expect((await engine.cli(['create', '--link', 'nobody', 'busybox'])).stderr).toContain(
      'could not get container for nobody',
    );
    await docker('create', '--name', 'asleep', 'busybox', 'sleep', '1000');
    await docker('create', '--name', 'lonely', '--link', 'asleep', 'busybox', 'true');
    expect((await engine.cli(['start', 'lonely'])).stderr).toContain(
      'Cannot link to a non running container: /asleep AS /lonely/asleep',
    );
    await docker('rm', 'asleep');
    expect(await docker('start', '-a', 'lonely')).toBe('');
    await docker('rm', 'lonely');
  });
});

describe('a container that takes more memory than it may', () => {
  it('is killed, says so, and is told of by an event before its end', async () => {
    await docker(
      'create',
      '--name',
      'greedy',
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      'busybox',
      'tail',
      '/dev/zero',
    );
    await engine.cli(['start', '-a', 'greedy']);
    expect((await inspect('greedy')).State).toMatchObject({ OOMKilled: true, ExitCode: 137 });
    expect(await eventsOf('greedy')).toEqual(['create', 'attach', 'start', 'oom', 'die']);
    await docker('rm', 'greedy');
  });

  it('tells of it at once when it goes on without what was killed', async () => {
    const script = 'tail /dev/zero; echo survived; sleep 1000';
    await docker(
      ...['run', '-d', '--name', 'survivor', '-m', '16m', '--memory-swap', '16m'],
      ...['busybox', 'sh', '-c', script],
    );
    await expect.poll(() => docker('logs', 'survivor')).toContain('survived');
    await expect.poll(() => eventsOf('survivor')).toContain('oom');
    expect((await inspect('survivor')).State.Status).toBe('running');
    await docker('rm', '-f', 'survivor');
  });
});
