// The Dockerfile instructions that change an image's configuration and nothing else: what `docker commit --change` takes. Parsed, not
// applied: words keep their quotes and variables, because what a variable is worth only the configuration knows.
import type { Healthcheck } from './dockerfile/healthcheck.ts';
import type { Command } from './dockerfile/instructions.ts';
import { DockerfileError } from './dockerfile/source.ts';
import { splitWords } from './dockerfile/words.ts';

export type ConfigChange =
  | { readonly instruction: 'cmd' | 'entrypoint'; readonly command: Command }
  | {
      readonly instruction: 'env' | 'label';
      readonly pairs: readonly (readonly [name: string, value: string])[];
    }
  | { readonly instruction: 'expose' | 'volume'; readonly words: readonly string[] }
  | { readonly instruction: 'user' | 'workdir' | 'stopsignal'; readonly word: string }
  | { readonly instruction: 'onbuild'; readonly trigger: string }
  | { readonly instruction: 'healthcheck'; readonly check: Healthcheck };

/** Parses lines of instructions. Throws {@link DockerfileError} in Docker's words. */
export function parseConfigChanges(text: string): ConfigChange[] {
  return logicalLines(text).map((line) => {
    const keyword = /^\S+/.exec(line)?.[0] ?? '';
    return parseChange(keyword.toLowerCase(), line.slice(keyword.length).trim());
  });
}

/** Lines that end with a backslash go on in the next; comments and empty lines are left out. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const continued = /^(.*?)\\[ \t]*$/.exec(line);
    if (continued === null) {
      lines.push((open + line).trim());
      open = '';
    } else {
      open += continued[1] ?? '';
    }
  }
  if (open.trim() !== '') lines.push(open.trim());
  return lines;
}

function parseChange(instruction: string, rest: string): ConfigChange {
  switch (instruction) {
    case 'cmd':
    case 'entrypoint':
      return { instruction, command: parseCommand(rest) };
    case 'env':
    case 'label':
      return { instruction, pairs: parsePairs(instruction, rest) };
    case 'expose':
      return { instruction, words: needed(instruction, splitWords(rest)) };
    case 'volume': {
      const words = needed(instruction, jsonWords(rest) ?? splitWords(rest));
      if (words.includes('')) throw new DockerfileError('VOLUME specified can not be an empty string');
      return { instruction, words };
    }
    case 'user':
    case 'workdir':
    case 'stopsignal':
      if (rest === '') throw exactlyOne(instruction);
      return { instruction, word: rest };
    case 'onbuild':
      return { instruction, trigger: checkTrigger(rest) };
    case 'healthcheck':
      return { instruction, check: parseHealthcheck(rest) };
    default:
      throw new DockerfileError(`${instruction} is not a valid change command`);
  }
}

function exactlyOne(instruction: string): DockerfileError {
  return new DockerfileError(`${instruction.toUpperCase()} requires exactly one argument`);
}

function needed(instruction: string, words: readonly string[]): readonly string[] {
  if (words.length > 0) return words;
  throw new DockerfileError(`${instruction.toUpperCase()} requires at least one argument`);
}

/** `["a", "b"]`; anything else, also broken JSON, is for the shell. */
function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const words: unknown[] = Array.isArray(value) ? value : [0];
    return words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}

function parseCommand(rest: string): Command {
  const words = jsonWords(rest);
  return words === undefined ? { shell: rest } : { words };
}

/** `a=b c="d e"`, or the old form `a all the rest`. */
function parsePairs(instruction: string, rest: string): (readonly [string, string])[] {
  const words = splitWords(rest);
  const first = words[0];
  if (first === undefined) {
    throw new DockerfileError(`${instruction.toUpperCase()} requires at least one argument`);
  }
  if (!first.includes('=')) {
    const value = rest.slice(first.length).trim();
    if (value === '') throw new DockerfileError(`${instruction.toUpperCase()} must have two arguments`);
    return [[first, value]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      throw new DockerfileError(
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      );
    }
    if (equals === 0) throw new DockerfileError(`${instruction.toUpperCase()} names can not be blank`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function checkTrigger(rest: string): string {
  const trigger = /^\S+/.exec(rest)?.[0]?.toUpperCase();
  if (trigger === undefined) throw new DockerfileError('ONBUILD requires at least one argument');
  if (trigger === 'ONBUILD') {
    throw new DockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger === 'FROM' || trigger === 'MAINTAINER') {
    throw new DockerfileError(`${trigger} isn't allowed as an ONBUILD trigger`);
  }
  return rest;
}

function parseHealthcheck(rest: string): Healthcheck {
  const flags = new Map<string, string>();
  let text = rest;
  for (
    let flag = /^--([a-z-]+)=(\S*)\s*/.exec(text);
    flag !== null;
    flag = /^--([a-z-]+)=(\S*)\s*/.exec(text)
  ) {
    const [whole, name = '', value = ''] = flag;
    if (!['interval', 'timeout', 'start-period', 'start-interval', 'retries'].includes(name)) {
      throw new DockerfileError(`unknown flag: ${name}`);
    }
    flags.set(name, value);
    text = text.slice(whole.length);
  }
  const type = /^\S+/.exec(text)?.[0] ?? '';
  const command = text.slice(type.length).trim();
  if (type === '') throw new DockerfileError('HEALTHCHECK requires at least one argument');
  if (type.toUpperCase() === 'NONE') {
    if (command !== '') throw new DockerfileError('HEALTHCHECK NONE takes no arguments');
    return 'none';
  }
  if (type.toUpperCase() !== 'CMD') {
    throw new DockerfileError(`Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`);
  }
  if (command === '') throw new DockerfileError('Missing command after HEALTHCHECK CMD');
  const duration = (name: string): number => goDuration(name, flags.get(name));
  const retries = flags.get('retries') ?? '0';
  if (!/^\d{1,9}$/.test(retries)) {
    throw new DockerfileError(`strconv.ParseInt: parsing ${JSON.stringify(retries)}: invalid syntax`);
  }
  return {
    command: parseCommand(command),
    interval: duration('interval'),
    timeout: duration('timeout'),
    startPeriod: duration('start-period'),
    startInterval: duration('start-interval'),
    retries: Number(retries),
  };
}

/** Go's durations, `1m30s`, in nanoseconds. */
function goDuration(name: string, text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const units = new Map([
    ['h', 3_600e9],
    ['m', 60e9],
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
    ['ns', 1],
  ]);
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|ns))+$/.test(text)) {
    throw new DockerfileError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|ns)/g)) {
    total += Number(amount) * (units.get(unit ?? '') ?? 0);
  }
  if (total < 1e6) throw new DockerfileError(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
  return Math.round(total);
}
