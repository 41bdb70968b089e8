// An image service on a temporary data root, with what it reported and published at hand.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createImageFileWorker } from '../../../runtime/engine/helper/image-file-worker.ts';
import { createImageService, type OwnedImageService } from '../../../runtime/engine/images/image-service.ts';
import { createLogger } from '../../../runtime/engine/log.ts';
import type { ProgressMessage } from '../../../runtime/engine/services.ts';
import { createTrash, type Trash } from '../../../runtime/engine/store/trash.ts';
import { createTestWorker, type TestWorker } from './test-worker.ts';

export interface TestEvent {
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export class TestEngine {
  readonly dataRoot: string;
  readonly worker: TestWorker;
  readonly trash: Trash;
  readonly images: OwnedImageService;
  readonly events: TestEvent[];

  private constructor(parts: {
    dataRoot: string;
    worker: TestWorker;
    trash: Trash;
    images: OwnedImageService;
    events: TestEvent[];
  }) {
    this.dataRoot = parts.dataRoot;
    this.worker = parts.worker;
    this.trash = parts.trash;
    this.images = parts.images;
    this.events = parts.events;
  }

  static async start(options: {
    hubOrigin: string;
    mirrors?: readonly string[];
    dataRoot?: string;
    bootId?: string;
  }): Promise<TestEngine> {
    const dataRoot = options.dataRoot ?? (await mkdtemp(path.join(os.tmpdir(), 'berth-images-')));
    const worker = createTestWorker();
    const trash = await createTrash(dataRoot, worker);
    const events: TestEvent[] = [];
    const images = await createImageService({
      config: { dataRoot, registryMirrors: options.mirrors ?? [], insecureRegistries: [] },
      worker,
      fileWorker: createImageFileWorker('/no/program'),
      trash,
      events: { publish: ({ action, id, attributes }) => void events.push({ action, id, attributes }) },
      log: createLogger('error'),
      hubOrigin: options.hubOrigin,
      timeouts: { connectMs: 2000, headersMs: 2000, idleMs: 500 },
      retryDelaysMs: [1, 1, 1],
      ranges: { minBytes: 200_000, segmentBytes: 100_000, connections: 3, probeMs: 20 },
      ...(options.bootId === undefined ? {} : { bootId: options.bootId }),
    });
    return new TestEngine({ dataRoot, worker, trash, images, events });
  }

  /** Pulls and answers what was reported. */
  async pull(
    reference: string,
    options: {
      tag?: string;
      platform?: string;
      signal?: AbortSignal;
      auth?: { username: string; password: string };
    } = {},
  ): Promise<ProgressMessage[]> {
    const messages: ProgressMessage[] = [];
    await this.images.pull(
      reference,
      options.tag,
      options.platform,
      options.auth,
      (message) => messages.push(message),
      options.signal ?? new AbortController().signal,
    );
    return messages;
  }

  /** Names in a folder of the data root. */
  async files(folder: string): Promise<string[]> {
    return (await readdir(path.join(this.dataRoot, folder))).sort();
  }

  /** Another engine on the same data root, as after a restart. */
  async restart(options: { hubOrigin: string; bootId?: string }): Promise<TestEngine> {
    await this.images.close();
    await this.trash.settled();
    return TestEngine.start({ ...options, dataRoot: this.dataRoot });
  }

  async stop(): Promise<void> {
    await this.images.close();
    await this.trash.settled();
    await rm(this.dataRoot, { recursive: true, force: true });
  }
}
