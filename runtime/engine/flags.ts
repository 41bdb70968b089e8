// dockerd's option names to an engine's config, from the command line and from daemon.json. What is not known is an
// error, and so is a name that both give: nothing is quietly ignored.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultDataRoot, defaultExecRoot, type EngineConfig } from './config.ts';
import { EngineError, messageOf } from './errors.ts';
import { logLevels } from './log.ts';

const defaultConfigFile = '/etc/berth/daemon.json';

const options = {
  'data-root': { type: 'string' },
  'exec-root': { type: 'string' },
  host: { type: 'string', short: 'H', multiple: true },
  'registry-mirror': { type: 'string', multiple: true },
  'insecure-registry': { type: 'string', multiple: true },
  bip: { type: 'string' },
  'log-level': { type: 'string', short: 'l' },
  debug: { type: 'boolean', short: 'D' },
  'config-file': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What `berthd --help` prints. */
export const usage = `Usage: berthd [OPTIONS]

Runs Berth's container engine in the foreground. SIGTERM and SIGINT stop it; containers go on.

  --data-root DIR            Images, layers and containers (default ${defaultDataRoot})
  --exec-root DIR            State of this boot (default ${defaultExecRoot})
  -H, --host unix://PATH     Where the API listens, may be repeated (default unix://EXEC-ROOT/berth.sock)
  --registry-mirror URL      A mirror of Docker Hub, may be repeated
  --insecure-registry HOST   A registry over plain HTTP or with an unknown certificate, may be repeated
  --bip ADDRESS/BITS         Address of the default bridge
  -l, --log-level LEVEL      ${logLevels.join(', ')} (default info)
  -D, --debug                The same as --log-level debug
  --config-file FILE         The same options as JSON (default ${defaultConfigFile}, if it is there)
  -v, --version              Print the version
  -h, --help                 Print this
`;

const strings = z.array(z.string());

/** daemon.json, with dockerd's names. */
const fileSchema = z
  .object({
    'data-root': z.string(),
    'exec-root': z.string(),
    hosts: strings,
    'registry-mirrors': strings,
    'insecure-registries': strings,
    bip: z.string(),
    'log-level': z.string(),
    debug: z.boolean(),
  })
  .partial()
  .strict();
type FileConfig = z.infer<typeof fileSchema>;

/** Names that the file has in the plural. */
const flagOf: ReadonlyMap<string, keyof typeof options> = new Map([
  ['hosts', 'host'],
  ['registry-mirrors', 'registry-mirror'],
  ['insecure-registries', 'insecure-registry'],
  ['data-root', 'data-root'],
  ['exec-root', 'exec-root'],
  ['bip', 'bip'],
  ['log-level', 'log-level'],
  ['debug', 'debug'],
]);

export type ParsedFlags =
  | { readonly kind: 'run'; readonly config: EngineConfig }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** Parses a command line without program and script. Throws `invalid` with a sentence for a person. */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const flags = parseCommandLine(args);
  if (flags.help === true) return { kind: 'help' };
  if (flags.version === true) return { kind: 'version' };
  const file = readConfigFile(flags['config-file']);
  const both = Object.keys(file).filter((name) => {
    const flag = flagOf.get(name);
    return flag !== undefined && flags[flag] !== undefined;
  });
  if (both.length > 0) {
    throw new EngineError(
      'invalid',
      `the following directives are specified both as a flag and in the configuration file: ${both.join(', ')}`,
    );
  }
  const execRoot = folder('exec-root', flags['exec-root'] ?? file['exec-root'] ?? defaultExecRoot);
  const hosts = flags.host ?? file.hosts ?? [`unix://${path.join(execRoot, 'berth.sock')}`];
  return {
    kind: 'run',
    config: {
      dataRoot: folder('data-root', flags['data-root'] ?? file['data-root'] ?? defaultDataRoot),
      execRoot,
      hosts: hosts.map(unixHost),
      registryMirrors: (flags['registry-mirror'] ?? file['registry-mirrors'] ?? []).map(mirror),
      insecureRegistries: (flags['insecure-registry'] ?? file['insecure-registries'] ?? []).map(insecure),
      bip: bridgeAddress(flags.bip ?? file.bip),
      logLevel: logLevel(
        (flags.debug ?? file.debug) === true ? 'debug' : (flags['log-level'] ?? file['log-level']),
      ),
    },
  };
}

function parseCommandLine(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const reason = messageOf(error).split('. To specify')[0] ?? '';
    throw new EngineError('invalid', `${reason}\nSee 'berthd --help'.`, { cause: error });
  }
}

function readConfigFile(named: string | undefined): FileConfig {
  const file = named ?? defaultConfigFile;
  if (named === undefined && !existsSync(file)) return {};
  const refuse = (reason: string, cause?: unknown) =>
    new EngineError('invalid', `unable to configure berthd with file ${file}: ${reason}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse(messageOf(error), error);
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  );
  if (unknown.length > 0) {
    throw refuse(`the following directives don't match any configuration option: ${unknown.join(', ')}`);
  }
  const issue = parsed.error.issues[0];
  throw refuse(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function folder(name: string, value: string): string {
  if (value === '') throw new EngineError('invalid', `--${name} needs a folder`);
  return path.resolve(value);
}

function unixHost(host: string): string {
  const [, file] = /^unix:\/\/(\/.+)$/.exec(host) ?? [];
  if (file === undefined) {
    throw new EngineError(
      'invalid',
      `invalid host ${JSON.stringify(host)}: only unix:///path is served; TCP needs TLS with client certificates, which is not implemented yet`,
    );
  }
  // sun_path has 108 bytes with its final NUL.
  if (Buffer.byteLength(file) > 107) {
    throw new EngineError(
      'invalid',
      `invalid host ${JSON.stringify(host)}: the path is longer than 107 bytes`,
    );
  }
  return `unix://${path.resolve(file)}`;
}

function mirror(value: string): string {
  let url: URL;
  try {
    url = new URL(value);
  } catch (error) {
    throw new EngineError('invalid', `invalid mirror: ${JSON.stringify(value)} is not a valid URI`, {
      cause: error,
    });
  }
  const refuse = (reason: string) => new EngineError('invalid', `invalid mirror: ${reason}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(
      `unsupported scheme ${JSON.stringify(url.protocol.slice(0, -1))} in ${JSON.stringify(value)}`,
    );
  }
  if (url.search !== '' || url.hash !== '') throw refuse(`query or fragment in ${JSON.stringify(value)}`);
  if (url.username !== '' || url.password !== '') throw refuse('username and password are not allowed in it');
  return url.href.replace(/\/$/, '');
}

function insecure(value: string): string {
  if (/^\w+:\/\//.test(value)) {
    throw new EngineError(
      'invalid',
      `insecure registry ${value} should not contain '://'; give its host and port only`,
    );
  }
  // dockerd takes networks too (10.0.0.0/8); only hosts are compared here.
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(value)) {
    throw new EngineError('invalid', `insecure registry ${JSON.stringify(value)} is not host[:port]`);
  }
  return value;
}

function bridgeAddress(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(value) ?? [];
  const valid = address.split('.').every((part) => part !== '' && Number(part) <= 255);
  if (!valid || bits === '' || Number(bits) > 30) {
    throw new EngineError(
      'invalid',
      `invalid bip ${JSON.stringify(value)}: an IPv4 address with its prefix is needed`,
    );
  }
  return value;
}

function logLevel(value: string | undefined): EngineConfig['logLevel'] {
  const level = logLevels.find((known) => known === (value ?? 'info'));
  if (level === undefined) {
    throw new EngineError(
      'invalid',
      `invalid logging level: ${value ?? ''}: one of ${logLevels.join(', ')} is needed`,
    );
  }
  return level;
}
