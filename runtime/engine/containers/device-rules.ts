// Which devices a container may use, as rules: `c 1:3 rwm`. On cgroup v1 they are written to files as they are, on v2
// they become a program. Pure.
import { EngineError } from '../errors.ts';

/** The devices every container may use: Docker's default rules. */
export const defaultDeviceRules: readonly string[] = [
  'c *:* m', // mknod of anything
  'b *:* m',
  'c 1:3 rwm', // null
  'c 1:5 rwm', // zero
  'c 1:7 rwm', // full
  'c 1:8 rwm', // random
  'c 1:9 rwm', // urandom
  'c 5:0 rwm', // tty
  'c 5:1 rwm', // console
  'c 5:2 rwm', // ptmx
  'c 136:* rwm', // pts/*
];

/** A rule, taken apart; undefined stands for `*`. */
export interface DeviceRule {
  readonly type: 'b' | 'c';
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly access: string;
}

/** The numbers of devices in the kernel: 12 and 20 bits (linux/kdev_t.h). */
const maxMajor = 0xfff;
const maxMinor = 0xfffff;

/** Reads `b|c MAJOR|*:MINOR|* [rwm]+`, and `a` for both. Throws invalid in Docker's words. */
export function parseDeviceRule(text: string): DeviceRule[] {
  const [, type, major = '*', minor = '*', access = ''] =
    /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  const numberOf = (digits: string, most: number): number | undefined => {
    if (digits === '*') return undefined;
    const number = Number(digits);
    if (number > most) throw malformed(text);
    return number;
  };
  if (type === undefined) throw malformed(text);
  const rest = { major: numberOf(major, maxMajor), minor: numberOf(minor, maxMinor), access };
  // To v1's files a rule of type "a" would mean every device, whatever its numbers say.
  return type === 'b' || type === 'c'
    ? [{ type, ...rest }]
    : [
        { type: 'b', ...rest },
        { type: 'c', ...rest },
      ];
}

/** The rule as cgroup v1 takes it. */
export function deviceRuleText({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${String(major ?? '*')}:${String(minor ?? '*')} ${access}`;
}

function malformed(text: string): EngineError {
  return new EngineError('invalid', `invalid device cgroup rule format: '${text}'`);
}
