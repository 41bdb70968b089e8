// Builds over BuildKit's session: by Debian's docker CLI, which speaks it, by dockerode, and by a client of our own that says what no honest
// one would.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { build } from '../fixtures/build.ts';
import { cliOn, dockerClis, type DockerCli } from '../fixtures/cli.ts';
import type { Outcome } from '../fixtures/command.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { openSession, Refusal, type SessionMethod } from '../fixtures/session-client.ts';

// Newer ones need a plugin for it that Debian does not have.
const [debians] = (await dockerClis()) as [DockerCli, ...DockerCli[]];
let engine: BerthEngine;
let folder: string;

beforeAll(async () => {
  engine = await startEngine();
  for (const image of ['busybox', 'debian']) await engine.cli(['pull', '-q', image]);
});
afterAll(() => engine.stop());
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-session-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** `docker build` with BuildKit; the folder is the context unless the arguments name another. */
function dockerBuild(
  args: readonly string[],
  context = folder,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return cliOn(debians, engine, ['build', '--progress=plain', ...args, context], {
    env: { DOCKER_BUILDKIT: '1', ...env },
  });
}

async function saidIn(image: string, ...command: string[]): Promise<string> {
  const { stdout, stderr } = await engine.cli(['run', '--rm', image, ...command]);
  return stdout + stderr;
}

describe('a build by the CLI over its session', () => {
  it('tells its steps as BuildKit does, and makes an image with its names', async () => {
    put(
      'Dockerfile',
      'FROM busybox AS tools\nRUN echo made > /made\nFROM busybox\nENV A=b\nWORKDIR /w\nCOPY a .\nCOPY --from=tools /made .\nRUN cat a\nCMD ["cat", "/w/a"]\n',
    );
    put('a', 'what is built\n');
    const first = await dockerBuild(['-t', 'session/a', '-t', 'session/b:1']);
    expect(first.exitCode, first.stderr).toBe(0);
    for (const line of [
      /^#\d+ \[internal\] load build definition from Dockerfile$/m,
      /^#\d+ transferring context: [\d.]+kB (?:[\d.]+s )?done$/m,
      /^#\d+ \[tools 1\/2\] FROM docker\.io\/library\/busybox:latest$/m,
      /^#\d+ \[stage-1 5\/5\] RUN cat a$/m,
      /^#\d+ [\d.]+ what is built$/m,
      /^#\d+ exporting to image$/m,
      /^#\d+ writing image sha256:[0-9a-f]{64}/m,
      /^#\d+ naming to docker\.io\/session\/b:1/m,
    ]) {
      expect(first.stderr).toMatch(line);
    }
    expect(await saidIn('session/a')).toBe('what is built\n');
    expect(await saidIn('session/b:1', 'cat', '/w/made')).toBe('made\n');
    const again = await dockerBuild(['-q']);
    expect(again.stdout.trim()).toBe(
      (await engine.cli(['inspect', '-f', '{{.Id}}', 'session/a'])).stdout.trim(),
    );
    expect((await dockerBuild([])).stderr.match(/ CACHED$/gm)).toHaveLength(5);
  });

  it('says what failed, where, and with which exit code', async () => {
    put('Dockerfile', 'FROM busybox\nRUN echo before; exit 3\n');
    const failed = await dockerBuild([]);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('before');
    expect(failed.stderr).toContain(
      'process "/bin/sh -c echo before; exit 3" did not complete successfully: exit code: 3',
    );
    put('Dockerfile', 'FROM busybox\nRUNN x\n');
    expect((await dockerBuild([])).stderr).toContain(
      'dockerfile parse error line 2: unknown instruction: RUNN',
    );
    put('Dockerfile', 'FROM busybox\nCOPY nothing /\n');
    expect((await dockerBuild([])).stderr).toMatch(/file not found.*nothing/);
    expect(
      (await dockerBuild(['-f', put('../missing-dockerfile-folder/x', '').replace(/x$/, 'none')])).exitCode,
    ).toBe(1);
    rmSync(path.join(folder, '../missing-dockerfile-folder'), { recursive: true });
  });

  it('sends every kind of file as it is, whatever its size', async () => {
    put('Dockerfile', 'FROM busybox\nCOPY . /c/\n');
    const large = randomBytes(20 * 1024 * 1024 + 17);
    put('large', large);
    for (let index = 0; index < 300; index++)
      put(`many/${String(index).padStart(3, '0')}`, `${String(index)}\n`.repeat(index));
    put('empty', '');
    put('a name with blanks', 'blank\n');
    put('größe/名前', 'named\n');
    put(`${'long/'.repeat(30)}end`, 'deep\n');
    chmodSync(put('run.sh', '#!/bin/sh\necho ran\n'), 0o755);
    symlinkSync('large', path.join(folder, 'link'));
    symlinkSync('/etc/hostname', path.join(folder, 'outside'));
    linkSync(put('one', 'twice\n'), path.join(folder, 'two'));
    const built = await dockerBuild(['-t', 'session/files']);
    expect(built.exitCode, built.stderr).toBe(0);
    const sums = spawnSync('sh', ['-c', 'find . -type f ! -name Dockerfile -exec md5sum {} + | sort -k 2'], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout;
    expect(sums.split('\n').length).toBeGreaterThan(300);
    const there = await saidIn(
      'session/files',
      'sh',
      '-c',
      'cd /c && find . -type f ! -name Dockerfile -exec md5sum {} + | sort -k 2',
    );
    expect(there).toBe(sums);
    expect(
      await saidIn(
        'session/files',
        'sh',
        '-c',
        '/c/run.sh; readlink /c/link; readlink /c/outside; stat -c %u:%g:%a /c/one',
      ),
    ).toBe('ran\nlarge\n/etc/hostname\n0:0:644\n');
  });

  it('leaves out what is ignored, and takes a Dockerfile from elsewhere with its own list', async () => {
    put('.dockerignore', '*.log\n!keep.log\nsecret\n');
    for (const name of ['a.log', 'keep.log', 'secret/key', 'b']) put(name, name);
    put('Dockerfile', 'FROM busybox\nCOPY . /c/\n');
    await dockerBuild(['-t', 'session/ignored']);
    const list = 'cd /c && find . -type f | sort';
    expect(await saidIn('session/ignored', 'sh', '-c', list)).toBe(
      './.dockerignore\n./Dockerfile\n./b\n./keep.log\n',
    );
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'bt-session-'));
    try {
      writeFileSync(path.join(elsewhere, 'Other'), 'FROM busybox\nCOPY . /c/\n');
      writeFileSync(path.join(elsewhere, 'Other.dockerignore'), '*\n!b\n');
      const built = await dockerBuild(['-t', 'session/other', '-f', path.join(elsewhere, 'Other')]);
      expect(built.exitCode, built.stderr).toBe(0);
      expect(await saidIn('session/other', 'sh', '-c', list)).toBe('./b\n');
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});

it('lets a step go on whose client left with its ssh agent', async () => {
  const { id, close } = await openSession(engine.socket, {
    '/moby.sshforward.v1.SSH/CheckAgent': async function* (messages) {
      for await (const message of messages) yield message.subarray(0, 0);
    },
  });
  const ask =
    'use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}) or die; read($s, my $b, 1) or print "no answer\\n"';
  const made = build(
    engine.socket,
    `FROM debian\nRUN --mount=type=ssh,required sleep 2; perl -e '${ask}'\n`,
    {
      query: { session: id },
    },
  );
  await expect.poll(() => engine.docker.listContainers()).toHaveLength(1);
  close();
  expect(await made).toMatchObject({
    error: undefined,
    text: expect.stringContaining('no answer') as string,
  });
});

describe('a context on stdin', () => {
  it('is an archive, or a lone Dockerfile', async () => {
    put('Dockerfile', 'FROM busybox\nCOPY a /\nRUN cat /a\n');
    put('a', 'from an archive\n');
    const env = { DOCKER_BUILDKIT: '1' };
    const args = ['build', '--progress=plain', '-'];
    const archive = spawnSync('tar', ['-cz', '.'], { cwd: folder }).stdout;
    const packed = await cliOn(debians, engine, args, { env, input: archive });
    expect(packed.exitCode, packed.stderr).toBe(0);
    expect(packed.stderr).toContain('from an archive');
    const lone = await cliOn(debians, engine, args, { env, input: 'FROM busybox\nRUN echo alone\n' });
    expect(lone.exitCode, lone.stderr).toBe(0);
    expect(lone.stderr).toContain('alone');
    const none = await build(engine.socket, 'FROM busybox', {
      query: { version: '2', remote: 'upload-request', buildid: 'nobody' },
    });
    expect(none).toMatchObject({ status: 400, error: 'no context was sent for build nobody' });
  });
});

describe('what a client serves into a step', () => {
  it('is a secret, as a file or a variable, which stays nowhere', async () => {
    const file = put('token', 'hush-hush\n');
    put(
      'Dockerfile',
      [
        'FROM busybox',
        'RUN --mount=type=secret,id=t cat /run/secrets/t && stat -c %a:%u /run/secrets/t',
        'RUN --mount=type=secret,id=t,target=/k,mode=0440,uid=7 stat -c %a:%u /k && ! echo x > /k',
        'RUN --mount=type=secret,id=t,env=TOKEN echo "${#TOKEN} letters" > /length && ls /run/secrets || true',
        'RUN --mount=type=secret,id=none test ! -e /run/secrets/none',
      ].join('\n'),
    );
    const built = await dockerBuild(['-t', 'session/secret', '--no-cache', '--secret', `id=t,src=${file}`]);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stderr).toMatch(/hush-hush/);
    expect(built.stderr).toMatch(/(?: |^)400:0$/m);
    expect(built.stderr).toMatch(/(?: |^)440:7$/m);
    expect(await saidIn('session/secret', 'cat', '/length')).toBe('10 letters\n');
    expect((await engine.cli(['history', '--no-trunc', 'session/secret'])).stdout).not.toContain('hush');
    const left = spawnSync(
      'grep',
      ['-rl', 'hush-hush', path.join(engine.folder, 'data'), '--exclude-dir=history'],
      { encoding: 'utf8' },
    );
    expect(left.stdout).toBe('');
    expect(readdirSync(path.join(engine.execRoot, 'build'))).toEqual([]);
  });

  it('must be there when it is required', async () => {
    put('Dockerfile', 'FROM busybox\nRUN --mount=type=secret,id=none,required=true true\n');
    const failed = await dockerBuild([]);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('secret none: not found');
    put('Dockerfile', 'FROM busybox\nRUN --mount=type=ssh,required=true true\n');
    expect((await dockerBuild([])).stderr).toContain('forwards no ssh agent "default"');
    const { error } = await build(
      engine.socket,
      'FROM busybox\nRUN --mount=type=secret,id=x,required true\n',
    );
    expect(error).toBe('secret x: not found');
  });

  it('is its ssh agent', async () => {
    const place = path.join(folder, 'agent.sock');
    const agent = await startAgent(place);
    try {
      put(
        'ask.pl',
        'use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}) or die "none: $!"; print $s "\\0\\0\\0\\1\\x0b"; $s->flush; read($s, my $b, 9); print "agent said ", unpack("H*", $b), " at $ENV{SSH_AUTH_SOCK}\\n";\n',
      );
      put(
        'Dockerfile',
        'FROM debian\nCOPY ask.pl /\nRUN --mount=type=ssh perl /ask.pl\nRUN test -z "$SSH_AUTH_SOCK"\n',
      );
      const built = await dockerBuild(['--ssh', `default=${place}`]);
      expect(built.exitCode, built.stderr).toBe(0);
      // SSH_AGENT_IDENTITIES_ANSWER with no identity.
      expect(built.stderr).toContain('agent said 000000050c00000000 at /run/buildkit/ssh_agent.0');
    } finally {
      agent.close();
    }
  });
});

describe('a session', () => {
  it('ends when its build is refused before it was used: the CLI waits for that', async () => {
    put('Dockerfile', 'FROM busybox\n');
    for (let time = 0; time < 5; time++) {
      const refused = await dockerBuild(['-o', path.join(folder, 'out')]);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('(outputs) is not implemented');
    }
  });

  it('is refused in words when it is none', async () => {
    const plain = await request(engine.socket, { method: 'POST', path: '/session' });
    expect(plain).toMatchObject({ status: 400, text: '{"message":"no upgrade proto in request"}\n' });
    const { id, close } = await openSession(engine.socket, {});
    await expect(openSession(engine.socket, {}, id)).rejects.toThrow('no session: 400');
    close();
    const { error, status } = await build(engine.socket, 'FROM busybox', {
      query: { session: 'nobody', version: '2' },
    });
    expect({ error, status }).toEqual({ error: 'no active session for nobody', status: 400 });
  });

  it('may end in the middle, and the build says so', async () => {
    const { id, close } = await openSession(engine.socket, {
      '/moby.filesync.v1.FileSync/DiffCopy': async function* () {
        yield stat('Dockerfile', 100);
        close();
      },
    });
    expect((await sessionBuild(id)).error).toMatch(
      /failed to load the dockerfile of the build: the session of the client is over/,
    );
  });

  it.each([
    ['a file that climbs', [stat('../climbed', 0), end]],
    ['an absolute path', [stat('/tmp/climbed', 0), end]],
    ['a link and a file behind it', [stat('l', 0, 0x0800_01ff, '/tmp'), stat('l/climbed', 0), end]],
    ['bytes that nobody asked for', [data(7, 'x')]],
    ['more bytes than it told', [stat('Dockerfile', 3), data(0, 'FROM busybox')]],
    ['no protobuf', [Buffer.from([0xff, 0xff, 0xff])]],
    ['an end before the last file', []],
    ['an error', [packet(4, 0, Buffer.from('the disk is gone'))]],
  ])('does no harm with %s', async (_what, packets) => {
    const { id, close } = await openSession(engine.socket, {
      '/moby.filesync.v1.FileSync/DiffCopy': async function* (messages) {
        yield* packets;
        if (packets.length === 0) return;
        for await (const message of messages) if (kindOf(message) === 3) yield packet(3);
      },
    });
    const { error } = await Promise.race([
      sessionBuild(id),
      later().then(() => ({ error: 'nothing came of it' })),
    ]);
    expect(error).toMatch(/failed to load the dockerfile|Cannot locate|Error processing tar file/);
    close();
    expect(spawnSync('test', ['-e', '/tmp/climbed']).status).toBe(1);
  });

  it('gives the credential of a registry, and is not asked where it serves none', async () => {
    const asked: string[] = [];
    const methods: Record<string, SessionMethod> = {
      '/moby.filesync.v1.Auth/Credentials': async function* (messages) {
        for await (const message of messages) asked.push(new BinaryReader(message.subarray(1)).string());
        if (asked.length > 0) throw new Refusal(12, 'not served');
        yield Buffer.alloc(0);
      },
    };
    const { id, close } = await openSession(engine.socket, methods);
    const answer = await build(engine.socket, 'FROM hello-world', {
      query: { session: id, version: '2', pull: '1' },
    });
    close();
    expect(answer.error).toBeUndefined();
    expect(asked).toEqual(['registry-1.docker.io']);
  });
});

describe('dockerode', () => {
  it('builds with BuildKit and follows it', async () => {
    put('Dockerfile', 'FROM busybox\nRUN echo hello from a step\n');
    const stream = await engine.docker.buildImage(
      { context: folder, src: ['Dockerfile'] },
      { t: 'session/dockerode', version: '2' },
    );
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const follow = Reflect.get(engine.docker, 'followProgress') as (
        stream: NodeJS.ReadableStream,
        done: (error: Error | null) => void,
        progress: (event: { stream: string }) => void,
      ) => void;
      follow.call(
        engine.docker,
        stream,
        (error) => (error === null ? resolve() : reject(error)),
        (event) => lines.push(event.stream),
      );
    });
    const text = lines.join('');
    expect(text).toContain('hello from a step');
    expect(text).toMatch(/Built image: sha256:[0-9a-f]{64}/);
    expect((await engine.docker.getImage('session/dockerode').inspect()).RepoTags).toEqual([
      'session/dockerode:latest',
    ]);
  });
});

function sessionBuild(id: string): ReturnType<typeof build> {
  return build(engine.socket, '', {
    body: Buffer.alloc(0),
    query: { session: id, version: '2', remote: 'client-session' },
  });
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20_000).unref());
const end = packet(0);

/** A packet of fsutil; type, id, bytes. */
function packet(type: number, id = 0, bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(type).tag(3, WireType.Varint).uint32(id);
  return writer.tag(4, WireType.LengthDelimited).bytes(bytes).finish();
}

function data(id: number, text: string): Uint8Array {
  return packet(2, id, Buffer.from(text));
}

function stat(name: string, size: number, mode = 0o644, target = ''): Uint8Array {
  const writer = new BinaryWriter().tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.Varint).uint32(mode);
  writer.tag(5, WireType.Varint).int64(size).tag(7, WireType.LengthDelimited).string(target);
  return writer.join().finish();
}

/** The type of a packet that the engine sent. */
function kindOf(message: Buffer): number {
  const reader = new BinaryReader(message);
  reader.tag();
  return reader.int32();
}

/** An agent without a key. */
async function startAgent(place: string): Promise<Server> {
  const agent = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(Buffer.from('000000050c00000000', 'hex')));
  });
  await new Promise<void>((resolve) => agent.listen(place, resolve));
  return agent;
}
