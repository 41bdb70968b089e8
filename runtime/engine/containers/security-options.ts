// `--security-opt`: what each word means, in Docker's grammar. A module of the kernel that this machine does not run can
// confine nobody: its words get a warning, as everything that has no effect. Pure.
import { EngineError } from '../errors.ts';
import { parseSeccompProfile, type DockerSeccompProfile } from './seccomp-profile.ts';

/** The security options of a container. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** Absent when nothing was said: the default filter, none for a privileged container. */
  readonly seccomp?: 'builtin' | 'unconfined' | DockerSeccompProfile;
  /** What was asked of modules that confine by labels or profiles, other than to be left alone. */
  readonly labels: readonly string[];
  readonly appArmor: string | undefined;
}

/** Reads the options; the last of a kind wins. Throws invalid in Docker's words. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: SecurityOptions['seccomp'];
  let appArmor: string | undefined;
  const labels: string[] = [];
  for (const option of options) {
    if (option === 'no-new-privileges') {
      noNewPrivileges = true;
      continue;
    }
    // With "=", and as it was written long ago with ":".
    const at = option.includes('=') ? option.indexOf('=') : option.indexOf(':');
    if (at < 0) throw new EngineError('invalid', `invalid --security-opt 1: ${JSON.stringify(option)}`);
    const [name, value] = [option.slice(0, at), option.slice(at + 1)];
    switch (name) {
      case 'no-new-privileges':
        if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value)) throw unknown(option);
        noNewPrivileges = /^[1tT]/.test(value);
        break;
      case 'seccomp':
        // An empty profile confines nothing.
        seccomp =
          value === 'builtin'
            ? value
            : /^(unconfined|\{\s*\})$/.test(value)
              ? 'unconfined'
              : parseSeccompProfile(value);
        break;
      case 'apparmor':
        appArmor = value === 'unconfined' ? undefined : value;
        break;
      case 'label':
        if (value !== 'disable') labels.push(value);
        break;
      default:
        throw unknown(option);
    }
  }
  return { noNewPrivileges, ...(seccomp === undefined ? {} : { seccomp }), labels, appArmor };
}

/** Security modules of the running kernel. */
export interface SecurityModules {
  readonly appArmor: boolean;
  readonly selinux: boolean;
}

/** What has no effect here, as warnings. Throws notImplemented where it could have one and this engine gives it none. */
export function securityWarnings(options: SecurityOptions, modules: SecurityModules): string[] {
  const warnings: string[] = [];
  const say = (option: string, module: string, runs: boolean): void => {
    if (runs) throw new EngineError('notImplemented', `${option} is not implemented yet`);
    warnings.push(`${module} is not enabled on this machine: ${option} has no effect.`);
  };
  if (options.appArmor !== undefined) {
    say(`the AppArmor profile ${options.appArmor}`, 'AppArmor', modules.appArmor);
  }
  for (const label of options.labels) say(`the SELinux label ${label}`, 'SELinux', modules.selinux);
  return warnings;
}

function unknown(option: string): EngineError {
  return new EngineError('invalid', `invalid --security-opt 2: ${JSON.stringify(option)}`);
}
