// Puts the parts of containers, execs and networks together, in the order they need each other, and takes them apart.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { helperFolder, instanceNames, type EngineConfig } from '../config.ts';
import { messageOf } from '../errors.ts';
import { LogWorker } from '../helper/log-worker.ts';
import { SpawnClient } from '../helper/spawn-client.ts';
import { createFileWorker } from '../helper/file-worker.ts';
import type { VolumeWorker } from '../helper/volume-worker.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import type { Logger } from '../log.ts';
import { openBuiltInRecord } from '../networks/built-in-networks.ts';
import { createNetworkService } from '../networks/network-service.ts';
import { Networks } from '../networks/networks.ts';
import type {
  ContainerFilesService,
  ContainerService,
  EventBus,
  ExecService,
  ImageService,
  NetworkService,
  SwarmService,
  UsageService,
} from '../services.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import { Swarm } from '../swarm/swarm.ts';
import type { Trash } from '../store/trash.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { readAbilities } from './abilities.ts';
import { capabilitiesOfMask } from './capabilities.ts';
import type { CgroupFeatures } from './cgroup-features.ts';
import { makeCgroupParents, readCgroupLayout, removeCgroupParents } from './cgroup-parents.ts';
import { ContainerFiles } from './container-files.ts';
import { ContainerNetworks } from './container-networks.ts';
import { ContainerIndex } from './container-names.ts';
import { ContainerRemover } from './container-remover.ts';
import { readBootId, restoreContainers } from './container-restorer.ts';
import { ContainerRunner } from './container-runner.ts';
import { Containers } from './container-service.ts';
import type { ContainerRecord } from './container-record.ts';
import { ContainerVolumes } from './container-volumes.ts';
import type { Container } from './container.ts';
import { Execs } from './exec-service.ts';
import { Folders } from './folders.ts';
import { HealthMonitor } from './health-monitor.ts';
import { LogCompressor } from './log-compressor.ts';
import { SeccompFilters } from './seccomp-filter.ts';
import { createStepContainers, type StepContainers } from './step-containers.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageSampler } from './usage-sampler.ts';

/** What it needs of the rest of the engine. */
export interface ContainerEngineParts {
  readonly config: EngineConfig;
  readonly images: ImageService;
  readonly events: EventBus;
  readonly worker: Pick<WorkerClient, 'seccomp'>;
  readonly volumes: Volumes;
  readonly volumeWorker: VolumeWorker;
  readonly trash: Trash;
  readonly log: Logger;
}

/** Containers, execs and networks of one engine. */
export interface ContainerEngine {
  readonly containers: ContainerService;
  readonly files: ContainerFilesService;
  readonly execs: ExecService;
  readonly networks: NetworkService;
  readonly swarm: SwarmService;
  readonly usage: UsageService;
  /** Those that builds run their steps in. */
  readonly steps: StepContainers;
  /** What limits this machine can enforce, for /info. */
  readonly features: CgroupFeatures;
  /** What stands in the way of containers on this machine, in sentences for /info. */
  readonly warnings: () => readonly string[];
  /** Lets go of everything. Running containers go on; when there are none, bridge, rules and cgroups are removed. */
  close(): Promise<void>;
}

/** Opens the part of the engine that runs containers; takes over what an earlier engine left. */
export async function openContainerEngine(parts: ContainerEngineParts): Promise<ContainerEngine> {
  const { config, images, events, worker, volumes, volumeWorker, trash, log } = parts;
  // As dockerd: what containers see of the engine's files must not depend on who started the engine.
  process.umask(0o022);
  const names = instanceNames(config.execRoot);
  const folders = new Folders(config.dataRoot, config.execRoot);
  for (const folder of [
    folders.containers,
    folders.rooms,
    folders.execRooms,
    folders.seccomp,
    folders.empty,
  ]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const spawn = new SpawnClient({
    program: path.join(helperFolder(), 'berth-spawn'),
    monitor: path.join(helperFolder(), 'berth-monitor'),
    execRoot: config.execRoot,
    nftTable: names.nftTable,
  });
  try {
    const [, builtIn, cgroups, bootId, capabilities] = await Promise.all([
      spawn.open(),
      openBuiltInRecord(config.dataRoot),
      readCgroupLayout(),
      readBootId(),
      ownCapabilities(),
    ]);
    await makeCgroupParents(cgroups, names.cgroupParent, log);
    const abilities = readAbilities(cgroups, names.cgroupParent, capabilities);
    const networks = await Networks.open({ config, names, spawn, log, builtIn });
    // Which addresses other nodes have is known before a container starts here.
    const swarm = await Swarm.open({
      ...{ dataRoot: config.dataRoot, execRoot: config.execRoot, networks, events, log },
    });
    const index = new ContainerIndex<Container>();
    const files = createFileWorker(path.join(helperFolder(), 'berth-worker'));
    const logWorker = new LogWorker(path.join(helperFolder(), 'berth-worker'));
    const logs = new LogCompressor(folders, logWorker, log);
    const around: Surroundings = {
      bootId,
      names,
      folders,
      index,
      locks: new KeyedLock(),
      spawn,
      seccomp: new SeccompFilters(folders.seccomp, (profile, out) => worker.seccomp(profile, out)),
      networks,
      images,
      events,
      trash,
      volumes: new ContainerVolumes({ index, images, folders }, volumes, volumeWorker),
      logs,
      logWorker,
      cgroups,
      abilities,
      capabilities,
      log,
    };
    const execs = new Execs(around);
    const remover = new ContainerRemover(around, files, (container) => execs.forget(container));
    const runner = new ContainerRunner(around, new HealthMonitor(events, execs), (container) =>
      remover.discard(container, { durable: false, volumes: true }),
    );
    const containers = new Containers(around, runner, remover);
    await restoreContainers(around, runner, remover);
    await execs.adoptRooms();
    await swarm.start();
    images.setUsage((imageId) =>
      [...index.values()]
        .filter(({ record }) => refersToImage(record, imageId))
        .map((container) => ({ id: container.id, name: container.name, running: container.running })),
    );
    const containerNetworks = new ContainerNetworks(around, runner);
    swarm.onLeave = () => containerNetworks.leaveOverlays();
    return {
      containers,
      files: new ContainerFiles(around, files, runner),
      execs,
      steps: createStepContainers(around, containers),
      features: abilities.features,
      warnings: () => networks.warnings,
      networks: createNetworkService(networks, containerNetworks, swarm, events),
      swarm,
      usage: new UsageSampler(index, config.dataRoot),
      async close() {
        execs.close();
        await runner.close();
        await swarm.close();
        networks.close();
        await logs.close();
        if (![...index.values()].some((container) => container.running)) {
          await networks.removeAll().catch((error: unknown) => {
            log.warn('the networks cannot be removed', { error: messageOf(error) });
          });
          await removeCgroupParents(cgroups, names.cgroupParent);
        }
        await spawn.close();
      },
    };
  } catch (error) {
    await spawn.close();
    throw error;
  }
}

/** By what it was made from, or by what is mounted in it. */
function refersToImage({ imageId, mounts }: ContainerRecord, wanted: string): boolean {
  return imageId === wanted || mounts.some((mount) => mount.type === 'image' && mount.imageId === wanted);
}

/** What this engine may give away: its bounding set. */
async function ownCapabilities(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  return capabilitiesOfMask(/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0');
}
