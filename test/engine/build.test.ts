// Builds through the classic door, by the API and by every docker CLI: each instruction, the cache, what fails and how, what hostile
// contexts and Dockerfiles try, and that nothing is left.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../fixtures/build.ts';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { tar } from '../fixtures/tar.ts';

const clis = await dockerClis();
let engine: BerthEngine;

beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

/** What a command says in an image. */
async function saidIn(image: string, ...command: string[]): Promise<string> {
  const { stdout, stderr } = await engine.cli(['run', '--rm', image, ...command]);
  return stdout + stderr;
}

async function config(image: string): Promise<Record<string, unknown>> {
  const { Config } = await engine.docker.getImage(image).inspect();
  return { ...Config };
}

describe('a build', () => {
  it.each(clis)('goes through docker $version with its classic stream', async (cli) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'bt-build-'));
    try {
      writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nCOPY a /a\nRUN cat /a\nCMD ["true"]\n');
      writeFileSync(path.join(folder, 'a'), `for ${cli.version}\n`);
      const args = ['build', '-t', `cli:${cli.version.replace(/[^\w.-]/g, '_')}`, folder];
      const first = await cliOn(cli, engine, args, { env: { DOCKER_BUILDKIT: '0' } });
      expect(first.stdout).toMatch(
        /Step 1\/4 : FROM busybox\n ---> [0-9a-f]{12}\nStep 2\/4 : COPY a \/a\n ---> [0-9a-f]{12}\nStep 3\/4 : RUN cat \/a\n ---> Running in [0-9a-f]{12}\nfor .*\nRemoving intermediate container [0-9a-f]{12}\n ---> [0-9a-f]{12}\nStep 4\/4 : CMD \["true"\]\n ---> [0-9a-f]{12}\nSuccessfully built [0-9a-f]{12}\nSuccessfully tagged cli:/,
      );
      const again = await cliOn(cli, engine, args, { env: { DOCKER_BUILDKIT: '0' } });
      expect(again.stdout.match(/ ---> Using cache\n/g)).toHaveLength(3);
      // A Dockerfile from elsewhere comes in an archive without an end; a quiet build says all when it fails.
      const input = 'FROM busybox\nCOPY a /a\nRUN cat /a; exit 3\n';
      const quiet = await cliOn(cli, engine, ['build', '-q', '-f', '-', folder], {
        env: { DOCKER_BUILDKIT: '0' },
        input,
      });
      expect(quiet.exitCode).toBe(3);
      expect(quiet.stderr).toContain(`for ${cli.version}\n`);
      expect(quiet.stderr).toContain('returned a non-zero code: 3');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('makes a configuration of every instruction', async () => {
    const made = await build(
      engine.socket,
      [
        'ARG NAME=box',
        'FROM busy$NAME',
        'MAINTAINER somebody',
        'ARG V=1',
        'ENV A=one B="two $V"',
        'ENV A=three C=$A',
        'LABEL k="v w" n=$V',
        'EXPOSE 80 90-91/udp',
        'VOLUME ["/data"]',
        'WORKDIR /srv',
        'WORKDIR sub',
        'USER 7:8',
        'STOPSIGNAL SIGQUIT',
        'SHELL ["/bin/sh", "-ec"]',
        'HEALTHCHECK --interval=5s --retries=4 CMD ["true"]',
        'ONBUILD RUN echo later',
        'CMD echo $A',
        'ENTRYPOINT ["/bin/sh"]',
      ],
      { query: { t: 'config', buildargs: '{"V":"2"}', labels: '{"extra":"yes"}' } },
    );
    expect(made.error).toBeUndefined();
    expect(await config('config')).toMatchObject({
      Env: expect.arrayContaining(['A=three', 'B=two 2', 'C=one']) as unknown,
      Labels: { k: 'v w', n: '2', extra: 'yes' },
      ExposedPorts: { '80/tcp': {}, '90/udp': {}, '91/udp': {} },
      Volumes: { '/data': {} },
      WorkingDir: '/srv/sub',
      User: '7:8',
      StopSignal: 'SIGQUIT',
      Shell: ['/bin/sh', '-ec'],
      Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Retries: 4 },
      OnBuild: ['RUN echo later'],
      Cmd: ['/bin/sh', '-ec', 'echo $A'],
      Entrypoint: ['/bin/sh'],
    });
    const child = await build(engine.socket, 'FROM config\nUSER root');
    expect(child.text).toContain('# Executing 1 build trigger\n');
    expect(child.text).toContain('later\n');
  });

  it('copies files with their modes, owners and places', async () => {
    const made = await build(
      engine.socket,
      [
        'FROM busybox',
        'WORKDIR /w',
        'COPY one .',
        'COPY one two /many/',
        'COPY dir /flat',
        'COPY --chown=3:4 --chmod=0640 one owned',
        'COPY --chmod=u=rwX,go= dir private',
        'COPY t* wild/',
        'COPY --parents dir/./in/deep /kept/',
        'COPY --exclude=*.log dir cleaned',
        'COPY <<written <<"raw" /docs/',
        'w $HOSTNAME_OF_NOBODY',
        'written',
        'r $HOME',
        'raw',
        'RUN cd / && find w many flat kept docs -exec stat -c "%n %a %u:%g" {} + | sort && cat /docs/*',
      ],
      {
        files: { one: '1', two: '2', three: '3', 'dir/in/deep': 'd', 'dir/a.log': 'l', 'dir/b.txt': 'b' },
        query: { t: 'copied' },
      },
    );
    expect(made.error).toBeUndefined();
    const lines = made.text.slice(made.text.indexOf('Running in')).split('\n');
    for (const line of [
      'w/one 644 0:0',
      'many/one 644 0:0',
      'many/two 644 0:0',
      'flat/in/deep 644 0:0',
      'w/owned 640 3:4',
      'w/private/in 700 0:0',
      'w/private/in/deep 600 0:0',
      'w/wild/two 644 0:0',
      'w/wild/three 644 0:0',
      'kept/in/deep 644 0:0',
      'w/cleaned/b.txt 644 0:0',
      'w ',
      'r $HOME',
    ]) {
      expect(lines).toContain(line);
    }
    expect(made.text).not.toContain('cleaned/a.log');
  });

  it('builds only the stages that are needed, and takes files from them', async () => {
    const made = await build(
      engine.socket,
      [
        'FROM busybox AS base',
        'RUN mkdir /out && echo made > /out/file && chown 5:6 /out/file',
        'FROM busybox AS unneeded',
        'RUN exit 9',
        'FROM scratch',
        'COPY --from=base /out /',
        'COPY --from=busybox /bin/busybox /bin/cat',
        'RUN --mount=type=bind,from=base,source=/out,target=/m ["/bin/cat", "/m/file"]',
      ],
      { query: { t: 'small' } },
    );
    expect(made.error).toBeUndefined();
    expect(made.text).not.toContain('exit 9');
    expect(made.text).toContain('made\n');
    expect(await saidIn('small', '/bin/cat', '/file')).toBe('made\n');
    const target = await build(engine.socket, 'FROM busybox AS a\nLABEL x=y\nFROM nothing-like-it', {
      query: { target: 'a' },
    });
    expect(target.error).toBeUndefined();
  });

  it('keeps its cache by content, over a restart, and lets it go', async () => {
    const dockerfile = 'FROM busybox\nCOPY . /c\nRUN date +%N > /when';
    const first = await build(engine.socket, dockerfile, { files: { f: '1' } });
    await engine.restart();
    const entries = [{ path: 'f', body: '1', mtime: '1800000000' }];
    const same = await build(engine.socket, dockerfile, { entries });
    expect(same.image).toBe(first.image);
    const changed = await build(engine.socket, dockerfile, { files: { f: '2' } });
    expect(changed.text).not.toContain('Using cache');
    const fresh = await build(engine.socket, dockerfile, { files: { f: '1' }, query: { nocache: '1' } });
    expect(fresh.image).not.toBe(first.image);
    const pruned = await request(engine.socket, { method: 'POST', path: '/v1.41/build/prune' });
    expect(pruned.status).toBe(200);
    expect((JSON.parse(pruned.text) as { CachesDeleted: string[] }).CachesDeleted.length).toBeGreaterThan(2);
    const anew = await build(engine.socket, dockerfile, { files: { f: '1' } });
    expect(anew.text).not.toContain('Using cache');
  });

  it('shows what the cache takes, and lets the least recently used go until so much is left', async () => {
    const big = (letter: string) => [
      'FROM busybox',
      `RUN --mount=type=cache,target=/kept head -c 300000 /dev/zero > /kept/x && head -c 1000000 /dev/zero | tr '\\\\0' ${letter} > /big`,
      `RUN echo ${letter} > /top`,
    ];
    await request(engine.socket, { method: 'POST', path: '/v1.41/build/prune?all=1' });
    for (const letter of ['a', 'b', 'c']) await build(engine.socket, big(letter));
    await build(engine.socket, big('a'));
    await build(engine.socket, ['FROM busybox', 'RUN echo named > /n'], { query: { t: 'cache:named' } });
    const usage = await engine.cli(['system', 'df', '-v', '--format', '{{json .BuildCache}}']);
    expect(usage.stderr).toBe('');
    const items = JSON.parse(usage.stdout) as { CacheType: string; Shared: string; Size: string }[];
    expect(items.filter(({ Size }) => Size === '1MB')).toHaveLength(3);
    expect(items.find(({ CacheType }) => CacheType === 'exec.cachemount')).toMatchObject({ Size: '300kB' });
    expect(items.filter(({ Shared }) => Shared === 'true')).toHaveLength(1);
    // What is a step of another image is none of its own.
    const { Images } = (await engine.docker.df()) as { Images: { Id: string }[] };
    expect(Images.map(({ Id }) => Id).sort()).toEqual(
      (await engine.docker.listImages()).map(({ Id }) => Id).sort(),
    );
    // Two of the three fit; mounts go with --all alone. What would go can be asked before.
    const preview = async (query: string) =>
      JSON.parse(
        (await request(engine.socket, { method: 'GET', path: `/berth/build/prune?${query}` })).text,
      ) as { BuildCache: { Type: string; Description: string }[]; SpaceReclaimed: number };
    const going = await preview('keep-storage=2500000');
    expect(going.BuildCache.map(({ Description }) => Description).join('\n')).toMatch(/\bb > \/(top|big)/);
    expect(Math.round(going.SpaceReclaimed / 1e6)).toBe(1);
    expect(await preview('filters={"until":["1h"]}')).toEqual({ BuildCache: [], SpaceReclaimed: 0 });
    expect((await preview('')).BuildCache.every(({ Type }) => Type === 'regular')).toBe(true);
    expect((await preview('all=1')).BuildCache.some(({ Type }) => Type === 'exec.cachemount')).toBe(true);
    const kept = await engine.cli(['builder', 'prune', '-f', '--keep-storage', '2500000']);
    expect(kept.stdout).toContain('Total reclaimed space: 1MB');
    expect((await build(engine.socket, big('a'))).text.match(/Using cache/g)).toHaveLength(2);
    expect((await build(engine.socket, big('b'))).text).not.toContain('Using cache');
    const young = await engine.cli(['builder', 'prune', '-f', '--filter', 'until=1h']);
    expect(young.stdout).toContain('Total reclaimed space: 0B');
    const all = await engine.cli(['builder', 'prune', '-af']);
    expect(all.stdout).toMatch(/Total reclaimed space: 3\.3\d*MB/);
    expect((await engine.docker.getImage('cache:named').inspect()).Id).toContain('sha256:');
  });

  it('takes the steps of an image that was built elsewhere, when it is named for that', async () => {
    const dockerfile = [
      'FROM busybox',
      'ARG V=1',
      'ENV A=b',
      'COPY f /x/',
      'RUN date +%N > /when',
      'WORKDIR /w',
      'CMD ["cat", "/when"]',
    ];
    const files = { f: 'the same' };
    const made = await build(engine.socket, dockerfile, { files, query: { t: 'from:pulled' } });
    const when = await saidIn('from:pulled');
    const archive = path.join(engine.folder, 'pulled.tar');
    for (const args of [
      ['save', '-o', archive, 'from:pulled'],
      ['rmi', 'from:pulled'],
      ['builder', 'prune', '-af'],
      ['load', '-qi', archive],
    ]) {
      expect((await engine.cli(args)).exitCode).toBe(0);
    }
    const cached = async (lines: readonly string[], cachefrom: string, text = 'the same') =>
      build(engine.socket, lines, { files: { f: text }, query: { cachefrom } });
    const named = JSON.stringify(['from:pulled']);
    expect((await cached(dockerfile, '["from:elsewhere"]')).text).not.toContain('Using cache');
    await engine.cli(['builder', 'prune', '-af']);
    const same = await cached(dockerfile, named);
    expect(same.text.match(/Using cache/g)).toHaveLength(6);
    expect(same.image).toBe(made.image);
    const other = await cached([...dockerfile.slice(0, -1), 'CMD ["true"]'], named);
    expect(other.text.match(/Using cache/g)).toHaveLength(5);
    expect(other.image).not.toBe(made.image);
    expect(await saidIn(other.image ?? '', 'cat', '/when')).toBe(when);
    // Other files, and what its history does not tell, are other steps.
    expect((await cached(dockerfile, named, 'another')).text.match(/Using cache/g)).toHaveLength(2);
    const flagged = dockerfile.map((line) => line.replace('COPY f', 'COPY --chmod=600 f'));
    expect((await cached(flagged, named)).text.match(/Using cache/g)).toHaveLength(2);
  });

  it('knows what was in an archive that comes again, also for what it has not asked yet', async () => {
    const body = tar([
      { path: 'Dockerfile', body: 'FROM busybox\nCOPY a /a\n' },
      { path: 'Other', body: 'FROM busybox\nCOPY . /all\n' },
      { path: 'a', body: 'the same bytes\n' },
    ]);
    const again = (query: Record<string, string>) => build(engine.socket, '', { body, query });
    const first = await again({});
    expect((await again({})).image).toBe(first.image);
    const anew = await again({ nocache: '1', t: 'archive:anew' });
    expect(anew.image).not.toBe(first.image);
    expect(await saidIn('archive:anew', 'cat', '/a')).toBe('the same bytes\n');
    expect((await again({ dockerfile: 'Nothing' })).error).toContain('Cannot locate');
    expect((await again({ dockerfile: 'Nothing' })).error).toContain('Cannot locate');
    await again({ dockerfile: 'Other', t: 'archive:other' });
    expect(await saidIn('archive:other', 'ls', '/all')).toBe('Dockerfile\nOther\na\n');
  });

  it('runs steps with mounts, scripts, arguments and without a network', async () => {
    const made = await build(
      engine.socket,
      [
        'FROM busybox',
        'ARG who',
        'RUN --mount=type=cache,target=/cache,id=c echo $who >> /cache/log',
        'RUN --mount=type=cache,target=/other,id=c cat /other/log; ls /cache || echo no cache here',
        'RUN --mount=target=/ctx,rw echo changed > /ctx/f && cat /ctx/f',
        'RUN --mount=target=/ctx cat /ctx/f',
        'RUN --mount=type=tmpfs,target=/t touch /t/x && ls /t',
        'RUN <<EOF',
        'echo from a script',
        'EOF',
        'RUN <<EOF',
        '#!/bin/cat',
        'EOF',
        'RUN --network=none ip addr',
        'RUN ls -d /ctx /t /cache /run/.berth-script 2>&1 || true',
      ],
      { files: { f: 'original' }, query: { buildargs: '{"who":"me","HTTP_PROXY":"http://proxy"}' } },
    );
    expect(made.error).toBeUndefined();
    expect(made.text).toMatch(/^me$/m);
    expect(made.text).toContain('no cache here');
    expect(made.text).toContain('changed\n');
    expect(made.text).toContain('original');
    expect(made.text).toContain('from a script\n');
    expect(made.text).toContain('#!/bin/cat\n');
    expect(made.text).not.toContain('eth0');
    // What was mounted on has left nothing behind.
    expect(made.text).toContain('ls: /ctx: No such file or directory');
    const history = await request(engine.socket, {
      method: 'GET',
      path: `/images/${made.image ?? ''}/history`,
    });
    expect(history.text).not.toContain('proxy');
  });

  it('squashes its layers and takes a compressed context', async () => {
    const dockerfile =
      'FROM busybox\nRUN echo 1 > /one && echo x > /gone\nRUN rm /gone && rm -r /home && mkdir /home';
    const body = tar([{ path: 'Dockerfile', body: dockerfile }]);
    const made = await build(engine.socket, '', {
      body: gzipSync(body),
      query: { squash: '1', t: 'squashed' },
    });
    expect(made.error).toBeUndefined();
    const { RootFS } = await engine.docker.getImage('squashed').inspect();
    expect(RootFS.Layers).toHaveLength(2);
    expect(await saidIn('squashed', 'sh', '-c', 'cat /one; ls /gone /home')).toContain('1\n');
    const saved = await engine.cli(['save', 'squashed', '-o', path.join(engine.folder, 'squashed.tar')]);
    expect(saved.stderr).toBe('');
  });

  it('comes to the same image again with SOURCE_DATE_EPOCH', async () => {
    const dockerfile = 'FROM busybox\nWORKDIR /w\nRUN echo x > a && rm -r /home && mkdir /home\nCOPY f .';
    const query = { buildargs: '{"SOURCE_DATE_EPOCH":"1600000000"}', nocache: '1', rm: '1' };
    const entries = [{ path: 'f', body: '1', mtime: '1500000000' }];
    const first = await build(engine.socket, dockerfile, { entries, query });
    expect(first.error).toBeUndefined();
    // A second later, so that no time is the same by chance.
    const began = Math.floor(Date.now() / 1000);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(began);
    const second = await build(engine.socket, dockerfile, { entries, query });
    expect(second.image).toBe(first.image);
    expect(second.text).not.toContain('Using cache');
  });

  it('unpacks archives that ADD takes, and nothing else', async () => {
    const archive = tar([{ path: 'in/side', body: 'packed', uid: 9 }]);
    const made = await build(
      engine.socket,
      'FROM busybox\nADD a.tgz /x/\nADD plain /y\nCOPY a.tgz /z/\nRUN cat /x/in/side /y; stat -c %u /x/in/side; ls /z',
      {
        entries: [
          { path: 'a.tgz', body: gzipSync(archive) },
          { path: 'plain', body: 'plain\n' },
        ],
      },
    );
    expect(made.error).toBeUndefined();
    expect(made.text).toContain('packedplain\n9\na.tgz\n');
  });
});

describe('a build that fails', () => {
  it('tells the exit code, and gives no name', async () => {
    const made = await build(engine.socket, 'FROM busybox\nRUN echo before; exit 3', {
      query: { t: 'failed' },
    });
    const { errorDetail } = made.messages.at(-1) ?? {};
    expect(errorDetail).toEqual({
      code: 3,
      message: "The command '/bin/sh -c echo before; exit 3' returned a non-zero code: 3",
    });
    await expect(engine.docker.getImage('failed').inspect()).rejects.toThrow('No such image: failed');
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
  });

  it.each([
    ['FROM busybox\nFRUM x', 'dockerfile parse error line 2: unknown instruction: FRUM', {}],
    ['FROM busybox\nCOPY nothing /', 'COPY failed: file not found in build context', {}],
    ['FROM busybox\nRUN --mount=type=secret,id=x,required true', 'secret x: not found', {}],
    ['FROM busybox\nRUN --security=insecure true', 'security.insecure is not granted', {}],
    ['FROM busybox\nRUN --network=host true', 'RUN --network=host is not allowed', {}],
    ['FROM scratch', 'No image was generated. Is your Dockerfile empty?', {}],
    ['FROM busybox', 'failed to reach build target x in Dockerfile', { target: 'x' }],
    ['FROM busybox', 'Cannot locate specified Dockerfile: other', { dockerfile: 'other' }],
    ['FROM busybox', 'Forbidden path outside the build context', { dockerfile: '../x' }],
    ['FROM busybox', 'invalid version "3"', { version: '3' }],
    ['FROM busybox', 'no session names the folder that is built', { remote: 'client-session', version: '2' }],
    [
      'FROM busybox',
      'sending what is built elsewhere (outputs) is not implemented',
      { outputs: '[{"Type":"local"}]' },
    ],
    ['FROM busybox', 'invalid platform', { platform: 'linux/s390x' }],
  ])('%j: %s', async (dockerfile, message, query) => {
    const made = await build(engine.socket, dockerfile, { query: { ...query } });
    expect(made.error).toContain(message);
  });

  it('stops with its client', async () => {
    const leaving = new AbortController();
    const built = build(engine.socket, 'FROM busybox\nRUN sleep 1000', { signal: leaving.signal });
    built.catch(() => undefined);
    await expect.poll(() => engine.docker.listContainers()).toHaveLength(1);
    leaving.abort();
    await expect(built).rejects.toThrow();
    await expect.poll(() => engine.docker.listContainers({ all: true })).toEqual([]);
  });

  it('leaves nothing when the engine is killed', async () => {
    const built = build(engine.socket, 'FROM busybox\nRUN sleep 1000');
    built.catch(() => undefined);
    await expect.poll(() => engine.docker.listContainers()).toHaveLength(1);
    await engine.kill('SIGKILL');
    await expect(built).rejects.toThrow();
    await engine.restart();
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    expect(readdirSync(path.join(engine.folder, 'data/build/work'))).toEqual([]);
  });
});

describe('the history of builds', () => {
  it('has steps with logs, places and errors, and no values of arguments', async () => {
    const dockerfile = 'FROM busybox\nARG token\nRUN echo visible \\\n && exit 4';
    await build(engine.socket, dockerfile, { query: { buildargs: '{"token":"s3cr3t"}' } });
    const list = await request(engine.socket, { method: 'GET', path: '/berth/builds' });
    const [latest] = JSON.parse(list.text) as { id: string }[];
    const answer = await request(engine.socket, { method: 'GET', path: `/berth/builds/${latest?.id ?? ''}` });
    expect(JSON.parse(answer.text)).toMatchObject({
      state: 'failed',
      error: { exitCode: 4, range: { startLine: 3, endLine: 4 } },
      steps: [{ state: 'done' }, { state: 'done' }, { state: 'failed', log: 'visible\n' }],
      request: { buildArgs: ['token'] },
    });
    const logs = await request(engine.socket, {
      method: 'GET',
      path: `/berth/builds/${latest?.id ?? ''}/logs`,
    });
    expect(logs.text).toContain('visible\n');
    for (const text of [answer.text, logs.text, engine.log()]) expect(text).not.toContain('s3cr3t');
    const again = await build(engine.socket, 'FROM busybox', {
      path: `/berth/builds/${latest?.id ?? ''}/rebuild`,
    });
    expect(again.text).toContain('Successfully built');
    const gone = await request(engine.socket, {
      method: 'DELETE',
      path: `/berth/builds/${latest?.id ?? ''}`,
    });
    expect(gone.status).toBe(204);
  });

  it('is followed while a build runs, which is canceled by its id', async () => {
    const id = 'b0a7b0a7b0a7b0a7';
    const socket = engine.socket;
    const query = { buildid: id, berthsource: '/home/somebody/shop' };
    const waiting = 'FROM busybox\nWORKDIR /w\nCOPY --from=slow /x /x';
    const built = build(socket, `FROM busybox AS slow\nRUN echo begun; sleep 600\n${waiting}`, { query });
    await expect
      .poll(async () => (await request(socket, { method: 'GET', path: `/berth/builds/${id}/logs` })).text, {
        timeout: 60_000,
      })
      .toMatch(/^begun$/m);
    const states = async (): Promise<string[]> => {
      const told = await request(socket, { method: 'GET', path: `/berth/builds/${id}` });
      return (JSON.parse(told.text) as { steps: { state: string }[] }).steps.map(({ state }) => state);
    };
    // What waits for another stage takes no time of its own.
    await expect.poll(states).toEqual(['done', 'running', 'done', 'done', 'waiting']);
    // Ends with the build: what came before is in its first line.
    const following = request(socket, { method: 'GET', path: `/berth/builds/${id}?follow=1` });
    const twice = await build(socket, 'FROM busybox', { query });
    expect(twice.status).toBe(409);
    const canceled = await request(socket, { method: 'POST', path: `/build/cancel?id=${id}` });
    expect(canceled.status).toBe(200);
    expect((await built).error).toBe('the build was canceled');
    const lines = (await following).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines[0]).toMatchObject({
      build: { state: 'running', request: { source: '/home/somebody/shop' } },
      steps: [
        { number: 1, state: 'done' },
        { number: 2, state: 'running', log: 'begun\n' },
        { number: 3, state: 'done' },
        { number: 4, state: 'done' },
        { number: 5, state: 'waiting' },
      ],
    });
    expect(lines.at(-1)).toMatchObject({
      build: { state: 'canceled' },
      steps: [
        { number: 2, state: 'canceled', log: '' },
        { number: 5, state: 'canceled' },
      ],
    });
  });
});

describe('checks of a Dockerfile', () => {
  it('are told with their places, and end a build that asks for it', async () => {
    const answer = await request(engine.socket, {
      method: 'POST',
      path: '/berth/build/check',
      body: JSON.stringify({ dockerfile: 'FROM a\nMAINTAINER b\nCOPY x /', dockerignore: 'x' }),
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      findings: [
        { rule: 'MaintainerDeprecated', range: { startLine: 2, startColumn: 1 } },
        { rule: 'CopyIgnoredFile', range: { startLine: 3, startColumn: 6 } },
      ],
    });
    const made = await build(engine.socket, '# check=error=true\nFROM busybox\nMAINTAINER b');
    expect(made.error).toContain('lint violation found for rules: MaintainerDeprecated');
    const skipped = '# check=skip=MaintainerDeprecated;error=true\nFROM busybox\nMAINTAINER b';
    expect((await build(engine.socket, skipped)).error).toBeUndefined();
  });

  // Each of BuildKit's rules, by the engine's own door.
  it.each([
    ['StageNameCasing', '1:17', 'FROM busybox AS Big'],
    ['FromAsCasing', '1:1', 'FROM busybox as b'],
    ['NoEmptyContinuation', '3:1', 'FROM busybox\nRUN x \\\n\n  y'],
    ['ConsistentInstructionCasing', '3:1', 'FROM busybox\nRUN x\nrun y'],
    ['DuplicateStageName', '2:17', 'FROM busybox AS x\nFROM busybox AS x'],
    ['ReservedStageName', '1:17', 'FROM busybox AS scratch'],
    ['JSONArgsRecommended', '2:1', 'FROM busybox\nCMD x y'],
    ['MaintainerDeprecated', '2:1', 'FROM busybox\nMAINTAINER me'],
    ['UndefinedArgInFrom', '1:6', 'FROM busybox:${v:-1}'],
    ['WorkdirRelativePath', '2:9', 'FROM busybox\nWORKDIR app'],
    ['UndefinedVar', '2:6', 'FROM busybox\nCOPY $nowhere /x'],
    ['MultipleInstructionsDisallowed', '2:1', 'FROM busybox\nCMD ["x"]\nCMD ["y"]'],
    ['LegacyKeyValueFormat', '2:1', 'FROM busybox\nENV x y'],
    ['InvalidBaseImagePlatform', '2:1', 'FROM busybox\nFROM other-machine'],
    ['RedundantTargetPlatform', '1:1', 'FROM --platform=$TARGETPLATFORM busybox'],
    ['SecretsUsedInArgOrEnv', '2:5', 'FROM busybox\nARG API_TOKEN'],
    ['InvalidDefaultArgInFrom', '2:6', 'ARG v\nFROM busybox:$v'],
    ['FromPlatformFlagConstDisallowed', '1:1', 'FROM --platform=linux/amd64 busybox'],
    ['CopyIgnoredFile', '2:6', 'FROM busybox\nCOPY ignored/x /'],
    ['InvalidDefinitionDescription', '2:1', '# run is the shell\nFROM busybox AS build'],
    ['ExposeProtoCasing', '2:8', 'FROM busybox\nEXPOSE 81/TCP'],
    ['ExposeInvalidFormat', '2:8', 'FROM busybox\nEXPOSE 127.0.0.1:80:80'],
  ])('%s at %s', async (rule, place, dockerfile) => {
    if (rule === 'InvalidBaseImagePlatform') {
      const config = JSON.stringify({
        architecture: 's390x',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [] },
      });
      const manifest = [{ Config: 'c.json', RepoTags: ['other-machine:latest'], Layers: [] }];
      const archive = tar([
        { path: 'c.json', body: config },
        { path: 'manifest.json', body: JSON.stringify(manifest) },
      ]);
      await engine.docker.loadImage(archive as never);
    }
    const body = JSON.stringify({ dockerfile, dockerignore: 'ignored\n' });
    const answer = await request(engine.socket, { method: 'POST', path: '/berth/build/check', body });
    const { findings } = JSON.parse(answer.text) as {
      findings: { rule: string; range: { startLine: number; startColumn: number } }[];
    };
    const places = findings.map(({ rule: name, range }) => [
      name,
      `${String(range.startLine)}:${String(range.startColumn)}`,
    ]);
    expect(places).toContainEqual([rule, place]);
    const skipped = JSON.stringify({
      dockerfile: `# check=skip=${rule}\n\n${dockerfile}`,
      dockerignore: 'ignored\n',
    });
    const without = await request(engine.socket, {
      method: 'POST',
      path: '/berth/build/check',
      body: skipped,
    });
    expect(without.text).not.toContain(rule);
  });
});

describe('a hostile build', () => {
  it.each([
    ['a path that leaves', [{ path: '../escaped', body: 'x' }]],
    ['a device', [{ path: 'dev', type: 'block' as const, device: [8, 0] as const }]],
    [
      'a hard link outwards',
      [{ path: 'h', type: 'link' as const, linkname: '../../../../../../etc/passwd' }],
    ],
  ])('is refused %s in its context (CVE-2014-9356)', async (_what, entries) => {
    const made = await build(engine.socket, 'FROM busybox\nCOPY . /c', { entries });
    expect(made.status).toBe(400);
    expect(made.error).toContain('Error processing tar file');
  });

  it('refuses a context that is cut off, or lies about its sizes', async () => {
    const whole = gzipSync(tar([{ path: 'Dockerfile', body: 'FROM busybox' }]));
    const cut = await build(engine.socket, '', { body: whole.subarray(0, whole.length - 20) });
    expect(cut.status).toBe(400);
    const size = 1 << 30;
    const sparse = tar([
      { path: 'Dockerfile', body: 'FROM busybox\nCOPY big /' },
      { path: 'big', body: '', size },
    ]);
    const lying = await build(engine.socket, '', { body: sparse });
    expect(lying.status).toBe(400);
    expect(readdirSync(path.join(engine.folder, 'data/build/work'))).toEqual([]);
  });

  it('has arguments and credentials in no command line and no log', async () => {
    const socket = engine.socket;
    const id = 'd0d0d0d0d0d0d0d0';
    const query = {
      buildid: id,
      buildargs: '{"token":"s3cr3t-argument","HTTPS_PROXY":"http://u:s3cr3t-proxy@p"}',
    };
    const built = build(socket, 'FROM busybox\nARG token\nRUN echo begun; sleep 600', { query });
    await expect
      .poll(async () => (await request(socket, { method: 'GET', path: `/berth/builds/${id}/logs` })).text)
      .toMatch(/^begun$/m);
    const lines = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, 'utf8');
        } catch {
          return ''; // It has ended.
        }
      });
    await request(socket, { method: 'POST', path: `/build/cancel?id=${id}` });
    await built;
    expect(lines.filter((line) => line.includes('s3cr3t'))).toEqual([]);
    expect(engine.log()).not.toContain('s3cr3t');
    const told = await request(socket, { method: 'GET', path: `/berth/builds/${id}` });
    expect(told.text).not.toContain('s3cr3t');
  });

  it('reads nothing of the host through links in its context', async () => {
    const secret = path.join(engine.folder, 'secret');
    writeFileSync(secret, 'of the host');
    const entries = [
      { path: 'link', type: 'symlink' as const, linkname: secret },
      { path: 'root', type: 'symlink' as const, linkname: '/' },
      { path: 'Dockerfile.link', type: 'symlink' as const, linkname: secret },
    ];
    const copied = await build(engine.socket, 'FROM busybox\nCOPY link /x', { entries });
    expect(copied.error).toContain('file not found in build context');
    const mounted = await build(
      engine.socket,
      `FROM busybox\nRUN --mount=source=root,target=/m cat /m${secret} || echo nothing`,
      { entries },
    );
    expect(mounted.text).toContain('nothing\n');
    expect(mounted.text).not.toContain('of the host');
    const file = await build(engine.socket, '', { entries, query: { dockerfile: 'Dockerfile.link' } });
    expect(file.error).toContain('Cannot locate specified Dockerfile');
  });

  it('neither writes nor removes anything of the host through a link in its image (CVE-2024-23652)', async () => {
    const victim = path.join(engine.folder, 'victim');
    writeFileSync(victim, 'whole');
    const made = await build(engine.socket, [
      'FROM busybox',
      'RUN ln -s / /l && ln -s / /to',
      `RUN --mount=type=tmpfs,target=/l${engine.folder}/sub true`,
      `RUN --mount=type=cache,target=/l${engine.folder}/cache true`,
      `COPY Dockerfile /to${victim}`,
      `RUN --mount=type=cache,target=/c,from=0,source=/l${engine.folder} true; ls`,
    ]);
    expect(made.text).not.toContain('Successfully built');
    expect(readFileSync(victim, 'utf8')).toBe('whole');
    expect(existsSync(path.join(engine.folder, 'sub'))).toBe(false);
  });

  it.each([
    ['climbs', [{ path: '../../victim', body: 'dead' }]],
    ['is absolute and climbs', [{ path: '/../../victim', body: 'dead' }]],
    [
      'goes through a link to the root',
      [
        { path: 'up', type: 'symlink' as const, linkname: '/' },
        { path: 'up/victim', body: 'inside' },
      ],
    ],
    [
      'goes through a link that climbs',
      [
        { path: 'up', type: 'symlink' as const, linkname: '../../../../..' },
        { path: 'up/victim', body: 'inside' },
      ],
    ],
    ['links to a file of the host', [{ path: 'h', type: 'link' as const, linkname: '../../../etc/shadow' }]],
    ['renames itself', [{ path: 'x', body: 'dead', pax: [['path', '../../victim']] as const }]],
    [
      'has a name longer than a path can be',
      [{ path: 'x', body: 'x', pax: [['path', 'n/'.repeat(5000)]] as const }],
    ],
  ])('stays in its image with an archive for ADD that %s (CVE-2014-9356)', async (_what, entries) => {
    const victims = ['/victim', path.join(engine.folder, 'victim'), path.join(engine.folder, 'data/victim')];
    const before = victims.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined));
    const bad = { path: 'bad.tar', body: tar(entries) };
    const made = await build(engine.socket, 'FROM busybox\nADD bad.tar /in/', { entries: [bad] });
    if (made.error === undefined) expect(made.text).toContain('Successfully built');
    else expect(made.error).toMatch(/^ADD failed: /);
    expect(victims.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined))).toEqual(
      before,
    );
  });

  it('sees nothing of the host in a cache whose source is swapped for a link meanwhile (CVE-2024-23651)', async () => {
    writeFileSync(path.join(engine.folder, 'of-the-host'), '');
    const mount = 'RUN --mount=type=cache,id=swapped';
    const made = await build(engine.socket, [
      'FROM busybox AS swaps',
      `${mount},target=/c mkdir -p /c/x; i=0; while [ $i -lt 300 ]; do i=$((i+1)); rm -rf /c/x; ln -s ${engine.folder} /c/x; rm -f /c/x; mkdir -p /c/x; done; ln -sfn ${engine.folder} /c/x`,
      'FROM busybox AS looks',
      ...[1, 2, 3, 4].map((turn) => `${mount},source=x,target=/m echo ${String(turn)}; ls /m`),
      'FROM busybox',
      'COPY --from=swaps /bin/true /a',
      'COPY --from=looks /bin/true /b',
    ]);
    expect(made.text).not.toMatch(/^of-the-host$/m);
    expect(made.error ?? '').not.toContain('of-the-host');
  });

  it('takes nothing from a registry that lies', async () => {
    const lies = `
      const { createHash } = require('node:crypto');
      const digest = (bytes) => 'sha256:' + createHash('sha256').update(bytes).digest('hex');
      const config = JSON.stringify({ os: 'linux', architecture: ${JSON.stringify(process.arch === 'arm64' ? 'arm64' : 'amd64')}, rootfs: { type: 'layers', diff_ids: [digest('other')] } });
      const type = 'application/vnd.docker.distribution.manifest.v2+json';
      const blob = (bytes, size) => ({ digest: digest(bytes), size });
      const manifests = {
        'wrong-bytes': { config: blob('what was promised', config.length), layers: [] },
        'wrong-size': { config: blob(config, 3), layers: [] },
        'wrong-layer': { config: blob(config, config.length), layers: [blob('promised', 8)] },
      };
      require('node:http').createServer((request, response) => {
        const [, name, kind] = /^\\/v2\\/([^/]+)\\/(manifests|blobs)/.exec(request.url) ?? [];
        if (kind === 'manifests') {
          const { config, layers } = manifests[name];
          const of = (one, mediaType) => ({ mediaType, ...one });
          const text = JSON.stringify({ schemaVersion: 2, mediaType: type, config: of(config, 'application/vnd.docker.container.image.v1+json'), layers: layers.map((one) => of(one, 'application/vnd.docker.image.rootfs.diff.tar.gzip')) });
          response.writeHead(200, { 'Content-Type': type, 'Docker-Content-Digest': digest(text) }).end(request.method === 'HEAD' ? '' : text);
        } else if (kind === 'blobs') response.writeHead(200).end(request.url.endsWith(digest('promised')) ? 'anything' : config);
        else response.writeHead(200).end();
      }).listen(5999, '127.0.0.1');
    `;
    const [program = '', ...args] = [...engine.machine.enter, process.execPath, '-e', lies];
    const registry = spawn(program, args, { stdio: 'ignore' });
    try {
      const before = (await engine.docker.listImages({ all: true })).length;
      for (const name of ['wrong-bytes', 'wrong-size', 'wrong-layer']) {
        const image = `127.0.0.1:5999/${name}`;
        await expect
          .poll(async () => (await build(engine.socket, `FROM ${image}`)).error ?? '', { timeout: 20_000 })
          .toMatch(/digest|size|filesystem layer|unexpected|verif/i);
      }
      expect((await engine.docker.listImages({ all: true })).length).toBe(before);
      expect(readdirSync(path.join(engine.folder, 'data/build/work'))).toEqual([]);
    } finally {
      registry.kill('SIGKILL');
    }
  });

  it.each([
    'git://x#--upload-pack=touch /tmp/x',
    'git://-oProxyCommand=x',
    'ext::sh -c true',
    'file:///etc',
    'http://169.254.169.254/latest/meta-data',
    'https://example.test/x.git#:../up',
  ])('is not fetched from %s (CVE-2019-13139)', async (remote) => {
    const made = await build(engine.socket, '', { query: { remote } });
    expect([400, 403]).toContain(made.status);
  });

  it('does not take an image for a step that it only looks like (CVE-2024-24557)', async () => {
    const trap = await build(engine.socket, ['FROM busybox', 'RUN echo real > /mark'], {
      query: { t: 'trap' },
    });
    const forged = await build(engine.socket, ['FROM scratch', 'COPY Dockerfile /mark'], {
      query: { t: 'forged' },
    });
    expect(forged.image).not.toBe(trap.image);
    const made = await build(engine.socket, ['FROM forged', 'COPY Dockerfile /mark']);
    expect(made.text).not.toContain('Using cache');
  });
});
