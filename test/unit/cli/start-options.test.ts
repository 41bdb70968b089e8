import { describe, expect, it } from 'vitest';
import { parseStartOptions } from '../../../runtime/cli/start-options.ts';

describe('the start command line', () => {
  it.each([
    [[], {}, 'unix:///run/berth/berth.sock', true],
    [['--exec-root', '/tmp/e'], {}, 'unix:///tmp/e/berth.sock', true],
    [['-H', 'unix:///tmp/x.sock'], {}, 'unix:///tmp/x.sock', true],
    [['-H', 'tcp://127.0.0.1:2375'], {}, 'tcp://127.0.0.1:2375', false],
    [[], { DOCKER_HOST: 'unix:///var/run/docker.sock' }, 'unix:///var/run/docker.sock', false],
    [['--data-root', '/d'], { DOCKER_HOST: 'unix:///x' }, 'unix:///run/berth/berth.sock', true],
    [['--browser', '--no-open'], { DOCKER_HOST: '' }, 'unix:///run/berth/berth.sock', true],
  ])('%j with %j works with %s', (args, environment, url, ours) => {
    const options = parseStartOptions(args, environment);
    expect(options.endpoint.url).toBe(url);
    expect(options.ours).toBe(ours);
  });

  it('passes the engine’s options on and keeps its own', () => {
    const options = parseStartOptions(
      [
        '--browser',
        '--no-open',
        '--port',
        '8000',
        '--data-root',
        '/d',
        '--registry-mirror=http://m:1',
        '--registry-mirror',
        'http://n:2',
      ],
      {},
    );
    expect(options).toMatchObject({ browser: true, openBrowser: false, port: 8000 });
    expect(options.engineArguments).toEqual([
      '--data-root=/d',
      '--registry-mirror=http://m:1',
      '--registry-mirror=http://n:2',
    ]);
  });

  it.each([
    [['--port', '70000'], 'not a port'],
    [['--port', 'x'], 'not a port'],
    [['-H', 'unix://relative'], 'absolute path'],
    [['-H', 'ssh://host'], "not an engine's address"],
    [['--what'], 'Unknown option'],
    [['word'], 'positional'],
  ])('refuses %j', (args, words) => {
    expect(() => parseStartOptions(args, {})).toThrow(words);
  });
});
