// What a build is made of, in every form: contexts and archives in each compression, repositories, caches of each kind, directives; and two
// engines that know nothing of each other come to the same layers.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../fixtures/build.ts';
import { output } from '../fixtures/command.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { tar } from '../fixtures/tar.ts';

let engine: BerthEngine;
let other: BerthEngine;

beforeAll(async () => {
  [engine, other] = await Promise.all([startEngine(), startEngine()]);
  await Promise.all([engine, other].map((one) => one.cli(['pull', '-q', 'busybox'])));
});
afterAll(async () => {
  await Promise.all([engine, other].map((one) => one?.stop()));
});

/** What a program of this machine makes of an archive. */
const through = (program: string, input: Buffer): Buffer =>
  program === 'cat' ? input : spawnSync(program, ['-c'], { input }).stdout;
const programs = ['cat', 'gzip', 'bzip2', 'xz', 'zstd'] as const;

it('takes a context in each compression, and comes to the same image', async () => {
  const context = tar([
    { path: 'Dockerfile', body: 'FROM busybox\nCOPY f /f\n' },
    { path: 'f', body: 'the same\n' },
  ]);
  const images = new Set<string | undefined>();
  for (const program of programs) {
    const made = await build(engine.socket, '', { body: through(program, context) });
    expect(made.error, program).toBeUndefined();
    images.add(made.image);
  }
  expect(images.size).toBe(1);
});

it('unpacks what ADD takes in each compression', async () => {
  const archive = tar([{ path: 'inside', body: 'packed\n' }]);
  const made = await build(
    engine.socket,
    ['FROM busybox', ...programs.map((name) => `ADD ${name}.bin /${name}/`), 'RUN cat /*/inside | uniq -c'],
    { entries: programs.map((name) => ({ path: `${name}.bin`, body: through(name, archive) })) },
  );
  expect(made.error).toBeUndefined();
  expect(made.text).toMatch(/ 5 packed/);
});

it('comes to the same layers on another engine, with SOURCE_DATE_EPOCH', async () => {
  const dockerfile = [
    'FROM busybox AS made',
    'RUN mkdir /m && echo x > /m/x && ln /m/x /m/y && ln -s x /m/z && rm -r /home && mkdir /home',
    'FROM busybox',
    'WORKDIR /w',
    'COPY --from=made /m /m',
    'COPY --chown=3:4 --chmod=600 f .',
    'ADD a.tar.gz /a/',
    'COPY <<EOF /doc',
    'text',
    'EOF',
    'RUN --mount=type=cache,target=/c date > /c/d; echo y > /w/y',
  ];
  const packed = through('gzip', tar([{ path: 'in', body: 'p', mtime: '1700000000' }]));
  const entries = [
    { path: 'f', body: '1', mtime: '1800000000' },
    { path: 'a.tar.gz', body: packed },
  ];
  const query = { buildargs: '{"SOURCE_DATE_EPOCH":"1600000000"}' };
  const made = await build(engine.socket, dockerfile, { entries, query });
  // A second later, so that no time is the same by chance.
  const began = Math.floor(Date.now() / 1000);
  await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(began);
  const again = await build(other.socket, dockerfile, { entries, query });
  expect([made.error, again.error]).toEqual([undefined, undefined]);
  const [ours, theirs] = await Promise.all([
    engine.docker.getImage(made.image ?? '').inspect(),
    other.docker.getImage(again.image ?? '').inspect(),
  ]);
  expect(ours.RootFS.Layers).toEqual(theirs.RootFS.Layers);
  expect(again.image).toBe(made.image);
});

it('has cache mounts that are shared, private, read-only, and begin with a folder of a stage', async () => {
  const cache = 'RUN --mount=type=cache';
  const made = await build(engine.socket, [
    'FROM busybox AS seed',
    'RUN mkdir -p /s/sub && echo seeded > /s/sub/f',
    'FROM busybox',
    `${cache},target=/c,id=forms,sharing=shared echo shared > /c/f`,
    `${cache},target=/c,id=forms,ro cat /c/f; touch /c/g 2>&1 || true`,
    `${cache},target=/c,id=begun,from=seed,source=/s/sub cat /c/f; echo more >> /c/f`,
    `${cache},target=/c,id=begun,from=seed,source=/s/sub,sharing=private cat /c/f`,
    'RUN ls /c 2>&1 || true',
  ]);
  expect(made.error).toBeUndefined();
  expect(made.text).toMatch(/^shared$/m);
  expect(made.text).toContain('Read-only file system');
  expect(made.text.match(/^seeded$/gm)?.length).toBeGreaterThanOrEqual(1);
  expect(made.text).toContain('/c: No such file or directory');
  const device = await build(engine.socket, 'FROM busybox\nRUN --device=x/y=z true');
  expect(device.error).toMatch(/--device/);
});

it('takes repositories: a branch, a folder, by the fragment and by the query, with .git or without, with its submodules', async () => {
  const base = path.join(engine.folder, 'git');
  const [library, repository] = [path.join(base, 'library.git'), path.join(base, 'app.git')];
  const git = (folder: string, ...args: string[]) =>
    output(['git', '-C', folder, '-c', 'user.name=n', '-c', 'user.email=e@example.org', ...args]);
  mkdirSync(library, { recursive: true });
  writeFileSync(path.join(library, 'borrowed'), 'of another repository\n');
  mkdirSync(path.join(repository, 'sub'), { recursive: true });
  writeFileSync(path.join(repository, 'sub/Dockerfile'), 'FROM busybox\nCOPY file /\nRUN cat /file\n');
  writeFileSync(path.join(repository, 'sub/file'), 'of the branch\n');
  for (const folder of [library, repository]) {
    await git(folder, 'init', '-q', '-b', 'side');
    await git(folder, 'add', '.');
    await git(folder, 'commit', '-qm', 'm');
  }
  // One whose address is relative, and one that would read this machine's own files.
  const commit = (await git(library, 'rev-parse', 'HEAD')).trim();
  for (const [branch, url] of [
    ['with', '../library.git'],
    ['hostile', library],
  ] as const) {
    await git(repository, 'checkout', '-q', '-b', branch, 'side');
    const module = `[submodule "lib"]\n\tpath = lib\n\turl = ${url}\n`;
    writeFileSync(path.join(repository, '.gitmodules'), module);
    await git(repository, 'update-index', '--add', '--cacheinfo', `160000,${commit},lib`);
    await git(repository, 'add', '.gitmodules');
    await git(repository, 'commit', '-qm', 'm');
  }
  const [program = '', ...enter] = [...engine.machine.enter, 'setpriv', '--pdeathsig', 'KILL', '--'];
  const daemon = spawn(
    program,
    [...enter, 'git', 'daemon', '--export-all', '--listen=127.0.0.1', `--base-path=${base}`],
    { stdio: 'ignore' },
  );
  try {
    const ready = 'until </dev/tcp/127.0.0.1/9418; do sleep 0.1; done';
    expect((await engine.run(['timeout', '60', 'bash', '-c', ready])).exitCode).toBe(0);
    const remote = await build(engine.socket, '', {
      body: Buffer.alloc(0),
      query: { remote: 'git://127.0.0.1/app.git#side:sub' },
    });
    expect(remote.text).toContain('of the branch\n');
    const made = await build(engine.socket, [
      'FROM busybox',
      'ADD git://127.0.0.1/app.git#side /a/',
      'ADD --keep-git-dir=true git://127.0.0.1/app.git#side /b/',
      'ADD git://127.0.0.1/app.git?branch=side&subdir=sub /c/',
      'ADD git://127.0.0.1/app.git#with:lib /d/',
      'ADD git://127.0.0.1/app.git?branch=with&submodules=false /e/',
      'RUN ls -A /a /b /c | tr "\\n" " "; cat /d/borrowed; ls -A /e/lib | wc -l',
    ]);
    expect(made.error).toBeUndefined();
    expect(made.text).toContain('/a: sub  /b: .git sub  /c: Dockerfile file ');
    expect(made.text).toContain('of another repository\n0\n');
    for (const [query, error] of [
      ['branch=side&ref=main', 'ref conflicts'],
      ['commit=0123', 'invalid commit'],
      ['branch=side&commit=' + '0'.repeat(40), 'another commit'],
      ['branch=-x', 'error fetching'],
      ['subdir=../up', 'invalid folder'],
      ['nosuch=1', 'unexpected query'],
      ['branch=hostile', "transport 'file' not allowed"],
    ] as const) {
      const refused = await build(engine.socket, `FROM busybox\nADD git://127.0.0.1/app.git?${query} /x/`);
      expect(refused.error, query).toContain(error);
    }
  } finally {
    daemon.kill('SIGTERM'); // Its worker goes with it.
  }
});

it.each([
  ['# syntax=x\n# check=skip=all\n# escape=`\nFROM busybox', undefined],
  ['# escape=`\n# escape=`\nFROM busybox', 'only one escape'],
  ['# escape=x\nFROM busybox', 'invalid'],
])('reads the directives of %j', async (dockerfile, error) => {
  const made = await build(engine.socket, dockerfile);
  if (error === undefined) expect(made.error).toBeUndefined();
  else expect(made.error?.toLowerCase()).toContain(error);
});
