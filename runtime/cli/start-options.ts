// What `npm start -- …` understands. Options of the engine have berthd's names and are passed on to it.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findEngine, parseEndpoint, unixEndpoint, type Endpoint } from '../client/endpoint.ts';
import { defaultExecRoot } from '../engine/config.ts';

const options = {
  browser: { type: 'boolean' },
  'no-open': { type: 'boolean' },
  port: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  'data-root': { type: 'string' },
  'exec-root': { type: 'string' },
  host: { type: 'string', short: 'H', multiple: true },
  'registry-mirror': { type: 'string', multiple: true },
  'insecure-registry': { type: 'string', multiple: true },
  bip: { type: 'string' },
  'log-level': { type: 'string', short: 'l' },
} as const;

const engineOptions = [
  'data-root',
  'exec-root',
  'host',
  'registry-mirror',
  'insecure-registry',
  'bip',
  'log-level',
] as const;

/** What `npm start -- --help` prints. */
export const startUsage = `Usage: npm start -- [OPTIONS]

Starts Berth: its engine, unless one answers already, and its window. Ctrl-C ends both; containers go on.

  --browser                  Serve the window to a browser and print its address
  --no-open                  Do not open the browser
  --port PORT                Port of the browser mode on 127.0.0.1 (default: any free one)
  --data-root DIR            Images, layers and containers of the engine
  --exec-root DIR            The engine's state of this boot
  -H, --host unix://PATH     Where the engine listens, or answers already
  --registry-mirror URL      A mirror of Docker Hub, may be repeated
  --insecure-registry HOST   A registry over plain HTTP or with an unknown certificate, may be repeated
  --bip ADDRESS/BITS         Address of the default bridge
  -l, --log-level LEVEL      The engine's log level
  -h, --help                 Print this

Without an option for the engine, DOCKER_HOST names another engine to work with.
`;

/** A parsed command line. */
export interface StartOptions {
  readonly help: boolean;
  readonly browser: boolean;
  readonly openBrowser: boolean;
  readonly port: number;
  /** The engine to work with. */
  readonly endpoint: Endpoint;
  /** Whether that engine is ours to start; one that DOCKER_HOST names, or one on TCP, is not. */
  readonly ours: boolean;
  /** berthd's command line. */
  readonly engineArguments: readonly string[];
}

/** Parses the arguments after the script. Throws an Error with a sentence. */
export function parseStartOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions {
  const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  const engineArguments = engineOptions.flatMap((name) => {
    const given = values[name];
    const list = given === undefined ? [] : typeof given === 'string' ? [given] : given;
    return list.map((value) => `--${name}=${value}`);
  });
  const { endpoint, ours } = chooseEngine(values, engineArguments.length > 0, environment);
  return {
    help: values.help === true,
    browser: values.browser === true,
    openBrowser: values['no-open'] !== true,
    port: parsePort(values.port),
    endpoint,
    ours,
    engineArguments,
  };
}

function chooseEngine(
  values: { readonly host?: string[]; readonly 'exec-root'?: string },
  engineOptionsGiven: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): { endpoint: Endpoint; ours: boolean } {
  const host = values.host?.[0];
  if (host !== undefined) {
    const endpoint = parseEndpoint(host, environment);
    return { endpoint, ours: endpoint.kind === 'unix' };
  }
  if (!engineOptionsGiven && (environment['DOCKER_HOST'] ?? '') !== '') {
    return { endpoint: findEngine(environment), ours: false };
  }
  const execRoot = path.resolve(values['exec-root'] ?? defaultExecRoot);
  return { endpoint: unixEndpoint(path.join(execRoot, 'berth.sock')), ours: true };
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new Error(`--port ${text} is not a port number`);
  return port;
}
