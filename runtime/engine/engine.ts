// One engine from its config: locks its folders, opens its parts in the order they need each other, listens, and
// takes all of it apart again. Containers go on without it.
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { listen } from './api/listen.ts';
import { apiRoutes } from './api/routes.ts';
import { helperFolder, type EngineConfig } from './config.ts';
import { openBuildService } from './build/build-service.ts';
import { openContainerEngine } from './containers/container-engine.ts';
import { messageOf } from './errors.ts';
import { createEventBus } from './events/event-bus.ts';
import { createBuildWorker } from './helper/build-worker.ts';
import { createImageFileWorker } from './helper/image-file-worker.ts';
import { createVolumeWorker } from './helper/volume-worker.ts';
import { createWorkerClient } from './helper/worker-client.ts';
import { createImageService } from './images/image-service.ts';
import { createLogger, type Logger } from './log.ts';
import { Sessions } from './session/sessions.ts';
import { createTrash } from './store/trash.ts';
import { createSystemService } from './system/system-service.ts';
import { lockFolder } from './unix-socket.ts';
import { engineVersion } from './version.ts';
import { VolumeFiles } from './volumes/volume-files.ts';
import { VolumeMounts } from './volumes/volume-mounts.ts';
import { VolumeApi } from './volumes/volume-service.ts';
import { VolumeStore } from './volumes/volume-store.ts';
import { Volumes } from './volumes/volumes.ts';

/** A running engine. */
export interface Engine {
  /** Ends the engine, not its containers. Resolves when its files, sockets and helpers are let go. */
  stop(): Promise<void>;
}

/** Starts an engine; resolves when its API answers. Throws with a sentence for a person; nothing is left then. */
export async function startEngine(
  config: EngineConfig,
  log: Logger = createLogger(config.logLevel),
): Promise<Engine> {
  const parts = new OpenParts(log);
  try {
    // Others may pass through, to the socket and to what containers share, but not look around.
    await makeFolder(config.dataRoot, 0o710);
    await makeFolder(config.execRoot, 0o711);
    parts.add('data-root', await lockFolder(config.dataRoot, 'data-root'));
    if (path.resolve(config.execRoot) !== path.resolve(config.dataRoot)) {
      parts.add('exec-root', await lockFolder(config.execRoot, 'exec-root'));
    }
    const events = createEventBus();
    const worker = createWorkerClient(path.join(helperFolder(), 'berth-worker'));
    const trash = await createTrash(config.dataRoot, worker);
    const volumeWorker = createVolumeWorker(path.join(helperFolder(), 'berth-worker'));
    const fileWorker = createImageFileWorker(path.join(helperFolder(), 'berth-worker'));
    const images = await createImageService({ config, worker, fileWorker, trash, events, log });
    parts.add('images', () => images.close());
    const volumeStore = await VolumeStore.open(config.dataRoot, trash, log);
    const volumes = new Volumes(volumeStore, new VolumeMounts(volumeStore, volumeWorker, log), events);
    const { containers, files, execs, networks, swarm, features, warnings, usage, steps, close } =
      await openContainerEngine({
        config,
        images,
        events,
        worker,
        volumes,
        volumeWorker,
        trash,
        log,
      });
    parts.add('containers', close);
    const builds = await openBuildService({
      ...{ dataRoot: config.dataRoot, execRoot: config.execRoot, images, steps, events, trash, log },
      worker: createBuildWorker(path.join(helperFolder(), 'berth-worker')),
      extract: worker.extract,
    });
    parts.add('builds', () => builds.close());
    const sessions = new Sessions();
    parts.add('sessions', () => sessions.close());
    const system = await createSystemService({
      ...{ config, containers, images, events, swarm, features, warnings },
    });
    const routes = apiRoutes({
      builds,
      sessions,
      containers,
      files,
      execs,
      images,
      networks,
      swarm,
      volumes: new VolumeApi(volumes, volumeWorker, events),
      volumeFiles: new VolumeFiles(volumes, volumeWorker),
      events,
      system,
      usage,
    });
    // Last to open, first to close: who waits for an answer is let go before the services are.
    parts.add('API', await listen(config.hosts, routes, log));
    log.info('engine started', { version: engineVersion, dataRoot: config.dataRoot });
  } catch (error) {
    await parts.close();
    throw error;
  }
  return {
    stop: async () => {
      await parts.close();
      log.info('engine stopped');
    },
  };
}

/** What has been opened, closed in reverse; one that fails to close does not keep the others open. */
class OpenParts {
  readonly #log: Logger;
  readonly #parts: { name: string; close: () => Promise<void> }[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, close: () => Promise<void>): void {
    this.#parts.push({ name, close });
  }

  async close(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await part.close();
      } catch (error) {
        this.#log.error(`${part.name}: cannot be closed: ${messageOf(error)}`);
      }
    }
  }
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await chmod(folder, mode);
}
