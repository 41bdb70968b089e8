// What is in the images after a pull: layers over one another, file attributes, and a python that installs packages.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../fixtures/contract-table.ts';
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

it('has layers marked so that each begins in a group of its own, where the file system can', async () => {
  const marks = async (folder: string): Promise<string> =>
    (await engine.run(['lsattr', '-d', folder])).stdout.split(' ')[0] ?? '';
  const probe = `${engine.folder}/probe`;
  await engine.run(['mkdir', probe]);
  const isKnown = (await engine.run(['chattr', '+T', probe])).exitCode === 0;
  expect((await marks(`${engine.folder}/data/layers`)).includes('T')).toBe(isKnown);
});

describe('layers and files of an image', () => {
  const ask = async (path: string): Promise<{ status: number; text: string }> =>
    request(engine.socket, { method: 'GET', path: `/berth/images/busybox-layers/${path}` });
  const changesOf = async (layer: number) =>
    JSON.parse((await ask(`changes?layer=${String(layer)}`)).text) as {
      Added: number;
      HiddenBytes: number;
      Changes: { Kind: number; Path: string }[];
    };
  const namesIn = async (path: string): Promise<string[]> => {
    const { Entries } = JSON.parse((await ask(path)).text) as { Entries: { Name: string; Type: string }[] };
    return Entries.map(({ Name, Type }) => `${Type} ${Name}`);
  };

  it('are told with what each layer changes, and how much stays hidden for nothing', async () => {
    const layers = JSON.parse((await ask('layers')).text) as { DiffId: string; Size: number }[];
    const inspected = await engine.docker.getImage('busybox-layers').inspect();
    expect(layers.map(({ DiffId }) => DiffId)).toEqual(inspected.RootFS.Layers);
    expect(layers.reduce((sum, { Size }) => sum + Size, 0)).toBe(inspected.Size);
    const base = await changesOf(0);
    expect(base.HiddenBytes).toBe(0);
    expect(base.Added).toBeGreaterThan(10);
    const second = await changesOf(2);
    expect(second.Changes).toEqual([
      { Kind: 0, Path: '/data' },
      { Kind: 2, Path: '/data/folder' },
      { Kind: 2, Path: '/data/removed' },
      { Kind: 0, Path: '/data/replaced' },
      { Kind: 0, Path: '/opaque' },
      { Kind: 2, Path: '/opaque/hidden' },
      { Kind: 1, Path: '/opaque/shown' },
    ]);
    const lost = [
      'the next layer removes this',
      'a file takes its place',
      'old',
      'hidden by an opaque folder',
    ];
    expect(second.HiddenBytes).toBe(lost.reduce((sum, text) => sum + text.length + 1, 0));
    expect((await changesOf(3)).HiddenBytes).toBe(0);
  });

  it('are listed and read: of all layers together, and of one', async () => {
    expect(await namesIn('folder?path=/data')).toEqual(['file folder', 'file replaced']);
    expect(await namesIn('folder?path=/data&layer=1')).toEqual([
      'folder folder',
      'file removed',
      'file replaced',
    ]);
    expect(await namesIn('folder?path=/data&layer=2')).toEqual([
      'removed folder',
      'removed removed',
      'file replaced',
    ]);
    expect((await ask('file?path=/data/replaced')).text).toBe('new\n');
    expect((await ask('file?path=/data/replaced&layer=1')).text).toBe('old\n');
    expect((await ask('archive?path=/data')).text).toContain('now a file');
  });

  it.each([
    ['folder?path=/no/such', 404],
    ['folder?path=/data&layer=9', 404],
    ['folder?path=/data&layer=-1', 400],
    ['folder?path=data', 400],
    ['folder?path=/data/replaced', 400],
    ['file?path=/data', 400],
    ['file?path=/links/null', 400],
    ['changes', 400],
  ])('are refused in words: %s', async (path, status) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ message: expect.stringMatching(/\S \S/) as unknown });
  });

  it('lead nowhere but into the image', async () => {
    await engine.cli(['run', '--name', 'linker', 'busybox', 'ln', '-s', '/etc/debian_version', '/leads-out']);
    await engine.cli(['commit', 'linker', 'linked']);
    await engine.cli(['rm', 'linker']);
    const read = async (query: string): Promise<number> =>
      (await request(engine.socket, { method: 'GET', path: `/berth/images/linked/file?${query}` })).status;
    expect(await read('path=/leads-out&layer=1')).toBe(404);
    expect(await read('path=/../../../../etc/debian_version&layer=0')).toBe(404);
  });
});
