// Published ports: from the host's loopback, from another machine, from containers; who else has them, and what Docker says.
import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { instanceNames } from '../../runtime/engine/config.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;

const cli = async (...args: string[]): Promise<string> => {
  const result = await engine.cli(args);
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};
const failing = async (...args: string[]) => (await engine.cli(args)).stderr.trim();
const idle = ['busybox', 'sleep', '1000'];
/** Starts a container that runs a shell command. */
const serve = async (name: string, options: readonly string[], script: string) =>
  await cli('run', '-d', '--name', name, ...options, 'busybox', 'sh', '-c', script);
/** Answers each connection to these ports with a word. */
const web = (word: string, ...ports: number[]) =>
  `${ports.map((port) => `(while true; do echo ${word} | nc -l -p ${String(port)} >/dev/null; done) &`).join(' ')} wait`;

/** What a TCP client gets; empty when nobody answers. Asks again for a while: the server may just be starting. */
async function ask(where: 'host' | 'world', host: string, port: number, tries = 50): Promise<string> {
  const enter = where === 'host' ? engine.run : engine.machine.runInWorld;
  const connect = `exec 3<>/dev/tcp/${host}/${String(port)} && head -n1 <&3`;
  const loop = `for i in $(seq ${String(tries)}); do timeout 2 bash -c "$1" && exit; sleep 0.1; done`;
  return (await enter(['bash', '-c', loop, 'bash', connect])).stdout.trim();
}

beforeAll(async () => {
  engine = await startEngine();
  await engine.run(['ip', 'address', 'add', '2001:db8::2/64', 'dev', 'uplink', 'nodad']);
  await engine.machine.runInWorld(['ip', 'address', 'add', '2001:db8::1/64', 'dev', 'wire', 'nodad']);
  await warmUp(engine);
});
afterEach(async () => {
  await removeContainers(engine.docker);
  await cli('network', 'prune', '-f');
  await engine.leakCheck();
});
afterAll(() => engine.stop());

describe('a TCP port', () => {
  it('is published on every address of both families, and shown so', async () => {
    await serve('web', ['-p', '8080:80'], web('hello', 80));
    expect(await cli('port', 'web')).toMatch(/^80\/tcp -> 0\.0\.0\.0:8080\n80\/tcp -> (\[::\]|::):8080$/);
    const { NetworkSettings } = await engine.docker.getContainer('web').inspect();
    expect(NetworkSettings.Ports).toEqual({
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
    });
    expect(await ask('host', '127.0.0.1', 8080)).toBe('hello');
    expect(await ask('host', '::1', 8080)).toBe('hello');
    expect(await ask('host', engine.machine.address, 8080)).toBe('hello');
    expect(await ask('world', engine.machine.address, 8080)).toBe('hello');
    // The container has no IPv6: the monitor goes there by IPv4.
    expect(await ask('world', '2001:db8::2', 8080)).toBe('hello');
  });

  it('is published on the addresses that were named and on no other', async () => {
    await serve(
      'web',
      ['-p', '127.0.0.1:82:80', '-p', `${engine.machine.address}:83:80`, '-p', '[::1]:84:80'],
      web('hello', 80),
    );
    expect(await ask('host', '127.0.0.1', 82)).toBe('hello');
    expect(await ask('host', '::1', 84)).toBe('hello');
    expect(await ask('world', engine.machine.address, 83)).toBe('hello');
    expect(await ask('world', engine.machine.address, 82, 1)).toBe('');
    expect(await ask('world', '2001:db8::2', 84, 1)).toBe('');
    expect(await ask('host', '127.0.0.1', 83, 1)).toBe('');
  });

  it('goes to an IPv6 address of a container, also from a container of its own network', async () => {
    await cli('network', 'create', '--ipv6', '--subnet', 'fd00:7::/64', 'six');
    // Both families at once: busybox listens at [::] then.
    await serve('web', ['--network', 'six', '-p', '8080:80'], web('six', 80));
    expect(await ask('host', '::1', 8080)).toBe('six');
    expect(await ask('world', '2001:db8::2', 8080)).toBe('six');
    const rules = await engine.run(['nft', 'list', 'ruleset']);
    expect(rules.stdout).toMatch(/tcp \. 8080 : fd00:7::[0-9a-f]+ \. 80/);
    const hairpin = (host: string) => cli('exec', 'web', 'sh', '-c', `nc -w 5 ${host} 8080 </dev/null`);
    expect(await hairpin('2001:db8::2')).toBe('six');
    expect(await hairpin(engine.machine.address)).toBe('six');
  });

  it('is one of a range that is free', async () => {
    await cli('run', '-d', '--name', 'first', '-p', '8000-8002:80', '-p', '7000-7002:7000-7002', ...idle);
    expect(await cli('port', 'first', '80')).toContain('0.0.0.0:8000');
    expect(await cli('port', 'first', '7001')).toContain('0.0.0.0:7001');
    await cli('run', '-d', '--name', 'second', '-p', '8000-8001:80', ...idle);
    expect(await cli('port', 'second', '80')).toContain('0.0.0.0:8001');
    expect(await failing('run', '-d', '--name', 'third', '-p', '8000-8001:80', ...idle)).toContain('in use');
    await cli('run', '-d', '--name', 'free', '-p', '80', '-p', '80/udp', '--expose', '81', '-P', ...idle);
    const { Ports } = (await engine.docker.getContainer('free').inspect()).NetworkSettings;
    for (const key of ['80/tcp', '80/udp', '81/tcp']) {
      const [four, six] = Ports[key] ?? [];
      expect(four?.HostPort).toMatch(/^[1-9]\d{3,4}$/);
      expect(six).toEqual({ HostIp: '::', HostPort: four?.HostPort });
    }
  });

  it("is refused in Docker's words when somebody has it", async () => {
    await cli('run', '-d', '--name', 'first', '-p', '8080:80', '-p', '127.0.0.1:82:80', ...idle);
    const start = async (...ports: string[]) => {
      const said = await failing(
        'run',
        '--rm',
        '--name',
        'other',
        ...ports.flatMap((port) => ['-p', port]),
        ...idle,
      );
      return said
        .replace(/^.*endpoint other \([0-9a-f]*\): /, '')
        .split('\n')[0]
        ?.replace(/\.$/, '');
    };
    expect(await start('8080:80')).toBe('Bind for 0.0.0.0:8080 failed: port is already allocated');
    expect(await start('8090:80', '8090:81')).toBe('Bind for 0.0.0.0:8090 failed: port is already allocated');
    expect(await start('82:80')).toBe(
      'Error starting userland proxy: listen tcp4 0.0.0.0:82: bind: address already in use',
    );
    expect(await start('[::1]:8080:80')).toBe(
      'Error starting userland proxy: listen tcp6 [::1]:8080: bind: address already in use',
    );
    expect(await start('192.0.2.1:8085:80')).toBe(
      'Error starting userland proxy: listen tcp4 192.0.2.1:8085: bind: cannot assign requested address',
    );
    expect(await start('9000:80/sctp')).toBe('Error starting userland proxy: protocol not supported');
    // Another protocol is another port.
    await cli('run', '-d', '--name', 'second', '-p', '8080:80/udp', ...idle);
  });
});

describe('the rules', () => {
  it('are put back when somebody flushes them, and containers start meanwhile', async () => {
    await cli('network', 'create', 'mine');
    await serve('web', ['-p', '8080:80'], web('hello', 80));
    // What the engine itself changes is nobody's attack.
    expect(engine.log()).not.toContain('is made anew');
    const attacks = [
      ['flush', 'ruleset'],
      ['delete', 'table', 'inet', instanceNames(engine.execRoot).nftTable],
      ['flush', 'map', 'inet', instanceNames(engine.execRoot).nftTable, 'ports'],
    ];
    for (const [index, attack] of attacks.entries()) {
      expect((await engine.run(['nft', ...attack])).stderr).toBe('');
      if (index === attacks.length - 1) break; // nothing else is done: the engine must see it by itself
      const name = `late${String(index)}`;
      await serve(name, ['-p', `${String(8090 + index)}:80`], web(name, 80));
      expect(await ask('world', engine.machine.address, 8080)).toBe('hello');
      expect(await ask('world', engine.machine.address, 8090 + index)).toBe(name);
    }
    await vi.waitFor(async () => {
      const { stdout } = await engine.run(['nft', 'list', 'ruleset']);
      for (const port of [8080, 8090, 8091]) expect(stdout).toContain(`tcp . ${String(port)} :`);
    }, 20_000);
  });
});

describe('a UDP port', () => {
  /** Sends datagrams from one socket each and collects what comes back. */
  const script = `
    const [host, port, ...words] = process.argv.slice(1);
    let missing = words.length;
    for (const word of words) {
      const socket = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.connect(Number(port), host, () => {
        const send = () => socket.send(word, () => {});
        send();
        const timer = setInterval(send, 100);
        socket.on('error', () => {});
        socket.once('message', (text) => {
          clearInterval(timer);
          console.log(word + '=' + text);
          socket.close();
          if (--missing === 0) process.exit();
        });
      });
    }
    setTimeout(() => process.exit(), 20000);`;
  /** Sends every datagram back that comes to port 53 of a container, as long as the container lives. */
  const startEcho = async (name: string, ...options: string[]) => {
    await cli('run', '-d', '--name', name, '-p', '5353:53/udp', ...options, ...idle);
    const pid = await cli('inspect', '-f', '{{.State.Pid}}', name);
    const server = `const s = require('dgram').createSocket({ type: 'udp6', ipv6Only: false });
      s.on('message', (text, from) => s.send(String(text).replace('who', '${name}'), from.port, from.address)).bind(53, '::');`;
    echoes.push(spawn('nsenter', ['-t', pid, '-n', process.execPath, '-e', server], { stdio: 'ignore' }));
    return Number(pid);
  };
  const echoes: ChildProcess[] = [];
  afterEach(() => echoes.splice(0).forEach((child) => child.kill('SIGKILL')));
  const send = async (where: 'host' | 'world', host: string, port: number, ...words: string[]) => {
    const enter = where === 'host' ? engine.run : engine.machine.runInWorld;
    const { stdout } = await enter(['node', '-e', script, host, String(port), ...words]);
    return stdout.trim().split('\n').sort().join(' ');
  };

  it('answers each client, from the address that it wrote to', async () => {
    await startEcho('echo');
    expect(await cli('port', 'echo')).toContain('53/udp -> 0.0.0.0:5353');
    expect(await send('host', '127.0.0.1', 5353, 'one', 'two', 'three')).toBe('one=one three=three two=two');
    expect(await send('host', '127.0.0.2', 5353, 'one')).toBe('one=one');
    expect(await send('host', '::1', 5353, 'one')).toBe('one=one');
    expect(await send('host', engine.machine.address, 5353, 'one')).toBe('one=one');
    expect(await send('world', engine.machine.address, 5353, 'one', 'two')).toBe('one=one two=two');
    expect(await send('world', '2001:db8::2', 5353, 'one')).toBe('one=one');
  });

  it('takes a client that never falls silent to the next container', { timeout: 90_000 }, async () => {
    await cli('network', 'create', 'elsewhere');
    await startEcho('first');
    const program = `const socket = require('dgram').createSocket('udp4');
      socket.on('error', () => {}).on('message', (name) => console.log(String(name)));
      socket.connect(5353, process.argv[1], () => setInterval(() => socket.send('who', () => {}), 20));`;
    const { enterWorld, address } = engine.machine;
    const client = spawn('setpriv', [
      ...['--pdeathsig', 'KILL', '--', ...enterWorld, process.execPath, '-e', program, address],
    ]);
    let last = '';
    client.stdout.on('data', (chunk: Buffer) => (last = chunk.toString().trim().split('\n').at(-1) ?? ''));
    try {
      await expect.poll(() => last, { timeout: 20_000 }).toBe('first');
      await cli('rm', '-f', 'first');
      // Its address is another one: what still goes to the first finds nobody.
      const pid = await startEcho('second', '--net=elsewhere');
      await expect.poll(() => last, { timeout: 20_000 }).toBe('second');
      // It ends while there is no engine to see it.
      await engine.kill('SIGKILL');
      process.kill(pid, 'SIGKILL');
      await engine.restart();
      await startEcho('third');
      await expect.poll(() => last, { timeout: 20_000 }).toBe('third');
    } finally {
      client.kill('SIGKILL');
    }
  });

  it('follows its container to another network, by the loopback too', async () => {
    await cli('network', 'create', 'elsewhere');
    await startEcho('echo', '-p', '8080:80');
    const pid = await cli('inspect', '-f', '{{.State.Pid}}', 'echo');
    const server = `require('net').createServer((socket) => socket.end('hello\\n')).listen(80, '::');`;
    echoes.push(spawn('nsenter', ['-t', pid, '-n', process.execPath, '-e', server], { stdio: 'ignore' }));
    const everywhere = async () => {
      expect(await send('host', '127.0.0.1', 5353, 'one')).toBe('one=one');
      expect(await send('host', '::1', 5353, 'one')).toBe('one=one');
      expect(await send('world', engine.machine.address, 5353, 'one')).toBe('one=one');
      for (const host of ['127.0.0.1', '::1']) expect(await ask('host', host, 8080)).toBe('hello');
    };
    await everywhere();
    await cli('network', 'connect', 'elsewhere', 'echo');
    await cli('network', 'disconnect', 'bridge', 'echo');
    await everywhere();
  });

  it('serves while the engine is down, and after it', async () => {
    await startEcho('echo');
    await serve('web', ['-p', '8080:80'], web('hello', 80));
    expect(await send('host', '127.0.0.1', 5353, 'one')).toBe('one=one');
    await engine.kill('SIGKILL');
    expect(await send('host', '127.0.0.1', 5353, 'two')).toBe('two=two');
    expect(await send('world', engine.machine.address, 5353, 'two')).toBe('two=two');
    expect(await ask('host', '127.0.0.1', 8080)).toBe('hello');
    expect(await ask('world', engine.machine.address, 8080)).toBe('hello');
    await engine.restart();
    expect(await cli('port', 'echo')).toContain('53/udp -> 0.0.0.0:5353');
    expect(await failing('run', '--rm', '-p', '5353:53/udp', ...idle)).toContain(
      'Bind for 0.0.0.0:5353 failed: port is already allocated',
    );
    await cli('rm', '-f', 'echo');
    await startEcho('again');
    expect(await send('world', engine.machine.address, 5353, 'three')).toBe('three=three');
  });
});
