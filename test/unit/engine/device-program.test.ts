// Device rules and the program they become. The program is run here by a small machine of its own, instruction by
// instruction, so that it is known to decide as the rules say; that the kernel takes it is tried in spawn's tests.
import { describe, expect, it } from 'vitest';
import { deviceProgram } from '../../../runtime/engine/containers/device-program.ts';
import {
  defaultDeviceRules,
  deviceRuleText,
  parseDeviceRule,
} from '../../../runtime/engine/containers/device-rules.ts';

const access = { m: 1, r: 2, w: 4 } as const;
const types = { b: 1, c: 2 } as const;

/** Runs a program for one question; throws at an opcode it does not know or a jump out of it. */
function ask(program: Buffer, type: 'b' | 'c', major: number, minor: number, letters: string): boolean {
  const wanted = [...letters].reduce((bits, letter) => bits | access[letter as keyof typeof access], 0);
  const context = Buffer.alloc(12);
  context.writeUInt32LE(((wanted << 16) | types[type]) >>> 0, 0);
  context.writeUInt32LE(major, 4);
  context.writeUInt32LE(minor, 8);
  const registers = new Map<number, number>([[1, 0]]);
  const get = (register: number): number => {
    const value = registers.get(register);
    if (value === undefined) throw new Error(`r${String(register)} is read before it is written`);
    return value;
  };
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt8(at * 8);
    const to = program.readUInt8(at * 8 + 1) & 0xf;
    const from = program.readUInt8(at * 8 + 1) >> 4;
    const offset = program.readInt16LE(at * 8 + 2);
    const value = program.readInt32LE(at * 8 + 4);
    if (code === 0x61) registers.set(to, context.readUInt32LE(get(from) + offset));
    else if (code === 0xb7) registers.set(to, value);
    else if (code === 0xbc) registers.set(to, get(from));
    else if (code === 0x54) registers.set(to, get(to) & value);
    else if (code === 0x74) registers.set(to, get(to) >>> value);
    else if (code === 0x55) at += get(to) === value ? 0 : offset;
    else if (code === 0x5d) at += get(to) === get(from) ? 0 : offset;
    else if (code === 0x95) return get(0) === 1;
    else throw new Error(`opcode ${code.toString(16)}`);
  }
  throw new Error('the program does not end');
}

describe('the program of the default rules', () => {
  const program = deviceProgram(defaultDeviceRules);

  it('allows what every container may use, and to make any node', () => {
    expect(ask(program, 'c', 1, 3, 'rw')).toBe(true);
    expect(ask(program, 'c', 1, 3, 'm')).toBe(true);
    expect(ask(program, 'c', 136, 7, 'rw')).toBe(true);
    expect(ask(program, 'b', 8, 0, 'm')).toBe(true);
  });

  it('denies all else', () => {
    expect(ask(program, 'c', 1, 1, 'r')).toBe(false);
    expect(ask(program, 'b', 8, 0, 'r')).toBe(false);
    expect(ask(program, 'b', 1, 3, 'r')).toBe(false);
    expect(ask(program, 'b', 8, 0, 'mr')).toBe(false);
  });
});

it('allows an access only when one rule has all of it', () => {
  const program = deviceProgram(['c 10:229 r', 'b 8:* rw', 'a 7:1 w']);
  expect(ask(program, 'c', 10, 229, 'r')).toBe(true);
  expect(ask(program, 'c', 10, 229, 'w')).toBe(false);
  expect(ask(program, 'c', 10, 229, 'rw')).toBe(false);
  expect(ask(program, 'c', 10, 228, 'r')).toBe(false);
  expect(ask(program, 'b', 8, 17, 'rw')).toBe(true);
  expect(ask(program, 'b', 8, 17, 'm')).toBe(false);
  expect(ask(program, 'b', 7, 1, 'w')).toBe(true);
  expect(ask(program, 'c', 7, 1, 'w')).toBe(true);
  expect(ask(deviceProgram([]), 'c', 1, 3, 'r')).toBe(false);
});

it('has the instructions of the kernel, eight bytes each', () => {
  expect(deviceProgram(['c 1:3 rwm']).toString('hex').match(/.{16}/g)).toEqual([
    '6112000000000000', // r2 = type and access
    '54020000ffff0000', // r2 &= 0xffff
    '6113000000000000',
    '7403000010000000', // r3 >>= 16
    '6114040000000000', // r4 = major
    '6115080000000000', // r5 = minor
    '5502040002000000', // unless it is a character device, skip the rule
    '5504030001000000',
    '5505020003000000',
    'b700000001000000', // allowed
    '9500000000000000',
    'b700000000000000', // denied
    '9500000000000000',
  ]);
});

describe('a device rule', () => {
  it('is written as v1 takes it; one for both types is two', () => {
    expect(parseDeviceRule('a 1:* rw').map(deviceRuleText)).toEqual(['b 1:* rw', 'c 1:* rw']);
    expect(parseDeviceRule('c *:7 m').map(deviceRuleText)).toEqual(['c *:7 m']);
  });

  it.each([
    '',
    'c',
    'd 1:3 rwm',
    'c 1:3',
    'c 1:3 rwx',
    'c 1 rwm',
    'c 1:3 rwm\nb *:* rwm',
    'c 4096:1 r',
    'c 1:1048576 r',
  ])('is refused when it is %j', (rule) => {
    expect(() => parseDeviceRule(rule)).toThrow(`invalid device cgroup rule format: '${rule}'`);
  });
});
