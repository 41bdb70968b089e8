// The engine's keepers as the shell and `npm start` use them for a user without root: one root process, asked for once; and
// the engine's files copied to where root may read them.
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEngineClient } from '../../runtime/client/engine-client.ts';
import { unixEndpoint } from '../../runtime/client/endpoint.ts';
import { RootKeeper } from '../../runtime/client/root-keeper.ts';
import { output } from '../fixtures/command.ts';
import { makeMachine, type Machine } from '../fixtures/namespace.ts';
import { until } from '../fixtures/electron/shell-run.ts';
import { StandInUtilityProcess } from '../fixtures/electron/utility-process.ts';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const dist = path.join(repository, 'dist');

let machine: Machine;
let folder: string;
let socketPath: string;
let engineArguments: string[];

beforeAll(async () => {
  machine = await makeMachine();
});
afterAll(() => machine.remove());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-'));
  socketPath = path.join(folder, 'run/berth.sock');
  engineArguments = [`--exec-root=${path.join(folder, 'run')}`, `--data-root=${path.join(folder, 'data')}`];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const answers = async (): Promise<true | undefined> => {
  const client = createEngineClient(unixEndpoint(socketPath));
  try {
    await client.text({ method: 'GET', path: '/_ping' });
    return true;
  } catch {
    return undefined;
  } finally {
    client.close();
  }
};

/** The process that listens on the engine's socket. */
async function enginePid(): Promise<number | undefined> {
  const found = await output(['sh', '-c', `pgrep -f -- "berthd.js --exec-root=${folder}" || true`]);
  for (const text of found.trim().split('\n')) {
    const pid = Number(text);
    if (Number.isInteger(pid) && pid > 0) {
      const line = await output(['sh', '-c', `tr '\\0' ' ' < /proc/${String(pid)}/cmdline || true`]);
      if (line.startsWith(`${process.execPath} ${dist}`) && !line.includes('keep-engine')) return pid;
    }
  }
  return undefined;
}

describe('a root keeper', () => {
  const keeper = (prefix: readonly string[], said: string[] = []) =>
    new RootKeeper({
      prefix,
      node: process.execPath,
      script: path.join(dist, 'start.js'),
      socketPath,
      command: [process.execPath, path.join(dist, 'berthd.js'), ...engineArguments],
      say: (sentence) => said.push(sentence),
    });

  it('starts the engine, and again when it was killed, without asking again', async () => {
    const said: string[] = [];
    const kept = keeper(machine.enter, said);
    await kept.start();
    expect(await answers()).toBe(true);
    const first = await enginePid();
    if (first === undefined) throw new Error('the engine is not found');
    process.kill(first, 'SIGKILL');
    await until(async () => {
      const pid = await enginePid();
      return pid !== undefined && pid !== first ? answers() : undefined;
    });
    expect(said.join('\n')).toContain('SIGKILL; it is started again');
    expect(await kept.log()).toContain('The engine ended by SIGKILL');
    await kept.stop();
    expect(await answers()).toBeUndefined();
    expect(existsSync(socketPath)).toBe(false);
  });

  it('starts an engine again that hangs', async () => {
    const said: string[] = [];
    const kept = keeper(machine.enter, said);
    await kept.start();
    const first = await enginePid();
    if (first === undefined) throw new Error('the engine is not found');
    process.kill(first, 'SIGSTOP');
    await Promise.all([kept.restart(), kept.restart()]);
    expect(await answers()).toBe(true);
    expect(await enginePid()).not.toBe(first);
    expect(existsSync(`/proc/${String(first)}`)).toBe(false);
    expect(said.filter((sentence) => sentence.includes('it is killed'))).toHaveLength(1);
    await kept.restart();
    expect(await answers()).toBe(true);
    await kept.stop();
    await expect(kept.restart()).rejects.toThrow('has ended');
  });

  it('says that it was not given its rights', async () => {
    await expect(keeper(['sh', '-c', 'exit 126']).start()).rejects.toThrow('was not given the rights');
  });

  it('says what the root process said', async () => {
    const refused = keeper(['sh', '-c', 'echo "you are not in the sudoers file" >&2; exit 1']);
    await expect(refused.start()).rejects.toThrow('not in the sudoers file');
  });
});

describe('the engine host', () => {
  it('copies the engine out of an AppImage, where root may not look, and runs it from there', async () => {
    const packaged = path.join(folder, 'mount/engine');
    await mkdir(path.join(packaged, 'dist'), { recursive: true });
    await mkdir(path.join(packaged, 'helper'));
    for (const name of readdirSync(dist).filter((each) => /^(berthd|start).*\.js$/.test(each))) {
      await copyFile(path.join(dist, name), path.join(packaged, 'dist', name));
    }
    symlinkSync(path.join(repository, 'runtime/helper/build'), path.join(packaged, 'helper/build'));
    symlinkSync(process.execPath, path.join(packaged, 'node'));
    const copyTo = path.join(folder, 'copied/0.1.0');
    const options = {
      socketPath,
      node: path.join(packaged, 'node'),
      distFolder: path.join(packaged, 'dist'),
      engineArguments,
      copyTo,
    };
    const messages: unknown[] = [];
    const run = (): StandInUtilityProcess => {
      const host = new StandInUtilityProcess(machine.enter, path.join(dist, 'electron/engine-host.js'), [
        JSON.stringify(options),
      ]);
      host.on('message', (message) => messages.push(message));
      return host;
    };
    const stopped = async (host: StandInUtilityProcess): Promise<void> => {
      const ended = new Promise((resolve) => host.once('exit', resolve));
      host.postMessage('stop');
      await ended;
    };
    const first = run();
    await until(() => messages[0]);
    expect(messages).toEqual([{ type: 'ready', ours: true }]);
    first.postMessage(JSON.stringify({ id: 7, ask: 'log' }));
    await until(() => messages[1]);
    expect(messages[1]).toMatchObject({ type: 'answer', answer: { id: 7, error: '' } });
    expect(await answers()).toBe(true);
    await stopped(first);
    expect(await answers()).toBeUndefined();
    const copied = await stat(copyTo);
    await stopped(run());
    expect((await stat(copyTo)).ino).toBe(copied.ino);
  });

  it('refuses options that are not complete', async () => {
    const host = new StandInUtilityProcess([], path.join(dist, 'electron/engine-host.js'), ['{}']);
    const message = await new Promise((resolve) => host.once('message', resolve));
    expect(message).toMatchObject({ type: 'failed' });
    host.kill();
  });
});
