// The worker's job seccomp: what it refuses, and that the kernel would give each call the verdict that the profile means. The
// filters run here, instruction by instruction, against the rules themselves.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { allCapabilities, defaultCapabilities } from '../../../runtime/engine/containers/capabilities.ts';
import { defaultSeccompProfile } from '../../../runtime/engine/containers/seccomp-filter.ts';
import type { SeccompProfile } from '../../../runtime/engine/containers/seccomp-profile.ts';
import { randomNumbers } from '../../fixtures/random-numbers.ts';
import { makeProgram } from './make-program.ts';
import { runWorker, yardForEach } from './worker-driver.ts';

let worker = '';
beforeAll(() => {
  worker = makeProgram('worker', 'plain');
});

const yard = yardForEach();

const out = (): string => path.join(yard.dest, 'f.bpf');
const compile = (profile: unknown): ReturnType<typeof runWorker> =>
  runWorker(worker, ['seccomp', '--out', out()], Buffer.from(JSON.stringify(profile)));

it.each([
  ['text that is not JSON', 'nonsense'],
  ['an unknown action', { defaultAction: 'SCMP_ACT_HOPE' }],
  ['an action that needs a listener', { defaultAction: 'SCMP_ACT_NOTIFY' }],
  ['an unknown architecture', { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_Z80'] }],
  ['a rule without names', { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ action: 'SCMP_ACT_ALLOW' }] }],
])('refuses %s and leaves no file', async (_, profile) => {
  expect((await compile(profile)).result).toBe('EINVAL');
  expect(readdirSync(yard.dest)).toEqual([]);
});

it('compiles a profile into instructions that the kernel takes', async () => {
  const outcome = await compile({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: [process.arch === 'arm64' ? 'SCMP_ARCH_AARCH64' : 'SCMP_ARCH_X86_64'],
    syscalls: [
      { names: ['read', 'write', 'no_such_call'], action: 'SCMP_ACT_ALLOW' },
      {
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [0, 8].map((value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' })),
      },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ],
  });
  expect(outcome.lines).toEqual([{ ok: true }]);
  expect(readdirSync(yard.dest)).toEqual(['f.bpf']);
  const filter = readFileSync(out());
  expect(filter.length).toBeGreaterThan(0);
  expect(filter.length % 8).toBe(0);
  // Every way through it ends with a return.
  const isReturn = (at: number): boolean => (filter.readUInt16LE(at) & 7) === 6;
  expect(isReturn(filter.length - 8)).toBe(true);
});

interface Call {
  /** The kernel's AUDIT_ARCH. */
  readonly architecture: number;
  readonly number: number;
  readonly args: readonly bigint[];
}

/** What the kernel's SECCOMP_RET_ values are called in profiles. */
const actions: ReadonlyMap<number, string> = new Map([
  [0x7fff, 'SCMP_ACT_ALLOW'],
  [0x7ffc, 'SCMP_ACT_LOG'],
  [0x0003, 'SCMP_ACT_TRAP'],
  [0x0005, 'SCMP_ACT_ERRNO'],
  [0x8000, 'SCMP_ACT_KILL_PROCESS'],
  [0x0000, 'SCMP_ACT_KILL'],
]);

/** Runs a compiled filter as the kernel does: classic BPF over struct seccomp_data, jumps forwards only. */
function verdict(filter: Buffer, call: Call): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture, 4);
  call.args.forEach((value, index) => data.writeBigUInt64LE(value, 16 + 8 * index));
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [yes, no, k] = [filter.readUInt8(at + 2), filter.readUInt8(at + 3), filter.readUInt32LE(at + 4)];
    const jump = (holds: boolean): void => void (at += 8 * (holds ? yes : no));
    switch (filter.readUInt16LE(at)) {
      case 0x06: {
        const name = actions.get(k >>> 16) ?? `action ${String(k >>> 16)}`;
        return name === 'SCMP_ACT_ERRNO' ? `${name} ${String(k & 0xffff)}` : name;
      }
      case 0x20:
        value = data.readUInt32LE(k);
        break;
      case 0x54:
        value = (value & k) >>> 0;
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x15:
        jump(value === k);
        break;
      case 0x25:
        jump(value > k);
        break;
      case 0x35:
        jump(value >= k);
        break;
      default:
        throw new Error(`no such instruction: ${filter.toString('hex', at, at + 8)}`);
    }
  }
  throw new Error('the filter has an end without a verdict');
}

const comparisons: Readonly<Record<string, (given: bigint, value: bigint, second: bigint) => boolean>> = {
  SCMP_CMP_NE: (given, value) => given !== value,
  SCMP_CMP_LT: (given, value) => given < value,
  SCMP_CMP_LE: (given, value) => given <= value,
  SCMP_CMP_EQ: (given, value) => given === value,
  SCMP_CMP_GE: (given, value) => given >= value,
  SCMP_CMP_GT: (given, value) => given > value,
  SCMP_CMP_MASKED_EQ: (given, value, second) => (given & value) === second,
};

/** What a profile says of a call by its name; undefined when no rule names it. */
function meant(profile: SeccompProfile, name: string, args: readonly bigint[]): string | undefined {
  const named = profile.syscalls.filter((rule) => rule.names.includes(name));
  if (named.length === 0) return undefined;
  const rule = named.find((each) =>
    (each.args ?? []).every(({ index, op, value, valueTwo = 0 }) =>
      comparisons[op]?.(args[index] ?? 0n, BigInt(value), BigInt(valueTwo)),
    ),
  );
  const [action, code] = rule
    ? [rule.action, rule.errnoRet ?? 1]
    : [profile.defaultAction, profile.defaultErrnoRet];
  return action === 'SCMP_ACT_ERRNO' ? `${action} ${String(code)}` : action;
}

/** The kernel's own names and numbers of calls: the headers that the native programs were built with. */
function callsOf(header: string): Map<string, number> {
  const text = readFileSync(`/usr/include/x86_64-linux-gnu/asm/unistd_${header}.h`, 'utf8');
  const x32 = header === 'x32' ? 0x40000000 : 0;
  return new Map(
    [...text.matchAll(/^#define __NR_(\w+) (?:\(__X32_SYSCALL_BIT \+ )?(\d+)/gm)].map(([, name, number]) => [
      name ?? '',
      Number(number) + x32,
    ]),
  );
}

/** Values at which a rule of a profile may change its mind, each as every argument. */
function argumentsFor(profile: SeccompProfile): bigint[][] {
  const edges = profile.syscalls.flatMap(({ args = [] }) =>
    args.flatMap(({ value, valueTwo = 0 }) => [value, value + 1, value - 1, valueTwo, value + valueTwo]),
  );
  return [...new Set([0, 1, 0xffffffff, ...edges])]
    .filter((value) => value >= 0)
    .map((value) => new Array<bigint>(6).fill(BigInt(value)));
}

describe.skipIf(process.arch !== 'x64')('the kernel’s verdicts (x86_64’s numbers)', () => {
  /** With the bits of an argument that a program of the architecture can give. */
  const architectures = [
    ['64', 0xc000003e, 64],
    ['32', 0x40000003, 32],
    ['x32', 0xc000003e, 32],
  ] as const;
  /** ENOSYS: what calls get that are newer than all that the profile knows. */
  const unknown = 'SCMP_ACT_ERRNO 38';

  it.each([
    ['an ordinary container', defaultCapabilities],
    ['one that may do everything', allCapabilities],
    ['one that may do nothing', []],
  ])('are those of the default profile, for %s', async (_, capabilities) => {
    const profile = defaultSeccompProfile('x64', capabilities);
    if (profile === undefined) throw new Error('there is no profile');
    expect((await compile(profile)).lines).toEqual([{ ok: true }]);
    const filter = readFileSync(out());
    // libseccomp's own has three times as many.
    expect(filter.length / 8).toBeLessThan(450);
    const tries = argumentsFor(profile);
    const wrong: string[] = [];
    for (const [header, architecture, bits] of architectures) {
      const calls = callsOf(header);
      expect(calls.size).toBeGreaterThan(300);
      for (const [name, number] of calls) {
        for (const args of tries.filter((all) => all.every((each) => each < 2n ** BigInt(bits)))) {
          const given = verdict(filter, { architecture, number, args });
          const wanted = meant(profile, name, args) ?? 'SCMP_ACT_ERRNO 1';
          if (given !== wanted) wrong.push(`${header} ${name}(${String(args[0])}): ${given}, not ${wanted}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    const [args = []] = tries;
    expect(verdict(filter, { architecture: 0xc000003e, number: 9999, args })).toBe(unknown);
    expect(verdict(filter, { architecture: 0xc00000b7, number: 0, args })).toBe('SCMP_ACT_KILL');
  });

  it('are those of profiles made at random', async () => {
    const below = randomNumbers(20_261_126);
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
    const calls = callsOf('64');
    const known = [...calls.keys()].filter((name) => (calls.get(name) ?? 0) < 400);
    const wrong: string[] = [];
    for (let round = 0; round < 8; round++) {
      const free = new Set(known);
      const take = (): string => {
        const name = pick([...free]);
        free.delete(name);
        return name;
      };
      const defaultAction = pick(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_TRAP']);
      const profile: SeccompProfile = {
        defaultAction,
        defaultErrnoRet: 1 + below(100),
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: Array.from({ length: below(80) }, () => ({
          names: Array.from({ length: 1 + below(4) }, take),
          action: pick(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_LOG', 'SCMP_ACT_KILL_PROCESS']),
          errnoRet: 1 + below(100),
          // Several conditions on one argument would be alternatives.
          args: [0, 1, 2].slice(0, below(4)).map((index) => ({
            index,
            op: pick(Object.keys(comparisons)),
            value: pick([5, 7, 0xffff, 0xffffffff, 0x1_0000_0005]),
            valueTwo: pick([0, 1, 4]),
          })),
        })),
      };
      expect((await compile(profile)).result).toBe('ok');
      const filter = readFileSync(out());
      const tries = argumentsFor(profile);
      const highest = Math.max(
        ...profile.syscalls.flatMap(({ names }) => names.map((name) => calls.get(name) ?? 0)),
      );
      for (const [name, number] of calls) {
        const standard =
          number > highest && defaultAction !== 'SCMP_ACT_ALLOW' && highest >= 0
            ? unknown
            : defaultAction === 'SCMP_ACT_ERRNO'
              ? `${defaultAction} ${String(profile.defaultErrnoRet)}`
              : defaultAction;
        for (const args of tries) {
          const given = verdict(filter, { architecture: 0xc000003e, number, args });
          const wanted = meant(profile, name, args) ?? standard;
          if (given !== wanted) wrong.push(`${name}(${String(args[0])}): ${given}, not ${wanted}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
