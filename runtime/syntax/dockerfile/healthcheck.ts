// HEALTHCHECK's arguments: NONE, or CMD with a command and the times.
import type { Flags } from './flags.ts';
import type { Command } from './instructions.ts';
import type { Node } from './nodes.ts';
import { DockerfileError } from './source.ts';

/** Times in nanoseconds; 0 is the default. */
export type Healthcheck =
  | 'none'
  | {
      readonly command: Command;
      readonly interval: number;
      readonly timeout: number;
      readonly startPeriod: number;
      readonly startInterval: number;
      readonly retries: number;
    };

/** Throws {@link DockerfileError} in Docker's words. */
export function parseHealthcheck(node: Node, flags: Flags): Healthcheck {
  const fail = (message: string): never => {
    throw new DockerfileError(message, node.range);
  };
  const [type, ...rest] = node.words;
  if (type === undefined) return fail('HEALTHCHECK requires at least one argument');
  const kind = type.text.toUpperCase();
  if (kind === 'NONE') return rest.length > 0 ? fail('HEALTHCHECK NONE takes no arguments') : 'none';
  if (kind !== 'CMD') return fail(`Unknown type ${JSON.stringify(kind)} in HEALTHCHECK (try CMD)`);
  if (rest.length === 0) return fail('Missing command after HEALTHCHECK CMD');
  const words = rest.map(({ text }) => text);
  const retries = flags.text('retries') === '' ? '0' : flags.text('retries');
  if (!/^-?\d{1,9}$/.test(retries)) {
    return fail(`strconv.ParseInt: parsing ${JSON.stringify(retries)}: invalid syntax`);
  }
  if (Number(retries) < 0) return fail(`--retries cannot be negative (${retries})`);
  const duration = (name: string): number => {
    const text = flags.text(name);
    const ns = text === '' ? 0 : goDuration(text);
    if (ns !== 0 && ns < 1e6) fail(`Interval ${JSON.stringify(name)} cannot be less than 1ms`);
    return ns;
  };
  return {
    command: node.json ? { words } : { shell: words.join(' ') },
    interval: duration('interval'),
    timeout: duration('timeout'),
    startPeriod: duration('start-period'),
    startInterval: duration('start-interval'),
    retries: Number(retries),
  };
}

const units: ReadonlyMap<string, number> = new Map([
  ['h', 3_600e9],
  ['m', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
]);

/** Go's durations, `1m30s`, in nanoseconds. Throws {@link DockerfileError}. */
export function goDuration(text: string): number {
  if (text === '0') return 0;
  if (!/^(?:\d{1,12}(?:\.\d+)?(?:h|ms|m|s|us|ns))+$/.test(text)) {
    throw new DockerfileError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|ns)/g)) {
    total += Number(amount) * (units.get(unit ?? '') ?? 0);
  }
  return Math.round(total);
}
