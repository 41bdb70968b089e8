// Seccomp filters of containers: the default rules reduced to one architecture and capability set, compiled once by the
// worker (compiling takes longer than starting a container) and kept in exec-root under a key of their content.
import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { defaultSyscallRules, type SyscallArgument, type SyscallRule } from './seccomp-default.ts';

/** Architectures by Node's name: our name for it, and what libseccomp calls it and those that run on it. */
const architectures = new Map([
  ['x64', { name: 'amd64', tokens: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }],
  ['arm64', { name: 'arm64', tokens: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'] }],
]);

/** A profile in Docker's form, without conditions. */
export interface SeccompProfile {
  readonly defaultAction: 'SCMP_ACT_ERRNO';
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
    readonly args?: readonly SyscallArgument[];
    readonly errnoRet?: number;
  }[];
}

/** The default profile for an architecture (Node's name) and a capability set; undefined for one without a profile. */
export function defaultSeccompProfile(
  nodeArchitecture: string,
  capabilities: readonly string[],
): SeccompProfile | undefined {
  const architecture = architectures.get(nodeArchitecture);
  if (architecture === undefined) return undefined;
  const applies = (rule: SyscallRule): boolean =>
    (rule.architectures === undefined || rule.architectures.includes(architecture.name)) &&
    (rule.capability === undefined || capabilities.includes(rule.capability)) &&
    (rule.withoutCapability === undefined || !capabilities.includes(rule.withoutCapability));
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: architecture.tokens,
    syscalls: defaultSyscallRules.filter(applies).map((rule) => ({
      names: rule.names,
      action: rule.errno === undefined ? 'SCMP_ACT_ALLOW' : 'SCMP_ACT_ERRNO',
      ...(rule.args === undefined ? {} : { args: rule.args }),
      ...(rule.errno === undefined ? {} : { errnoRet: rule.errno }),
    })),
  };
}

/** Compiled filters, one file per distinct profile. */
export class SeccompFilters {
  readonly #folder: string;
  readonly #compile: (profile: string, out: string) => Promise<void>;
  readonly #files = new Map<string, Promise<string | undefined>>();

  /** `compile` is the worker's job `seccomp`. */
  constructor(folder: string, compile: (profile: string, out: string) => Promise<void>) {
    this.#folder = folder;
    this.#compile = compile;
  }

  /** The filter file for a capability set; undefined where there is no profile for this architecture. */
  async forCapabilities(capabilities: readonly string[]): Promise<string | undefined> {
    const key = capabilities.join();
    let file = this.#files.get(key);
    if (file === undefined) {
      file = this.#make(capabilities);
      this.#files.set(key, file);
      file.catch(() => this.#files.delete(key));
    }
    return file;
  }

  async #make(capabilities: readonly string[]): Promise<string | undefined> {
    const profile = defaultSeccompProfile(process.arch, capabilities);
    if (profile === undefined) return undefined;
    const json = JSON.stringify(profile);
    const key = createHash('sha256').update(json).digest('hex').slice(0, 32);
    const file = path.join(this.#folder, `${key}.bpf`);
    const made = await access(file).then(
      () => true,
      () => false,
    );
    if (!made) {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#compile(json, file);
    }
    return file;
  }
}
