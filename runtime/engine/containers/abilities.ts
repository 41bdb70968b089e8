// What this engine on this machine can do for containers, looked at once as it opens: cgroups, limits of its own
// processes, security modules.
import { availableParallelism } from 'node:os';
import { readCgroupFeatures, realFiles, type CgroupFeatures } from './cgroup-features.ts';
import type { CgroupLayout } from './cgroup-files.ts';
import { parseHardLimits, type OwnProcess } from './process-limits.ts';
import type { SecurityModules } from './security-options.ts';

export interface Abilities {
  readonly features: CgroupFeatures;
  readonly cpuCount: number;
  readonly ownProcess: OwnProcess;
  readonly securityModules: SecurityModules;
}

/** Looks at the machine. The parents of the containers' cgroups must be there. */
export function readAbilities(
  layout: CgroupLayout,
  cgroupParent: string,
  capabilities: readonly string[],
): Abilities {
  return {
    features: readCgroupFeatures(layout, cgroupParent, realFiles),
    cpuCount: availableParallelism(),
    ownProcess: {
      mayRaise: capabilities.includes('CAP_SYS_RESOURCE'),
      hardLimits: parseHardLimits(realFiles.read('/proc/self/limits')),
      oomScoreAdj: Number(realFiles.read('/proc/self/oom_score_adj')),
    },
    securityModules: {
      appArmor: realFiles.read('/sys/module/apparmor/parameters/enabled') === 'Y',
      selinux: realFiles.exists('/sys/fs/selinux/enforce'),
    },
  };
}
