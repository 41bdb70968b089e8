// COPY, ADD and the folders of WORKDIR: what is taken is hashed for the key, and copied by a worker into an overlay on the stage's
// layers, whose upper directory is the step's layer.
import { chmod, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expandWord, type Lookup, type WordRules } from '../../syntax/dockerfile/words.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { Checksum, CopyRequest, Selection, SelectionRoot, StepView } from '../helper/build-worker.ts';
import type { ExtractedLayer } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { StoredImage } from '../images/image-store.ts';
import type { LayerRoom } from '../images/layer-store.ts';
import { imageRoot, newFolder, type BuildRoom } from './build-room.ts';
import { planCopy, selectedSource, type CopyPlan, type FilesInstruction } from './copy-plan.ts';
import { download, fetchGit, isGitSource, parseGitSource } from './remote-source.ts';
import { commitStep, type StageState, type StepCommit } from './stage-state.ts';

/** A part of what is taken: all from one place. */
interface Part {
  readonly selection: Selection;
  /** From the build's context. */
  readonly fromContext?: boolean;
  readonly unpack: boolean;
}

/** Runs COPY or ADD. `source` is the image of --from; absent, the build's context. */
export async function runFilesStep(
  room: BuildRoom,
  state: StageState,
  instruction: FilesInstruction,
  lookup: Lookup,
  rules: WordRules,
  source: { readonly image: StoredImage | undefined } | undefined,
): Promise<{ image: StoredImage; cached: boolean }> {
  const plan = planCopy(instruction, state.config.WorkingDir, lookup, rules);
  if (plan.chown.startsWith(':')) {
    throw new EngineError(
      'invalid',
      "unable to convert uid/gid chown string to host mapping: can't find uid for user : no such user: ",
    );
  }
  const parts = [
    ...(await writtenParts(room, instruction, plan, lookup, rules)),
    ...(await plainParts(room, instruction, plan, source)),
  ];
  const sums: Checksum[] = [];
  for (const part of parts) {
    const { selection, fromContext } = part;
    const sum = () =>
      fromContext === true ? room.context.checksum(selection) : room.worker.checksum(selection, room.signal);
    sums.push(await named(instruction.name, sum));
  }
  const kind = sums.length === 1 && sums[0]?.items === 1 ? (sums[0].directory ? 'dir' : 'file') : 'multi';
  const first = sums[0];
  const hash =
    sums.length === 1 && first !== undefined
      ? first.digest.slice('sha256:'.length)
      : sums.map(({ digest }) => digest.slice('sha256:'.length, 20)).join('-');
  const chown = plan.chown === '' ? '' : `--chown=${plan.chown} `;
  const text = `${instruction.name.toUpperCase()} ${chown}${kind}:${hash} in ${plan.target} `;
  const commit: StepCommit = {
    config: state.config,
    createdBy: `${shellOf(state)} #(nop) ${text}`,
    command: [...(state.config.Shell ?? ['/bin/sh', '-c']), `#(nop) ${text}`],
    depends: [
      sums.map(({ digest }) => digest),
      parts.map(({ unpack }) => unpack),
      { ...plan, sources: [] },
      instruction.link,
    ],
    // The text tells the files, their owner and their place, and nothing of the flags of today.
    isTold:
      sums.length === 1 &&
      plan.modes.length === 0 &&
      !plan.parents &&
      !instruction.link &&
      parts.every(({ unpack }) => unpack === (instruction.name === 'add')),
    fill: (layer) =>
      fillLayer(room, state.image, layer, async (view) => {
        for (const { selection, unpack, fromContext } of parts) {
          if (fromContext === true) await room.context.unpack();
          const request: CopyRequest = {
            ...selection,
            to: plan.to,
            toDirectory: plan.toDirectory,
            unpack,
            modes: plan.modes,
          };
          await named(instruction.name, () => room.worker.copy(request, { view }, plan.owner, room.signal));
        }
      }),
  };
  return commitStep(room, state, commit);
}

/** The shell as the history names it. */
export function shellOf(state: StageState): string {
  return (state.config.Shell ?? ['/bin/sh', '-c']).join(' ');
}

/** Lets `write` fill an overlay on an image's layers; its upper directory becomes the layer. */
export async function fillLayer(
  room: BuildRoom,
  on: StoredImage | undefined,
  layer: LayerRoom,
  write: (view: StepView) => Promise<void>,
): Promise<ExtractedLayer> {
  const folder = await newFolder(room, 'step');
  for (const part of ['init', 'upper', 'work', 'point'])
    await mkdir(path.join(folder, part), { mode: 0o755 });
  // An init layer that is empty, and shall stay so.
  await writeFile(path.join(folder, 'init.done'), '');
  await write({
    id: 'build',
    point: path.join(folder, 'point'),
    layers: room.images.layersFolder,
    lower: room.builds.lower(on),
    init: path.join(folder, 'init'),
    upper: path.join(folder, 'upper'),
    work: path.join(folder, 'work'),
    readOnly: false,
    volatile: true,
    mounts: [],
    folders: [],
    files: [],
  });
  return sealFolder(room, path.join(folder, 'upper'), layer);
}

/** Makes a directory of changes a layer where it goes, without a copy. */
export async function sealFolder(room: BuildRoom, upper: string, layer: LayerRoom): Promise<ExtractedLayer> {
  await rm(layer.dest, { recursive: true, force: true });
  await rename(upper, layer.dest);
  await chmod(layer.dest, 0o755);
  return room.worker.seal(layer.dest, layer.split, room.args.epochSeconds(), room.signal);
}

/** Here-documents. */
async function writtenParts(
  room: BuildRoom,
  instruction: FilesInstruction,
  plan: CopyPlan,
  lookup: Lookup,
  rules: WordRules,
): Promise<Part[]> {
  if (instruction.documents.length === 0) return [];
  const root = await newFolder(room, 'documents');
  for (const { name, content, expands, chomps } of instruction.documents) {
    if (name.includes('/') || name === '..' || name === '.') {
      throw new EngineError('invalid', `invalid name of a document: ${name}`);
    }
    const plain = chomps ? content.replace(/^\t+/gm, '') : content;
    const text = expands ? expandWord(plain, lookup, { ...rules, keepsQuotes: true }) : plain;
    const file = path.join(root, name);
    await writeFile(file, text, { mode: 0o644 });
    // When it was written says nothing.
    await utimes(file, 0, 0);
  }
  const sources = instruction.documents.map(({ name }) => ({ path: `/${name}` }));
  return [{ selection: { root, sources, exclude: plan.exclude }, unpack: false }];
}

async function plainParts(
  room: BuildRoom,
  instruction: FilesInstruction,
  plan: CopyPlan,
  source: { readonly image: StoredImage | undefined } | undefined,
): Promise<Part[]> {
  const parts: Part[] = [];
  const local: string[] = [];
  for (const text of plan.sources) {
    if (instruction.name === 'add' && isGitSource(text)) {
      parts.push(await gitPart(room, text, instruction.keepGitDir, plan));
    } else if (instruction.name === 'add' && /^https?:\/\//.test(text)) {
      parts.push(await urlPart(room, text, instruction.checksum, plan, instruction.unpack === true));
    } else {
      local.push(text);
    }
  }
  if (local.length === 0) return parts;
  if (instruction.name === 'add' && instruction.checksum !== '') {
    throw new EngineError('invalid', "checksum can't be specified for local or Git sources");
  }
  const root: SelectionRoot =
    source === undefined ? { root: room.context.root } : await imageRoot(room, source.image);
  const selection: Selection = {
    ...root,
    sources: local.map((text) => selectedSource(text, plan.parents)),
    ignore: source === undefined ? room.context.ignore : [],
    exclude: plan.exclude,
    parents: plan.parents,
    keepOwner: source !== undefined,
  };
  const unpack = instruction.name === 'add' && (instruction.unpack ?? true);
  return [...parts, { selection, unpack, fromContext: source === undefined }];
}

async function urlPart(
  room: BuildRoom,
  address: string,
  checksum: string,
  plan: CopyPlan,
  unpack: boolean,
): Promise<Part> {
  const { response, lastModified, name } = await download(address, room.signal);
  const into = plan.toDirectory ? name : path.posix.basename(plan.to);
  if (into === '' || into.includes('\0')) {
    response.destroy();
    throw new EngineError('invalid', `cannot determine filename from url: ${address}`);
  }
  const root = await newFolder(room, 'download');
  const file = path.join(root, 'file');
  await pipeline(response, createWriteStream(file, { mode: 0o600 }), { signal: room.signal });
  if (checksum !== '') {
    const only = { root, sources: [{ path: '/file' }], contents: true };
    const { contents } = await room.worker.checksum(only, room.signal);
    if (contents !== checksum) {
      throw new EngineError('invalid', `digest mismatch: expected ${checksum}, got ${contents}`);
    }
  }
  const named = path.join(root, path.posix.basename(into) === 'file' ? 'file' : into);
  await rename(file, named);
  const time = lastModified ?? new Date(0);
  await utimes(named, time, time);
  return { selection: { root, sources: [{ path: `/${path.basename(named)}` }] }, unpack };
}

async function gitPart(room: BuildRoom, text: string, keep: boolean, plan: CopyPlan): Promise<Part> {
  const source = parseGitSource(text);
  const root = await newFolder(room, 'repository');
  await fetchGit(source, root, keep, room.signal);
  const sources = [{ path: `/${source.folder}` }];
  return { selection: { root, sources, exclude: plan.exclude }, unpack: false };
}

/** Says in Docker's words what a worker could not find. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  const upper = name.toUpperCase();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    const unknown = /^unable to find (user|group) (\S*):/.exec(error.message);
    if (unknown !== null) {
      const [, kind = '', name = ''] = unknown;
      const id = kind === 'user' ? 'uid' : 'gid';
      throw new EngineError(
        'invalid',
        `unable to convert uid/gid chown string to host mapping: can't find ${id} for ${kind} ${name}: no such ${kind}: ${name}`,
        { cause: error },
      );
    }
    // A wildcard is told as it was written, a path from the root.
    if (error.code === 'ENOENT' && /[*?[]/.test(error.message) && !error.message.startsWith('/')) {
      throw new EngineError('invalid', `${upper} failed: no source files were specified`, { cause: error });
    }
    if (error.code === 'ENOENT') {
      throw new EngineError(
        'invalid',
        `${upper} failed: file not found in build context or excluded by .dockerignore: stat ${error.message.replace(/^\//, '')}: file does not exist`,
        { cause: error },
      );
    }
    throw new EngineError('invalid', `${upper} failed: ${messageOf(error)}`, { cause: error });
  }
}
