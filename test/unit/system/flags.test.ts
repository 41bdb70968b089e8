// dockerd's option names, from the command line and from daemon.json.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFlags } from '../../../runtime/engine/flags.ts';
import { engineVersion } from '../../../runtime/engine/version.ts';
import manifest from '../../../package.json' with { type: 'json' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'berth-flags-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a daemon.json and returns its path. */
async function daemonJson(text: string): Promise<string> {
  const file = path.join(folder, 'daemon.json');
  await writeFile(file, text);
  return file;
}

describe("berthd's options", () => {
  it('have defaults that derive from the exec-root', () => {
    expect(parseFlags(['--exec-root', '/run/other'])).toEqual({
      kind: 'run',
      config: {
        dataRoot: '/var/lib/berth',
        execRoot: '/run/other',
        hosts: ['unix:///run/other/berth.sock'],
        registryMirrors: [],
        insecureRegistries: [],
        bip: undefined,
        logLevel: 'info',
      },
    });
  });

  it("take dockerd's names and repeat where dockerd's do", () => {
    const args =
      '--data-root=/d --exec-root /e -H unix:///a.sock --host unix:///b.sock --registry-mirror http://m:5000/ --insecure-registry r:5000 --bip 10.1.0.1/24 -D';
    expect(parseFlags(args.split(' '))).toEqual({
      kind: 'run',
      config: {
        dataRoot: '/d',
        execRoot: '/e',
        hosts: ['unix:///a.sock', 'unix:///b.sock'],
        registryMirrors: ['http://m:5000'],
        insecureRegistries: ['r:5000'],
        bip: '10.1.0.1/24',
        logLevel: 'debug',
      },
    });
  });

  it('come from daemon.json too', async () => {
    const file = await daemonJson(
      '{"data-root":"/d","registry-mirrors":["https://m"],"hosts":["unix:///x"]}',
    );
    const parsed = parseFlags(['--config-file', file]);
    expect(parsed).toMatchObject({
      config: { dataRoot: '/d', registryMirrors: ['https://m'], hosts: ['unix:///x'] },
    });
  });

  it.each([
    ['--nosuch', /Unknown option '--nosuch'/],
    ['stray', /Unexpected argument 'stray'/],
    ['-H tcp://127.0.0.1:2375', /only unix:\/\/\/path is served/],
    ['-H fd://', /only unix:\/\/\/path is served/],
    [`-H unix:///${'x'.repeat(120)}`, /longer than 107 bytes/],
    ['--registry-mirror ftp://m', /invalid mirror: unsupported scheme "ftp"/],
    ['--registry-mirror nonsense', /invalid mirror: "nonsense" is not a valid URI/],
    ['--insecure-registry http://r', /should not contain '::\/\/'|should not contain/],
    ['--insecure-registry 10.0.0.0/8', /is not host\[:port\]/],
    ['--bip 300.0.0.1/24', /invalid bip/],
    ['--bip 10.0.0.1', /invalid bip/],
    ['--log-level loud', /invalid logging level: loud/],
    ['--config-file /no/such/file', /unable to configure berthd with file \/no\/such\/file/],
  ])('refuse %s', (args, message) => {
    expect(() => parseFlags(args.split(' '))).toThrow(message);
  });

  it.each([
    ['{"nosuch":1}', "the following directives don't match any configuration option: nosuch"],
    ['{"bip":1}', 'bip: Invalid input'],
    ['{', 'unable to configure berthd with file'],
    ['{"bip":"10.0.0.1/24"}', 'specified both as a flag and in the configuration file: bip'],
  ])('refuse daemon.json %s', async (text, message) => {
    const file = await daemonJson(text);
    expect(() => parseFlags(['--config-file', file, '--bip', '10.0.0.1/24'])).toThrow(message);
  });
});

it("the engine's version is the package's", () => {
  expect(engineVersion).toBe(manifest.version);
});
