// The jobs of `berth-worker` that read images' files: those that read volumes and containers, on layers.
import { createFileWorker, type FileWorker } from './file-worker.ts';
import { createVolumeWorker, type VolumeWorker } from './volume-worker.ts';

/** All reject with a WorkerError. */
export type ImageFileWorker = Pick<VolumeWorker, 'list' | 'get' | 'pack'> & Pick<FileWorker, 'layerChanges'>;

/** A client for the worker program at `program` (an absolute path). */
export function createImageFileWorker(program: string): ImageFileWorker {
  const { list, get, pack } = createVolumeWorker(program);
  const { layerChanges } = createFileWorker(program);
  return { list, get, pack, layerChanges };
}
