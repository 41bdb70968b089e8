// The containers that a build's RUN steps run in: started as any other, their output taken as it comes, their changes taken away as a
// layer. Each leaves a mark before it is made, so that an engine that was killed removes it at its next start.
import { readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Duplex, type Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { createFileWorker } from '../helper/file-worker.ts';
import { helperFolder } from '../config.ts';
import type { RunnableImage } from '../services.ts';
import type { ContainerCreateBody } from '../types.ts';
import { attachContainer } from './container-attach.ts';
import { newContainerId } from './container-creator.ts';
import { fileView } from './container-file-view.ts';
import type { Containers } from './container-service.ts';
import type { Surroundings } from './surroundings.ts';

/** Takes output; a promise holds the program back. */
export type StepOutput = (bytes: Buffer, stream: 'stdout' | 'stderr') => Promise<void> | void;

export interface StepListener {
  /** Before anything is made of it. */
  readonly named: (id: string) => void;
  readonly created: () => void;
  readonly output: StepOutput;
}

export interface StepContainers {
  /** Makes and runs one to its end. An aborted signal kills it; whatever comes of it, the caller removes the one that was named. */
  run(
    body: ContainerCreateBody,
    image: RunnableImage,
    listener: StepListener,
    signal: AbortSignal,
  ): Promise<number>;
  /** The folder of the changes of one that has ended, to be moved away. */
  changes(id: string): Promise<string>;
  /** The changes as a layer, for a container that is kept. */
  pack(id: string, image: RunnableImage, signal: AbortSignal): Promise<Readable>;
  /** Removes one, whatever it does. */
  remove(id: string): Promise<void>;
  /** From here on the container is the user's. */
  keep(id: string): Promise<void>;
  /** Removes what a killed engine left. */
  removeLeft(): Promise<void>;
}

/** `folder` of marks lies beside the containers'. */
export function createStepContainers(around: Surroundings, containers: Containers): StepContainers {
  const marks = path.join(path.dirname(around.folders.containers), 'build', 'containers');
  const worker = createFileWorker(path.join(helperFolder(), 'berth-worker'));
  const mark = (id: string): string => path.join(marks, id);
  const remove = async (id: string): Promise<void> => {
    try {
      await containers.remove(id, { force: true, volumes: true, link: false });
    } catch (error) {
      if (!(error instanceof EngineError && error.kind === 'notFound')) throw error;
    }
    await rm(mark(id), { force: true });
  };
  return {
    async run(body, image, { named, created, output }, signal) {
      const id = newContainerId();
      await mkdir(marks, { recursive: true, mode: 0o700 });
      await writeFile(mark(id), '');
      named(id);
      await containers.create(undefined, body, { id, image });
      created();
      const container = around.index.find(id);
      const request = {
        ...{ stdin: false, stdout: true, stderr: true, logs: false, stream: true },
        ...{ detachKeys: undefined, framed: true },
      };
      const sink = new FrameSink(output);
      const ended = container.wait('next-exit', new AbortController().signal);
      const attached = attachContainer(around, container, id, request).connect(sink);
      const kill = (): void => void containers.kill(id, 'SIGKILL').catch(() => undefined);
      signal.addEventListener('abort', kill, { once: true });
      try {
        signal.throwIfAborted();
        await containers.start(id);
        if (signal.aborted) kill();
        const exitCode = await ended;
        await attached;
        await sink.settled();
        signal.throwIfAborted();
        return exitCode;
      } finally {
        signal.removeEventListener('abort', kill);
        sink.destroy();
      }
    },
    async changes(id) {
      await around.index.find(id).teardown;
      return path.join(around.folders.container(id), 'upper');
    },
    async pack(id, image, signal) {
      const container = around.index.find(id);
      await container.teardown;
      return worker.pack(fileView(around, container, image, undefined), signal);
    },
    remove,
    async keep(id) {
      await rm(mark(id), { force: true });
    },
    async removeLeft() {
      for (const id of await readdir(marks).catch(() => [])) await remove(id);
    },
  };
}

/** Takes Docker's frames apart, however they are cut. */
class FrameSink extends Duplex {
  readonly #output: StepOutput;
  #rest = Buffer.alloc(0);
  #last: Promise<void> = Promise.resolve();

  constructor(output: StepOutput) {
    super({ allowHalfOpen: true });
    this.#output = output;
  }

  /** Resolves when all output has been taken. */
  async settled(): Promise<void> {
    while (this.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
    await this.#last;
  }

  override _read(): void {
    // Nothing is ever sent to the program.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#last = this.#take(chunk);
    this.#last.then(() => done(), done);
  }

  async #take(chunk: Buffer): Promise<void> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= 8 && bytes.length >= 8 + bytes.readUInt32BE(4)) {
      const end = 8 + bytes.readUInt32BE(4);
      await this.#output(bytes.subarray(8, end), bytes[0] === 2 ? 'stderr' : 'stdout');
      bytes = bytes.subarray(end);
    }
    this.#rest = Buffer.from(bytes);
  }
}
