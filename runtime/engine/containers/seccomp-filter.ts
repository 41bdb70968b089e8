// Seccomp filters of containers: the default rules, or a profile of the user's, reduced to one architecture and capability
// set, compiled once by the worker (compiling takes longer than starting a container) and kept in exec-root under a key
// of their content.
import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { HostConfig } from '../types.ts';
import { defaultSyscallRules, type SyscallRule } from './seccomp-default.ts';
import { reduceSeccompProfile, seccompArchitectures, type SeccompProfile } from './seccomp-profile.ts';
import { parseSecurityOptions } from './security-options.ts';

/** The default profile for an architecture (Node's name) and a capability set; undefined for one without a profile. */
export function defaultSeccompProfile(
  nodeArchitecture: string,
  capabilities: readonly string[],
): SeccompProfile | undefined {
  const architecture = seccompArchitectures.get(nodeArchitecture);
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

  /** The filter file for a container's options, or for one of its execs; undefined when it is not confined. */
  async forContainer(
    host: Pick<HostConfig, 'SecurityOpt'>,
    privileged: boolean,
    capabilities: readonly string[],
  ): Promise<string | undefined> {
    const chosen = parseSecurityOptions(host.SecurityOpt).seccomp ?? (privileged ? 'unconfined' : 'builtin');
    if (chosen === 'unconfined') return undefined;
    if (chosen === 'builtin') {
      return await this.#remembered(capabilities.join(), () =>
        defaultSeccompProfile(process.arch, capabilities),
      );
    }
    const profile = reduceSeccompProfile(chosen, {
      architecture: process.arch,
      capabilities,
      kernel: os.release(),
    });
    return await this.#remembered(JSON.stringify(profile ?? null), () => profile);
  }

  async #remembered(key: string, make: () => SeccompProfile | undefined): Promise<string | undefined> {
    const known = this.#files.get(key);
    if (known !== undefined) return await known;
    const file = this.#compiled(make());
    this.#files.set(key, file);
    file.catch(() => this.#files.delete(key));
    return await file;
  }

  async #compiled(profile: SeccompProfile | undefined): Promise<string | undefined> {
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
