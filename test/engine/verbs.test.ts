// What is done to a container that is there: another name, through dockerode and through every docker CLI.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

const clis = await dockerClis();
let engine: BerthEngine;

beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

describe('rename', () => {
  it('holds over a restart of the engine, and frees the old name', async () => {
    const container = await engine.docker.createContainer({ name: 'old', Image: 'busybox', Cmd: ['true'] });
    await container.rename({ name: 'new' });
    await engine.restart();
    expect((await engine.docker.getContainer('new').inspect()).Name).toBe('/new');
    const next = await engine.docker.createContainer({ name: 'old', Image: 'busybox', Cmd: ['true'] });
    await expect(next.rename({ name: 'new' })).rejects.toMatchObject({
      statusCode: 409,
      json: {
        message:
          `Error when allocating new name: Conflict. The container name "/new" is already in use by container "${container.id}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      },
    });
    await Promise.all([container.remove(), next.remove()]);
  });

  it.each(clis)('of a running container by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    await docker('run', '-d', '--name', 'first', 'busybox', 'sleep', '1000');
    expect(await docker('rename', 'first', 'second')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await docker('exec', 'second', 'echo', 'here')).stdout).toBe('here\n');
    expect((await docker('ps', '--format', '{{.Names}}')).stdout).toBe('second\n');
    expect((await docker('rename', 'first', 'third')).stderr).toContain('No such container: first');
    await docker('rm', '-f', 'second');
  });
});
