// What the parts of the container engine share: other services, helpers, and where things are.
import type { InstanceNames } from '../config.ts';
import type { SpawnClient } from '../helper/spawn-client.ts';
import type { LogWorker } from '../helper/log-worker.ts';
import type { Logger } from '../log.ts';
import type { Networks } from '../networks/networks.ts';
import type { EventBus, ImageService } from '../services.ts';
import type { KeyedLock } from '../store/keyed-lock.ts';
import type { Trash } from '../store/trash.ts';
import type { Abilities } from './abilities.ts';
import type { CgroupLayout } from './cgroup-files.ts';
import type { ContainerIndex } from './container-names.ts';
import type { ContainerVolumes } from './container-volumes.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';
import type { LogCompressor } from './log-compressor.ts';
import type { SeccompFilters } from './seccomp-filter.ts';

export interface Surroundings {
  readonly bootId: string;
  readonly names: InstanceNames;
  readonly folders: Folders;
  readonly index: ContainerIndex<Container>;
  readonly locks: KeyedLock;
  readonly spawn: SpawnClient;
  readonly seccomp: SeccompFilters;
  readonly networks: Networks;
  readonly images: ImageService;
  readonly events: EventBus;
  readonly trash: Trash;
  readonly volumes: ContainerVolumes;
  readonly logs: LogCompressor;
  readonly logWorker: LogWorker;
  readonly cgroups: CgroupLayout;
  /** What this machine and this engine can enforce. */
  readonly abilities: Abilities;
  /** The engine's own capabilities. */
  readonly capabilities: readonly string[];
  readonly log: Logger;
}
