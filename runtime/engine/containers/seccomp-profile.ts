// Seccomp profiles in Docker's form, `--security-opt seccomp=<file>`: read, checked, and reduced to one architecture,
// capability set and kernel, so that what is left has no conditions. Pure.
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';

/** Docker's name of an architecture, and what libseccomp calls it and those that run on it. By Node's name. */
export const seccompArchitectures: ReadonlyMap<string, { name: string; tokens: readonly string[] }> = new Map(
  [
    ['x64', { name: 'amd64', tokens: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }],
    ['arm64', { name: 'arm64', tokens: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'] }],
  ],
);

const action = z.enum([
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_LOG',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_TRAP',
]);
const argumentRule = z.object({
  index: z.int().min(0).max(5),
  value: z.number().int().nonnegative(),
  valueTwo: z.number().int().nonnegative().nullish(),
  op: z.enum([
    'SCMP_CMP_NE',
    'SCMP_CMP_LT',
    'SCMP_CMP_LE',
    'SCMP_CMP_EQ',
    'SCMP_CMP_GE',
    'SCMP_CMP_GT',
    'SCMP_CMP_MASKED_EQ',
  ]),
});
const names = z.array(z.string()).nullish();
const condition = z.object({ caps: names, arches: names, minKernel: z.string().nullish() }).nullish();
const errno = z.int().min(0).max(4095).nullish();
const profileSchema = z.object({
  defaultAction: action,
  defaultErrnoRet: errno,
  architectures: names,
  archMap: z.array(z.object({ architecture: z.string(), subArchitectures: names })).nullish(),
  syscalls: z
    .array(
      z.object({
        name: z.string().nullish(),
        names,
        action,
        errnoRet: errno,
        args: z.array(argumentRule).nullish(),
        includes: condition,
        excludes: condition,
      }),
    )
    .nullish(),
});

/** A profile as a user writes it. */
export type DockerSeccompProfile = z.infer<typeof profileSchema>;

/** A profile without conditions, for the worker. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly args?: readonly {
      readonly index: number;
      readonly value: number;
      readonly valueTwo?: number;
      readonly op: string;
    }[];
    readonly errnoRet?: number;
  }[];
}

/** Reads the text of a profile. Throws invalid, in Docker's words where Docker has any. */
export function parseSeccompProfile(text: string): DockerSeccompProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', `Decoding seccomp profile failed: ${messageOf(error)}`);
  }
  const result = profileSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const [field] = issue?.path.slice(-1) ?? [];
    if (issue?.code === 'invalid_value' && (field === 'action' || field === 'defaultAction')) {
      const given = issue.path.reduce<unknown>(
        (inner, key) =>
          typeof inner === 'object' && inner !== null
            ? Object.entries(inner).find(([name]) => name === String(key))?.[1]
            : undefined,
        value,
      );
      throw new EngineError('invalid', `string ${String(given)} is not a valid action for seccomp`);
    }
    throw new EngineError(
      'invalid',
      `Decoding seccomp profile failed: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  const profile = result.data;
  const filled = (list: readonly unknown[] | null | undefined): boolean => (list?.length ?? 0) > 0;
  const both = (one: string, other: string): EngineError =>
    new EngineError(
      'invalid',
      `'${one}' and '${other}' were specified in the seccomp profile, use either '${one}' or '${other}'`,
    );
  if (filled(profile.architectures) && filled(profile.archMap)) throw both('architectures', 'archMap');
  for (const rule of profile.syscalls ?? []) {
    if ((rule.name ?? '') !== '' && filled(rule.names)) throw both('name', 'names');
  }
  return profile;
}

/** What decides on a profile's conditions. */
export interface SeccompContext {
  /** Node's name. */
  readonly architecture: string;
  readonly capabilities: readonly string[];
  /** As uname says it, `6.1.0-18-amd64`. */
  readonly kernel: string;
}

/** The part of a profile that holds here; undefined for an architecture that is not known. */
export function reduceSeccompProfile(
  profile: DockerSeccompProfile,
  context: SeccompContext,
): SeccompProfile | undefined {
  const own = seccompArchitectures.get(context.architecture);
  if (own === undefined) return undefined;
  const holds = (rule: NonNullable<DockerSeccompProfile['syscalls']>[number]): boolean => {
    const { includes, excludes } = rule;
    const has = (capability: string): boolean => context.capabilities.includes(capability);
    if (includes?.arches?.length && !includes.arches.includes(own.name)) return false;
    if (excludes?.arches?.includes(own.name) === true) return false;
    if (includes?.caps?.some((capability) => !has(capability)) === true) return false;
    if (excludes?.caps?.some(has) === true) return false;
    if (includes?.minKernel && !kernelIsAtLeast(context.kernel, includes.minKernel)) return false;
    return !(excludes?.minKernel && kernelIsAtLeast(context.kernel, excludes.minKernel));
  };
  const mapped = profile.archMap?.find(({ architecture }) => architecture === own.tokens[0]);
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet ?? 1,
    architectures:
      mapped === undefined
        ? (profile.architectures ?? own.tokens)
        : [mapped.architecture, ...(mapped.subArchitectures ?? [])],
    syscalls: (profile.syscalls ?? []).filter(holds).map((rule) => ({
      names: rule.name ? [rule.name] : (rule.names ?? []),
      action: rule.action,
      ...(rule.errnoRet == null ? {} : { errnoRet: rule.errnoRet }),
      ...(rule.args == null
        ? {}
        : { args: rule.args.map((arg) => ({ ...arg, valueTwo: arg.valueTwo ?? 0 })) }),
    })),
  };
}

/** Compares `6.1.0-18-amd64` with `4.8`. */
export function kernelIsAtLeast(kernel: string, wanted: string): boolean {
  const [have, want] = [kernel, wanted].map((text) => text.split(/[.-]/).slice(0, 2).map(Number));
  const [major = 0, minor = 0] = have ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = want ?? [];
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
