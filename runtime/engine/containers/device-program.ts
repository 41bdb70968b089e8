// Device rules as a program for cgroup v2 (BPF_PROG_TYPE_CGROUP_DEVICE): it is asked at every open and mknod of a device
// and answers 1 for what one of the rules allows, else 0. Rule by rule, no loops: the kernel's verifier wants it plain.
import { parseDeviceRule } from './device-rules.ts';

/** linux/bpf.h: type and access as the program is asked. */
const deviceTypes = { b: 1, c: 2 } as const;
const accessBits: ReadonlyMap<string, number> = new Map([
  ['m', 1],
  ['r', 2],
  ['w', 4],
]);
const anyAccess = 7;

/** Opcodes, linux/bpf.h and linux/bpf_common.h. */
const op = {
  loadWord: 0x61, // dst = *(u32 *)(src + off)
  moveImmediate: 0xb7,
  moveWord: 0xbc,
  andWord: 0x54,
  shiftRightWord: 0x74,
  jumpUnlessImmediate: 0x55, // jump when dst != imm
  jumpUnlessRegister: 0x5d,
  exit: 0x95,
} as const;

/** r1 is struct bpf_cgroup_dev_ctx { u32 access_type, major, minor }, the access in the upper half of the first. */
const context = 1;
const [result, scratch, type, access, major, minor] = [0, 1, 2, 3, 4, 5];

/** The program for these rules (texts, as v1 has them), as bytes of `struct bpf_insn[]`, little-endian. */
export function deviceProgram(rules: readonly string[]): Buffer {
  const instructions: Buffer[] = [
    instruction(op.loadWord, { to: type, from: context }),
    instruction(op.andWord, { to: type, value: 0xffff }),
    instruction(op.loadWord, { to: access, from: context }),
    instruction(op.shiftRightWord, { to: access, value: 16 }),
    instruction(op.loadWord, { to: major, from: context, offset: 4 }),
    instruction(op.loadWord, { to: minor, from: context, offset: 8 }),
  ];
  for (const rule of rules.flatMap(parseDeviceRule)) {
    // Each test jumps over what is left of its rule when it does not hold.
    const tests: ((skip: number) => Buffer[])[] = [
      (offset) => [instruction(op.jumpUnlessImmediate, { to: type, value: deviceTypes[rule.type], offset })],
    ];
    const allowed = [...rule.access].reduce((bits, letter) => bits | (accessBits.get(letter) ?? 0), 0);
    if (allowed !== anyAccess) {
      tests.push((offset) => [
        instruction(op.moveWord, { to: scratch, from: access }),
        instruction(op.andWord, { to: scratch, value: allowed }),
        instruction(op.jumpUnlessRegister, { to: scratch, from: access, offset }),
      ]);
    }
    for (const [register, number] of [
      [major, rule.major],
      [minor, rule.minor],
    ] as const) {
      if (number === undefined) continue;
      tests.push((offset) => [instruction(op.jumpUnlessImmediate, { to: register, value: number, offset })]);
    }
    instructions.push(...ruleBlock(tests));
  }
  instructions.push(instruction(op.moveImmediate, { to: result, value: 0 }), instruction(op.exit, {}));
  return Buffer.concat(instructions);
}

function ruleBlock(tests: readonly ((skip: number) => Buffer[])[]): Buffer[] {
  // From the end, so that it is known how much there is to skip.
  let block = [instruction(op.moveImmediate, { to: result, value: 1 }), instruction(op.exit, {})];
  for (const test of tests.toReversed()) block = [...test(block.length), ...block];
  return block;
}

/** struct bpf_insn: code, destination and source register, offset, immediate. */
function instruction(
  code: number,
  {
    to = 0,
    from = 0,
    offset = 0,
    value = 0,
  }: { to?: number; from?: number; offset?: number; value?: number },
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8((from << 4) | to, 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(value, 4);
  return bytes;
}
