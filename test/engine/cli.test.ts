// The ordinary docker CLI on our engine, word for word as a user types it: Debian's 20.10 always, and whatever newer
// one is on the PATH.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis, inTerminal } from '../fixtures/cli.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { dockerArchive } from '../fixtures/images.ts';
import { busyboxProgram } from '../fixtures/packages.ts';

const clis = await dockerClis();

describe.each(clis)('docker CLI $version', (cli) => {
  let engine: BerthEngine;
  let busybox: string;
  let scratch: string;
  const docker = (...args: string[]) => cliOn(cli, engine, args);
  const dockerLine = () => `${cli.program} -H unix://${engine.socket}`;

  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'berth-cli-'));
    busybox = await busyboxProgram();
    engine = await startEngine();
    expect((await docker('pull', 'busybox')).stdout).toContain(
      'Status: Downloaded newer image for busybox:latest',
    );
  });

  afterAll(async () => {
    await engine.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it('runs a command and removes the container', async () => {
    expect(await docker('run', '--rm', 'busybox', 'echo', 'hi')).toMatchObject({
      exitCode: 0,
      stdout: 'hi\n',
      stderr: '',
    });
    expect((await docker('ps', '-aq')).stdout).toBe('');
  });

  it.each([
    ['the exit code of the command', ['busybox', 'sh', '-c', 'exit 42'], 42],
    ['128 and the signal', ['busybox', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'], 137],
    ['127 for a command that is not there', ['busybox', 'no-such-command'], 127],
    ['127 for a path that is not there', ['busybox', '/no/such/file'], 127],
    ['126 for a file that cannot be executed', ['busybox', '/etc/passwd'], 126],
    [
      '125 for an error of the engine',
      ['--user', 'nobody-here', '--network', 'no-such-network', 'busybox', 'true'],
      125,
    ],
  ])('exits with %s', async (_, args, code) => {
    expect((await docker('run', '--rm', ...args)).exitCode).toBe(code);
  });

  it('keeps stdout and stderr apart', async () => {
    expect(await docker('run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('passes stdin through and goes on printing after its end', async () => {
    const result = await cliOn(
      cli,
      engine,
      ['run', '-i', '--rm', 'busybox', 'sh', '-c', 'cat; sleep 0.2; echo end'],
      { input: 'hi\n' },
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: 'hi\nend\n' });
  });

  it('carries megabytes both ways without losing a byte', async () => {
    const input = 'x'.repeat(79) + '\n';
    const result = await cliOn(cli, engine, ['run', '-i', '--rm', 'busybox', 'cat'], {
      input: input.repeat(100_000),
    });
    expect(result.stdout.length).toBe(8_000_000);
    expect(result.stdout === input.repeat(100_000)).toBe(true);
  });

  it('gives a terminal that resizes', async () => {
    // stty sets rows and columns one after the other: sizes in between are seen, too.
    const script = [
      'stty rows 33 cols 99',
      `${dockerLine()} run -it --rm busybox sh -c 'sleep 0.7; stty size; trap "echo told" WINCH; until [ "$(stty size)" = "44 111" ]; do sleep 0.05; done; stty size; exit 7' < /dev/tty &`,
      // A client that is only just starting may miss one.
      'sleep 1.5; while kill -0 $!; do stty rows 43 cols 111; stty rows 44; sleep 0.5; done 2> /dev/null; wait $!; echo code $?',
    ].join('\n');
    const result = await inTerminal(script);
    expect(result.stdout).toContain('33 99');
    expect(result.stdout).toContain('told');
    expect(result.stdout).toContain('44 111');
    expect(result.stdout).toContain('code 7');
  });

  it('publishes a port, mounts a folder, logs, execs, stops, starts and removes', async () => {
    await writeFile(path.join(scratch, 'index.html'), 'from the host\n');
    const run = await docker(
      ...['run', '-d', '--name', 'web', '-p', '8080:80', '-v', `${scratch}:/data`, 'busybox'],
      ...['sh', '-c', 'echo ready; exec httpd -f -p 80 -h /data'],
    );
    expect(run).toMatchObject({ exitCode: 0 });
    const id = run.stdout.trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect((await docker('ps')).stdout).toMatch(/web/);
    expect((await docker('port', 'web')).stdout).toContain('80/tcp -> 0.0.0.0:8080');

    await expect.poll(async () => (await docker('logs', 'web')).stdout).toBe('ready\n');
    const fetched = await engine.run([busybox, 'wget', '-qO-', 'http://127.0.0.1:8080/index.html']);
    expect(fetched.stdout).toBe('from the host\n');
    const fromOutside = await engine.machine.runInWorld([
      busybox,
      'wget',
      '-qO-',
      `http://${engine.machine.address}:8080/index.html`,
    ]);
    expect(fromOutside.stdout).toBe('from the host\n');

    expect((await docker('exec', 'web', 'sh', '-c', 'echo written > /data/new; exit 3')).exitCode).toBe(3);
    expect(await readFile(path.join(scratch, 'new'), 'utf8')).toBe('written\n');
    expect((await cliOn(cli, engine, ['exec', '-i', 'web', 'cat'], { input: 'in' })).stdout).toBe('in');
    expect((await inTerminal(`${dockerLine()} exec -it web tty`)).stdout).toContain('/dev/pts/');
    expect((await docker('exec', 'web', 'no-such-command')).exitCode).toBe(127);

    expect((await docker('stop', '-t', '1', 'web')).exitCode).toBe(0);
    expect((await docker('ps', '-a', '--format', '{{.Status}}', '--filter', 'name=web')).stdout).toMatch(
      /^Exited \(137\)/,
    );
    expect((await docker('start', 'web')).exitCode).toBe(0);
    await expect.poll(async () => (await docker('logs', 'web')).stdout).toBe('ready\nready\n');
    expect((await docker('logs', '--tail', '1', 'web')).stdout).toBe('ready\n');
    const conflict = await docker('rm', 'web');
    expect(conflict.exitCode).toBe(1);
    expect(conflict.stderr).toContain('You cannot remove a running container');
    expect((await docker('restart', '-t', '0', 'web')).exitCode).toBe(0);
    expect((await docker('rm', '-f', 'web')).exitCode).toBe(0);
    expect((await docker('inspect', 'web')).exitCode).toBe(1);
  });

  it.skipIf(cli.version.startsWith('20.'))('has the options that only newer CLIs know', async () => {
    const variables = path.join(scratch, 'variables');
    await writeFile(variables, 'ONE=1\n');
    const script = 'trap "exit 5" USR1; echo ready; while :; do sleep 0.1; done';
    const run = await docker(
      ...['run', '-d', '--name', 'new', '--annotation', 'of=us', '--network', 'name=bridge,gw-priority=5'],
      ...['--health-cmd', 'true', '--health-start-period', '9s', '--health-start-interval', '1s'],
      ...['--mount', 'type=tmpfs,dst=/scratch', 'busybox', 'sh', '-c', script],
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const shown = '{{.HostConfig.Annotations.of}} {{.Config.Healthcheck.StartInterval}}';
    expect((await docker('inspect', '-f', shown, 'new')).stdout).toBe('us 1s\n');
    const listed = await docker('ps', '--format', '{{json .}}');
    expect(JSON.parse(listed.stdout)).toMatchObject({ Names: 'new', State: 'running' });
    const told = await docker('exec', '--env-file', variables, 'new', 'sh', '-c', 'echo $ONE');
    expect(told.stdout).toBe('1\n');
    expect(await docker('cp', '-q', variables, 'new:/copied')).toMatchObject({ exitCode: 0, stdout: '' });
    expect((await docker('exec', 'new', 'cat', '/copied')).stdout).toBe('ONE=1\n');
    const stats = await docker('stats', '--no-stream', '--no-trunc', '--format', '{{.Name}} {{.ID}}', 'new');
    expect(stats.stdout).toBe(`new ${run.stdout}`);
    expect((await docker('restart', '--signal', 'USR1', 'new')).exitCode).toBe(0);
    await expect.poll(async () => (await docker('logs', 'new')).stdout).toBe('ready\nready\n');
    expect((await docker('stop', '--signal', 'USR1', 'new')).exitCode).toBe(0);
    expect((await docker('inspect', '-f', '{{.State.ExitCode}}', 'new')).stdout).toBe('5\n');
    expect((await docker('rm', 'new')).exitCode).toBe(0);
  });

  it('follows a log to the end of the container', async () => {
    await docker(
      'run',
      '-d',
      '--name',
      'counter',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done',
    );
    expect((await docker('logs', '-f', 'counter')).stdout).toBe('1\n2\n3\n4\n5\n');
    expect((await docker('rm', 'counter')).exitCode).toBe(0);
  });

  it('tags, lists, saves space for names, and removes images', async () => {
    expect((await docker('tag', 'busybox', 'mine/thing:v1')).exitCode).toBe(0);
    expect((await docker('images', '--format', '{{.Repository}}:{{.Tag}}')).stdout.split('\n')).toContain(
      'mine/thing:v1',
    );
    expect((await docker('rmi', 'mine/thing:v1')).stdout).toBe('Untagged: mine/thing:v1\n');
    expect((await docker('image', 'inspect', 'busybox', '--format', '{{json .Config.Cmd}}')).stdout).toBe(
      '["sh"]\n',
    );
  });

  it('loads an archive', async () => {
    const archive = await dockerArchive(['hello-world']);
    expect((await docker('load', '-i', archive)).stdout).toContain('Loaded image: hello-world:latest');
    const hello = await docker('run', '--rm', 'hello-world');
    expect(hello.exitCode).toBe(0);
    expect(hello.stdout.length).toBeGreaterThan(10);
    expect((await docker('rmi', 'hello-world')).exitCode).toBe(0);
  });

  it('answers version, info and events', async () => {
    expect((await docker('version', '--format', '{{.Server.APIVersion}}')).stdout).toBe('1.51\n');
    expect((await docker('info', '--format', '{{.Driver}}')).stdout).toMatch(/overlay/);
    const since = String(Math.floor(Date.now() / 1000) - 1);
    await docker('run', '--rm', '--name', 'eventful', 'busybox', 'true');
    const until = String(Math.ceil(Date.now() / 1000) + 1);
    const events = (
      await docker(
        'events',
        '--since',
        since,
        '--until',
        until,
        '--filter',
        'container=eventful',
        '--format',
        '{{.Action}}',
      )
    ).stdout;
    expect(events.split('\n').filter((line) => line !== '')).toEqual([
      'create',
      'attach',
      'start',
      'die',
      'destroy',
    ]);
  });
});
