// The default seccomp profile, reduced for a container; and against Docker's own definition where a copy is at hand.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allCapabilities, defaultCapabilities } from '../../../runtime/engine/containers/capabilities.ts';
import { defaultSeccompProfile } from '../../../runtime/engine/containers/seccomp-filter.ts';

/** `BERTH_SECCOMP_REFERENCE`: a copy of Docker's profile (moby/profiles, seccomp/default.json). */
const reference = process.env['BERTH_SECCOMP_REFERENCE'] ?? '';

function namesOf(profile: ReturnType<typeof defaultSeccompProfile>, action = 'SCMP_ACT_ALLOW'): Set<string> {
  return new Set(profile?.syscalls.filter((rule) => rule.action === action).flatMap((rule) => rule.names));
}

describe('the default profile', () => {
  it('allows ordinary calls and nothing that makes namespaces', () => {
    const profile = defaultSeccompProfile('x64', defaultCapabilities);
    const allowed = namesOf(profile);
    for (const name of ['read', 'openat2', 'execve', 'arch_prctl', 'chroot']) expect(allowed).toContain(name);
    for (const name of [
      'mount',
      'unshare',
      'setns',
      'bpf',
      'keyctl',
      'add_key',
      'reboot',
      'open_by_handle_at',
    ]) {
      expect(allowed).not.toContain(name);
    }
    expect(namesOf(profile, 'SCMP_ACT_ERRNO')).toEqual(new Set(['clone3']));
    const clone = profile?.syscalls.find((rule) => rule.names.includes('clone'));
    expect(clone?.args).toEqual([{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]);
  });

  it('opens what a capability stands for', () => {
    const admin = namesOf(defaultSeccompProfile('x64', ['CAP_SYS_ADMIN']));
    for (const name of ['mount', 'unshare', 'setns', 'clone3']) expect(admin).toContain(name);
    expect(namesOf(defaultSeccompProfile('x64', ['CAP_SYS_BOOT']))).toContain('reboot');
  });

  it('differs by architecture', () => {
    const arm = defaultSeccompProfile('arm64', defaultCapabilities);
    expect(arm?.architectures).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
    expect(namesOf(arm)).not.toContain('arch_prctl');
    expect(defaultSeccompProfile('mips', defaultCapabilities)).toBeUndefined();
  });
});

const rule = z.object({
  names: z.array(z.string()),
  action: z.string(),
  errnoRet: z.number().optional(),
  args: z
    .array(
      z.object({ index: z.number(), value: z.number(), valueTwo: z.number().optional(), op: z.string() }),
    )
    .nullish(),
  includes: z
    .object({ caps: z.array(z.string()).optional(), arches: z.array(z.string()).optional() })
    .optional(),
  excludes: z
    .object({ caps: z.array(z.string()).optional(), arches: z.array(z.string()).optional() })
    .optional(),
});

describe.skipIf(!existsSync(reference))("Docker's definition (BERTH_SECCOMP_REFERENCE names a copy)", () => {
  it.each([
    ['x64', 'amd64', defaultCapabilities],
    ['x64', 'amd64', allCapabilities],
    ['x64', 'amd64', []],
    ['arm64', 'arm64', defaultCapabilities],
  ])('gives %s the same verdicts', (nodeArchitecture, architecture, capabilities) => {
    const docker = z.object({ syscalls: z.array(rule) }).parse(JSON.parse(readFileSync(reference, 'utf8')));
    const applies = (entry: z.infer<typeof rule>): boolean =>
      (entry.includes?.caps ?? []).every((name) => capabilities.includes(name)) &&
      (entry.includes?.arches === undefined || entry.includes.arches.includes(architecture)) &&
      !(entry.excludes?.caps ?? []).some((name) => capabilities.includes(name)) &&
      !(entry.excludes?.arches ?? []).includes(architecture);
    interface Verdict {
      readonly names: readonly string[];
      readonly action: string;
      readonly errnoRet?: number | undefined;
      readonly args?:
        | readonly { index: number; value: number; valueTwo?: number | undefined; op: string }[]
        | null
        | undefined;
    }
    const flat = (rules: readonly Verdict[]) =>
      rules
        .flatMap((entry) =>
          entry.names.map((name) =>
            JSON.stringify([
              name,
              entry.action,
              entry.errnoRet ?? 0,
              (entry.args ?? []).map((arg) => [arg.index, arg.value, arg.valueTwo ?? 0, arg.op]),
            ]),
          ),
        )
        .sort();
    const ours = defaultSeccompProfile(nodeArchitecture, capabilities);
    expect(flat(ours?.syscalls ?? [])).toEqual(flat(docker.syscalls.filter(applies)));
  });
});
