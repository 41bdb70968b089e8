// A process of its own that pulls one image with the real worker and prints a line per message, to be killed.
// Arguments: data root, registry origin, worker program, reference.
import { createImageFileWorker } from '../../../runtime/engine/helper/image-file-worker.ts';
import { createWorkerClient } from '../../../runtime/engine/helper/worker-client.ts';
import { createImageService } from '../../../runtime/engine/images/image-service.ts';
import { createLogger } from '../../../runtime/engine/log.ts';
import { createTrash } from '../../../runtime/engine/store/trash.ts';

const [dataRoot = '', hubOrigin = '', program = '', reference = ''] = process.argv.slice(2);
const worker = createWorkerClient(program);
const trash = await createTrash(dataRoot, worker);
const images = await createImageService({
  config: { dataRoot, registryMirrors: [], insecureRegistries: [] },
  worker,
  fileWorker: createImageFileWorker(program),
  trash,
  events: { publish: () => undefined },
  log: createLogger('error'),
  hubOrigin,
});
await images.pull(
  reference,
  undefined,
  undefined,
  undefined,
  (message) => process.stdout.write(JSON.stringify(message) + '\n'),
  new AbortController().signal,
);
await images.close();
await trash.settled();
