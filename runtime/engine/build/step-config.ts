// Instructions that change an image's configuration and no file: what becomes of it, and what the history says. Pure.
import path from 'node:path';
import type { Instruction } from '../../syntax/dockerfile/instructions.ts';
import { DockerfileError } from '../../syntax/dockerfile/source.ts';
import { expandWord, expandWords, type Lookup, type WordRules } from '../../syntax/dockerfile/words.ts';
import { EngineError } from '../errors.ts';
import { commandWords, healthcheck, ports, withKeys, withVariable } from '../containers/config-changes.ts';
import { parseSignal } from '../containers/signals.ts';
import { untrustedMap, type ContainerConfig } from '../types.ts';

/** Instructions that this module knows. */
export type ConfigInstruction = Extract<
  Instruction,
  {
    name:
      | 'cmd'
      | 'entrypoint'
      | 'env'
      | 'label'
      | 'expose'
      | 'volume'
      | 'user'
      | 'workdir'
      | 'stopsignal'
      | 'maintainer'
      | 'shell'
      | 'healthcheck'
      | 'onbuild';
  }
>;

/** How an instruction changes a configuration. `commandSet`: a CMD of this stage came before. */
export function configured(
  instruction: ConfigInstruction,
  config: ContainerConfig,
  lookup: Lookup,
  rules: WordRules,
  commandSet: boolean,
): { config: ContainerConfig; text: string } {
  const expand = (word: string): string => expandWord(word, lookup, rules);
  switch (instruction.name) {
    case 'cmd':
    case 'entrypoint': {
      const list = commandWords(config, instruction.command);
      const text = `${instruction.name.toUpperCase()} ${quotedList(list)}`;
      const words = list.length === 0 ? null : list;
      if (instruction.name === 'cmd') return { config: { ...config, Cmd: words }, text };
      // The old command was meant for the old entrypoint.
      return { config: { ...config, Entrypoint: words, Cmd: commandSet ? config.Cmd : null }, text };
    }
    case 'env': {
      // Every value sees the variables as they were before the line.
      const pairs = instruction.pairs.map(
        ({ name, value }) => [expand(name.text), expand(value.text)] as const,
      );
      if (pairs.some(([name]) => name === '')) throw new DockerfileError('ENV names can not be blank');
      return {
        config: { ...config, Env: pairs.reduce(withVariable, config.Env) },
        text: `ENV ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`,
      };
    }
    case 'label': {
      const pairs = instruction.pairs.map(({ name, value }): [string, string] => [
        expand(name.text),
        expand(value.text),
      ]);
      return {
        config: { ...config, Labels: untrustedMap([...Object.entries(config.Labels), ...pairs]) },
        text: `LABEL ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`,
      };
    }
    case 'expose': {
      // In the order of what is written, as Docker's history has them.
      const written = instruction.words.map(({ text }) => text).sort();
      const words = written.flatMap((text) => expandWords(text, lookup, rules));
      const keys = words.flatMap((word) => {
        try {
          return ports(word);
        } catch (cause) {
          throw new EngineError('invalid', `Invalid containerPort: ${word.split('/')[0] ?? ''}`, { cause });
        }
      });
      return {
        config: { ...config, ExposedPorts: withKeys(config.ExposedPorts, keys) },
        text: `EXPOSE ${words.join(' ')}`,
      };
    }
    case 'volume': {
      const words = instruction.words.map(({ text }) => expand(text));
      if (words.includes('')) throw new DockerfileError('VOLUME specified can not be an empty string');
      return {
        config: { ...config, Volumes: withKeys(config.Volumes, words) },
        text: `VOLUME [${words.join(' ')}]`,
      };
    }
    case 'user': {
      const User = expand(instruction.word.text);
      return { config: { ...config, User }, text: `USER ${User}` };
    }
    case 'workdir': {
      const WorkingDir = path.posix.resolve('/', config.WorkingDir, expand(instruction.word.text));
      return { config: { ...config, WorkingDir }, text: `WORKDIR ${WorkingDir}` };
    }
    case 'stopsignal': {
      const StopSignal = expand(instruction.word.text);
      parseSignal(StopSignal);
      return { config: { ...config, StopSignal }, text: `STOPSIGNAL ${StopSignal}` };
    }
    case 'maintainer':
      return { config, text: `MAINTAINER ${instruction.word.text}` };
    case 'shell':
      return {
        config: { ...config, Shell: [...instruction.words] },
        text: `SHELL [${instruction.words.join(' ')}]`,
      };
    case 'healthcheck': {
      const Healthcheck = healthcheck(instruction.check);
      return { config: { ...config, Healthcheck }, text: instruction.text };
    }
    case 'onbuild':
      return {
        config: { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] },
        text: `ONBUILD ${instruction.trigger}`,
      };
  }
}

/** Go's `%q` of a list of strings. */
export function quotedList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}
