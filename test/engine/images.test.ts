// What is in the images after a pull: layers over one another, file attributes, and a python that installs packages.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { testImage } from '../fixtures/images.ts';

let engine: BerthEngine;
const run = async (...args: string[]) => {
  const outcome = await engine.cli(['run', '--rm', ...args]);
  expect(outcome.stderr).toBe('');
  return outcome.stdout;
};

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

it('gives an image the id and the size that its content has', async () => {
  await engine.cli(['pull', '-q', 'busybox']);
  const { Id } = await engine.docker.getImage('busybox').inspect();
  expect(Id).toBe((await testImage('busybox')).config.digest);
});

it('lays layers over one another: removed, replaced, linked, privileged', async () => {
  await engine.cli(['pull', '-q', 'busybox-layers']);
  const inspected = await engine.docker.getImage('busybox-layers').inspect();
  expect(inspected.RootFS.Layers?.length).toBe(4);
  const sh = (script: string) => run('busybox-layers', 'sh', '-c', script);
  expect(await sh('ls data opaque kept; cat data/replaced data/folder')).toBe(
    'data:\nfolder\nreplaced\n\nkept:\none\ntwo\n\nopaque:\nshown\nnew\nnow a file\n',
  );
  expect(await sh('stat -c "%a %u %g" links/original; stat -c %h links/hard; readlink links/soft')).toBe(
    '4755 0 0\n2\n../kept/one\n',
  );
  expect(await sh('stat -c "%F %t %T" links/null; stat -c %F links/fifo; stat -c %y kept/one')).toBe(
    'character special file 1 3\nfifo\n2020-09-13 12:26:40.123456789 +0000\n',
  );
});

it('installs packages into the python image without a network', async () => {
  await engine.cli(['pull', '-q', 'python:3.11-slim']);
  const script =
    'pip install -q --root-user-action=ignore flask && python -c "import flask; print(flask.__name__)"';
  expect(
    (await engine.cli(['run', '--rm', '--network', 'none', 'python:3.11-slim', 'sh', '-c', script])).stdout,
  ).toBe('flask\n');
});
