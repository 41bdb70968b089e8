// A whole build: the stages that are needed, side by side where they do not wait for each other; then the image's names.
import { familiarReference, type ImageReference } from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { StoredImage } from '../images/image-store.ts';
import type { Layer } from '../images/layer-store.ts';
import type { ProgressMessage } from '../services.ts';
import { stageGraph } from './build-graph.ts';
import type { BuildRoom } from './build-room.ts';
import { fillLayer } from './files-step.ts';
import { OrderedOutput } from './ordered-output.ts';
import { shortId, StageBuilder } from './stage-builder.ts';
import type { StageState } from './stage-state.ts';

/** Builds; answers the image and its names. `report` gets the classic stream. */
export async function runBuild(
  room: BuildRoom,
  references: readonly ImageReference[],
  report: (message: ProgressMessage) => void,
  cancel: (reason: unknown) => void,
): Promise<{ id: string; names: string[] }> {
  const { args, builds, file, recorder, request } = room;
  args.declareGlobal(file.globalArgs, file.escape);
  const nodes = stageGraph(file, request.target, args.global);
  const target = nodes.at(-1)?.stage;
  if (target === undefined) throw new EngineError('internal', 'a build without a stage');
  const labels = [...request.labels]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value, text: `LABEL ${name}=${value}` }));

  let count = 0;
  const first = new Map<number, number>();
  for (const { stage } of nodes) {
    first.set(stage.index, count + 1);
    count += 1 + stage.instructions.length;
  }
  const lastOf = (index: number): number =>
    (first.get(index) ?? 1) + (file.stages[index]?.instructions.length ?? 0);
  const globalSteps = file.globalArgs.length;
  for (const [index, { text }] of file.globalArgs.entries()) {
    report({
      stream: `Step ${String(index + 1)}/${String(globalSteps + count + labels.length)} : ${text}\n`,
    });
  }
  recorder.plan(room.context.dockerfile, [
    ...nodes.flatMap(({ stage, after }) =>
      [stage.from, ...stage.instructions].map((instruction, position) => ({
        stage: stage.index,
        stageName: stage.name,
        text: instruction.text,
        range: instruction.range,
        after:
          position === 0
            ? after.filter((index) => first.has(index)).map(lastOf)
            : [(first.get(stage.index) ?? 0) + position - 1],
      })),
    ),
    ...labels.map(({ text }, position) => ({
      stage: target.index,
      stageName: target.name,
      text,
      range: target.from.range,
      after: [count + position],
    })),
  ]);

  const output = new OrderedOutput<ProgressMessage>(nodes.length, report);
  const running = new Map<number, Promise<StageState>>();
  const stage = (index: number): Promise<StageState> =>
    running.get(index) ?? Promise.reject(new EngineError('internal', `stage ${String(index)} is not built`));
  for (const [lane, node] of nodes.entries()) {
    const built = new StageBuilder(room, node.stage, {
      write: (message) => output.write(lane, message, (message.stream ?? '').length + 64),
      stage,
      firstStep: first.get(node.stage.index) ?? 1,
      stepCount: count + labels.length,
      globalSteps,
      labels: node.stage === target ? labels : [],
    });
    // A turn later, so that all are known when the first asks for another.
    const done = Promise.resolve()
      .then(() => built.run())
      .then((state) => {
        output.close(lane);
        return state;
      });
    // The first that fails ends the others.
    done.catch(cancel);
    running.set(node.stage.index, done);
  }
  const results = await Promise.allSettled(running.values());
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    room.signal.throwIfAborted();
    throw failure.reason;
  }
  const { image } = await stage(target.index);
  if (image === undefined) {
    throw new EngineError('invalid', 'No image was generated. Is your Dockerfile empty?');
  }
  const finished = request.squash
    ? await squash(room, image, (await baseOf(room, target.index)) ?? undefined)
    : image;
  if (finished !== image) report({ aux: { ID: finished.id } });
  const unused = args.unused();
  if (unused.length > 0) {
    report({ stream: `[Warning] One or more build-args [${unused.sort().join(' ')}] were not consumed\n` });
  }
  report({ stream: `Successfully built ${shortId(finished.id)}\n` });
  const names = await builds.name(finished.id, references);
  for (const reference of references) {
    report({ stream: `Successfully tagged ${familiarReference(reference)}\n` });
  }
  return { id: finished.id, names };
}

/** The image that a target's chain of stages begins with. */
async function baseOf(room: BuildRoom, target: number): Promise<StoredImage | undefined> {
  let called = '';
  for (let index: number | undefined = target; index !== undefined;) {
    const stage = room.file.stages[index];
    called = stage?.from.image.text ?? '';
    index = room.file.stages
      .slice(0, index)
      .findLast(({ name }) => name !== '' && name === called.toLowerCase())?.index;
  }
  const { expandWord } = await import('../../syntax/dockerfile/words.ts');
  const name = expandWord(called, room.args.global, { escape: room.file.escape });
  return name === 'scratch' ? undefined : room.builds.find(name);
}

/** One layer of all that the build made, on the layers of what it began with. */
async function squash(
  room: BuildRoom,
  image: StoredImage,
  base: StoredImage | undefined,
): Promise<StoredImage> {
  const { builds, images, worker, signal } = room;
  const below = base?.chain.length ?? 0;
  const lower = builds.lower(image).toReversed().slice(below);
  if (lower.length <= 1) return image;
  const made = await builds.makeLayer(base, (layer) =>
    fillLayer(room, base, layer, async (view) => {
      for (const folder of lower) {
        const root = `${images.layersFolder}/${folder}`;
        const request = {
          root,
          sources: [{ path: '/' }],
          to: '/',
          toDirectory: true,
          layer: true,
          keepOwner: true,
        };
        await worker.copy(request, { view }, undefined, signal);
      }
    }),
  );
  room.unpins.push(made.unpin);
  const layers = (base?.chain ?? [])
    .map((chainId) => builds.layer(chainId))
    .filter((one): one is Layer => one !== undefined);
  const { config } = image.config;
  return builds.add({
    parent: image,
    layers,
    config,
    containerConfig: image.config.container_config,
    containerId: '',
    createdBy: '',
    comment: `merge ${image.id} to ${base?.id ?? 'scratch'}`,
    author: image.config.author,
    created: new Date().toISOString(),
    layer: made.layer,
  });
}
