// An image's configuration from a container's: the instructions of `docker commit --change` applied, and what they left open taken from
// the container. Pure.
import path from 'node:path';
import { parseConfigChanges, type ConfigChange } from '../../syntax/config-changes.ts';
import type { Command } from '../../syntax/dockerfile/instructions.ts';
import { DockerfileError } from '../../syntax/dockerfile/source.ts';
import { expandWord } from '../../syntax/dockerfile/words.ts';
import { EngineError } from '../errors.ts';
import { untrustedMap, type ContainerConfig } from '../types.ts';
import { parsePort } from './port-bindings.ts';

type Empty = Record<string, never>;

/** Applies instructions, each on a line of its own or several in one text. Throws invalid in Docker's words. */
export function changedConfig(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  try {
    let commandSet = false;
    let result = config;
    for (const change of parseConfigChanges(changes.join('\n'))) {
      result = applyChange(result, change, commandSet);
      commandSet ||= change.instruction === 'cmd';
    }
    return result;
  } catch (error) {
    if (error instanceof DockerfileError) throw new EngineError('invalid', error.message, { cause: error });
    throw error;
  }
}

function applyChange(config: ContainerConfig, change: ConfigChange, commandSet: boolean): ContainerConfig {
  const expand = (word: string): string => expandWord(word, (name) => valueOf(config.Env, name));
  switch (change.instruction) {
    case 'cmd':
      return { ...config, Cmd: commandWords(config, change.command) };
    case 'entrypoint':
      return {
        ...config,
        Entrypoint: commandWords(config, change.command),
        // The old command was meant for the old entrypoint.
        Cmd: commandSet ? config.Cmd : null,
      };
    case 'env': {
      // Every value sees the variables as they were before the line.
      const pairs = change.pairs.map(([name, value]) => [expand(name), expand(value)] as const);
      return { ...config, Env: pairs.reduce(withVariable, config.Env) };
    }
    case 'label':
      return {
        ...config,
        Labels: untrustedMap([
          ...Object.entries(config.Labels),
          ...change.pairs.map(([name, value]): [string, string] => [expand(name), expand(value)]),
        ]),
      };
    case 'expose':
      return {
        ...config,
        ExposedPorts: withKeys(config.ExposedPorts, change.words.map(expand).flatMap(ports)),
      };
    case 'volume':
      return { ...config, Volumes: withKeys(config.Volumes, change.words.map(expand)) };
    case 'user':
      return { ...config, User: expand(change.word) };
    case 'workdir':
      return { ...config, WorkingDir: path.posix.resolve('/', config.WorkingDir, expand(change.word)) };
    case 'stopsignal':
      return { ...config, StopSignal: expand(change.word) };
    case 'onbuild':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), change.trigger] };
    case 'healthcheck':
      return { ...config, Healthcheck: healthcheck(change.check) };
  }
}

export function healthcheck(
  check: Extract<ConfigChange, { instruction: 'healthcheck' }>['check'],
): ContainerConfig['Healthcheck'] {
  const none = { Interval: 0, Timeout: 0, StartPeriod: 0, StartInterval: 0, Retries: 0 };
  if (check === 'none') return { ...none, Test: ['NONE'] };
  return {
    Test: 'words' in check.command ? ['CMD', ...check.command.words] : ['CMD-SHELL', check.command.shell],
    Interval: check.interval,
    Timeout: check.timeout,
    StartPeriod: check.startPeriod,
    StartInterval: check.startInterval,
    Retries: check.retries,
  };
}

export function commandWords(config: ContainerConfig, command: Command): string[] {
  if ('words' in command) return [...command.words];
  const shell = config.Shell ?? ['/bin/sh', '-c'];
  return command.shell === '' ? [...shell] : [...shell, command.shell];
}

/** `80`, `80/udp`, `8000-8010/tcp`. */
export function ports(spec: string): string[] {
  const [range = '', protocol = 'tcp'] = spec.split('/');
  const [first = '', last = first] = range.split('-');
  const from = parsePort(`${first}/${protocol}`).port;
  const to = parsePort(`${last}/${protocol}`).port;
  if (to < from) throw new DockerfileError(`invalid range format for --expose: ${range}`);
  return Array.from(
    { length: to - from + 1 },
    (_, index) => `${String(from + index)}/${protocol.toLowerCase()}`,
  );
}

export function withKeys(
  map: Readonly<Record<string, Empty>>,
  keys: readonly string[],
): ContainerConfig['Volumes'] {
  return untrustedMap([...Object.entries(map), ...keys.map((key): [string, Empty] => [key, {}])]);
}

export function valueOf(env: readonly string[], name: string): string | undefined {
  return env.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

export function withVariable(env: readonly string[], [name, value]: readonly [string, string]): string[] {
  const entry = `${name}=${value}`;
  const at = env.findIndex((other) => other.startsWith(`${name}=`));
  return at < 0 ? [...env, entry] : env.with(at, entry);
}

/** What a configuration leaves open is as in the other, by Docker's rules. */
export function mergedConfig(config: ContainerConfig, other: ContainerConfig): ContainerConfig {
  const names = new Set(config.Env.map((entry) => entry.split('=')[0]));
  const bare = config.Entrypoint === null || config.Entrypoint.length === 0;
  const noCommand = config.Cmd === null || config.Cmd.length === 0;
  return {
    ...config,
    User: config.User === '' ? other.User : config.User,
    ExposedPorts: untrustedMap([
      ...Object.entries(other.ExposedPorts),
      ...Object.entries(config.ExposedPorts),
    ]),
    Env: [...config.Env, ...other.Env.filter((entry) => !names.has(entry.split('=')[0]))],
    Labels: untrustedMap([...Object.entries(other.Labels), ...Object.entries(config.Labels)]),
    Cmd: bare && noCommand ? other.Cmd : config.Cmd,
    Entrypoint: config.Entrypoint ?? other.Entrypoint,
    Healthcheck: config.Healthcheck ?? other.Healthcheck,
    WorkingDir: config.WorkingDir === '' ? other.WorkingDir : config.WorkingDir,
    Volumes: untrustedMap([...Object.entries(other.Volumes), ...Object.entries(config.Volumes)]),
    StopSignal: config.StopSignal === '' ? other.StopSignal : config.StopSignal,
  };
}
