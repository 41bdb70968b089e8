// RUN: the command runs in a container on the stage's layers, and the container's changes are the step's layer. What is mounted beside
// them is a copy of the step's own or a cache; the places it is mounted on lie in the init layer and leave nothing behind
// (CVE-2024-23652).
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { InstructionOf } from '../../syntax/dockerfile/instructions.ts';
import { parseRunMount, type RunMount } from '../../syntax/dockerfile/run-mount.ts';
import { hasWildcards } from '../../syntax/dockerfile/wildcards.ts';
import { expandWord, type Lookup, type WordRules } from '../../syntax/dockerfile/words.ts';
import { EngineError } from '../errors.ts';
import type { Selection } from '../helper/build-worker.ts';
import { containerCreateBody, hostConfig, mount as mountSchema, type Mount } from '../types.ts';
import type { StoredImage } from '../images/image-store.ts';
import { BuildStepError } from './build-error.ts';
import { serveAgent, serveSecret } from './client-mounts.ts';
import { imageRoot, newFolder, type BuildRoom } from './build-room.ts';
import { sealFolder } from './files-step.ts';
import { commitStep, type StageState } from './stage-state.ts';

/** What a RUN step tells of itself. */
export interface RunListener {
  running(containerId: string): Promise<void>;
  output(bytes: Buffer, stream: 'stdout' | 'stderr'): Promise<void>;
  removed(containerId: string): Promise<void>;
}

type MountedSource = (called: string) => Promise<StoredImage | undefined>;

interface PreparedMount {
  readonly mount: RunMount;
  /** What is mounted changes what the step comes to; a cache does not, and what a client serves is not asked for before the step runs. */
  readonly digest: string | undefined;
  /** Makes what is mounted, when the step runs. */
  readonly make: () => Promise<MadeMount>;
}

interface MadeMount {
  /** Undefined when the step goes without. */
  readonly bind?: Mount;
  /** What of it is told to the program: `NAME=value`. */
  readonly env?: readonly string[];
}

/** Runs a step, or finds it in the cache. */
export async function runRunStep(
  room: BuildRoom,
  state: StageState,
  instruction: InstructionOf<'run'>,
  lookup: Lookup,
  rules: WordRules,
  sourceOf: MountedSource,
  listener: RunListener,
): Promise<{ image: StoredImage; cached: boolean }> {
  if (state.image === undefined) {
    throw new EngineError('invalid', 'RUN in an empty stage: there is no program in scratch that could run');
  }
  refuse(instruction);
  const network = networkOf(room, instruction, lookup, rules);
  const releases: (() => void)[] = [];
  const mounts: PreparedMount[] = [];
  for (const flag of instruction.mounts) {
    const mount = parseRunMount(flag, (word) => expandWord(word, lookup, rules));
    const agents = mounts.filter((one) => one.mount.type === 'ssh').length;
    mounts.push(await prepareMount(room, state, mount, sourceOf, agents, releases));
  }
  const { words, script } = commandOf(state, instruction);
  const given = room.args.predefined().filter(([name]) => !state.args.has(name) && !hasVariable(state, name));
  const declared = [...state.args].filter(
    ([name, value]) => value !== undefined && !hasVariable(state, name),
  ) as [string, string][];
  // What was given and not asked for by name is in force, and stays out of the history.
  const shown = declared.map(([name, value]) => `${name}=${value}`).sort();
  const prefix = shown.length + given.length === 0 ? [] : [`|${String(shown.length)}`, ...shown];
  const createdBy = [...prefix, ...words].join(' ');
  let containerId = '';
  const environment = [...given, ...declared].map(([name, value]) => `${name}=${value}`);
  try {
    return await commitStep(room, state, {
      config: state.config,
      createdBy,
      command: [...prefix, ...words],
      depends: [network, script ?? null, mounts.map(({ mount, digest }) => ({ ...mount, digest }))],
      isTold: network === 'default' && script === undefined && mounts.length === 0,
      containerId: () => containerId,
      fill: async (layer) => {
        const release = await room.slots.take(room.signal);
        releases.push(release);
        const base = await room.images.runnable(state.image?.id ?? '');
        const binds: Mount[] = [];
        const served: string[] = [];
        for (const { make } of mounts) {
          const { bind, env = [] } = await make();
          if (bind !== undefined) binds.push(bind);
          served.push(...env);
        }
        if (script !== undefined) binds.push(await scriptMount(room, script));
        const body = containerCreateBody.parse({
          ...state.config,
          Image: base.id,
          Env: [...environment, ...state.config.Env, ...served],
          Entrypoint: [''],
          Cmd: words,
          Labels: {},
          HostConfig: hostConfig.parse({
            ...room.request.limits,
            NetworkMode: network,
            ExtraHosts: room.request.extraHosts,
            Mounts: binds,
          }),
        });
        const image = {
          ...base,
          // Volumes of the image are no places of their own while it is built, and nobody asks for its health.
          config: { ...base.config, Volumes: {}, ExposedPorts: {}, Healthcheck: null, OnBuild: null },
        };
        let kept = false;
        try {
          const exitCode = await room.steps.run(
            { ...body, Volumes: {}, ExposedPorts: {}, Healthcheck: null },
            image,
            {
              named: (id) => (containerId = id),
              created: () => void listener.running(containerId),
              output: (bytes, stream) => listener.output(bytes, stream),
            },
            room.signal,
          );
          if (exitCode !== 0) {
            // The record of a container that is kept would keep a secret.
            kept = !room.request.remove && !room.request.forceRemove && served.length === 0;
            if (room.request.forceRemove) await listener.removed(containerId);
            throw new BuildStepError(
              `The command '${words.join(' ')}' returned a non-zero code: ${String(exitCode)}`,
              exitCode,
              hintOf(room, instruction, exitCode),
            );
          }
          if (room.request.remove || room.request.forceRemove || served.length > 0) {
            const extracted = await sealFolder(room, await room.steps.changes(containerId), layer);
            await listener.removed(containerId);
            return extracted;
          }
          kept = true;
          const packed = await room.steps.pack(containerId, image, room.signal);
          return await room.extract(layer, packed);
        } finally {
          if (kept) await room.steps.keep(containerId);
          else if (containerId !== '') await room.steps.remove(containerId);
        }
      },
    });
  } finally {
    for (const release of releases) release();
  }
}

function refuse({ security, devices }: InstructionOf<'run'>): void {
  if (security !== undefined && security.value !== 'sandbox') {
    if (security.value !== 'insecure')
      throw new EngineError('invalid', `security ${JSON.stringify(security.value)} is not valid`);
    throw new EngineError(
      'forbidden',
      'RUN --security=insecure is not allowed: security.insecure is not granted to builds',
    );
  }
  if (devices.length > 0) throw new EngineError('notImplemented', 'RUN --device is not implemented');
}

function networkOf(
  room: BuildRoom,
  { network }: InstructionOf<'run'>,
  lookup: Lookup,
  rules: WordRules,
): string {
  const wanted = network === undefined ? 'default' : expandWord(network.value, lookup, rules);
  if (wanted === 'default') return room.request.networkMode === '' ? 'default' : room.request.networkMode;
  if (wanted === 'none') return 'none';
  if (wanted !== 'host') throw new EngineError('invalid', `invalid network mode ${JSON.stringify(wanted)}`);
  // CVE-2024-23653: what the Dockerfile asks for is not what the user allowed.
  if (room.request.networkMode === 'host') return 'host';
  throw new EngineError(
    'forbidden',
    'RUN --network=host is not allowed: build with --network=host to allow it',
  );
}

function hasVariable(state: StageState, name: string): boolean {
  return state.config.Env.some((entry) => entry.startsWith(`${name}=`));
}

/** The words that run, and the script that they are given. */
function commandOf(
  state: StageState,
  { command, documents }: InstructionOf<'run'>,
): { words: string[]; script: string | undefined } {
  if ('words' in command) return { words: [...command.words], script: undefined };
  const shell = state.config.Shell ?? ['/bin/sh', '-c'];
  const [document] = documents;
  if (document === undefined) return { words: [...shell, command.shell], script: undefined };
  const chomped = documents.map((one) => ({
    ...one,
    content: one.chomps ? one.content.replace(/^\t+/gm, '') : one.content,
  }));
  const [only] = chomped;
  // The document alone is the script.
  if (only !== undefined && chomped.length === 1 && /^\d*<<-?\s*\S+$/.test(command.shell.trim())) {
    if (only.content.startsWith('#!')) return { words: [scriptPath], script: only.content };
    return { words: [...shell, only.content], script: undefined };
  }
  const text = chomped.map(({ content, name }) => `${content}${name}\n`).join('');
  const line = command.shell.replace(/(\d*<<)-/g, '$1');
  return { words: [...shell, `${line}\n${text}`], script: undefined };
}

const scriptPath = '/run/.berth-script';

async function scriptMount(room: BuildRoom, script: string) {
  const folder = await newFolder(room, 'script');
  const file = path.join(folder, 'script');
  await writeFile(file, script, { mode: 0o755 });
  return mountSchema.parse({ Type: 'bind', Source: file, Target: scriptPath, ReadOnly: true });
}

function tmpfsOf({ target, sizeBytes }: RunMount): Mount {
  const size = sizeBytes === undefined ? {} : { TmpfsOptions: { SizeBytes: sizeBytes } };
  return mountSchema.parse({ Type: 'tmpfs', Target: target, ...size });
}

function bindOf({ target, readOnly }: Pick<RunMount, 'target' | 'readOnly'>, source: string): Mount {
  return mountSchema.parse({ Type: 'bind', Source: source, Target: target, ReadOnly: readOnly });
}

/** What a client serves. `agents`: how many of its agents the step has already. */
function preparedService(
  room: BuildRoom,
  mount: RunMount,
  agents: number,
  releases: (() => void)[],
): PreparedMount {
  return {
    mount,
    digest: undefined,
    make: async () => {
      const served =
        mount.type === 'secret'
          ? await serveSecret(room, mount, releases)
          : await serveAgent(room, mount, agents, releases);
      if (served?.source === undefined) return { env: served?.env ?? [] };
      return { bind: bindOf({ target: served.target, readOnly: true }, served.source), env: served.env };
    },
  };
}

async function prepareMount(
  room: BuildRoom,
  state: StageState,
  written: RunMount,
  sourceOf: MountedSource,
  agents: number,
  releases: (() => void)[],
): Promise<PreparedMount> {
  const isServed = written.type === 'secret' || written.type === 'ssh';
  if (isServed && written.target === '') return preparedService(room, written, agents, releases);
  const mount = { ...written, target: path.posix.resolve('/', state.config.WorkingDir, written.target) };
  if (isServed) return preparedService(room, mount, agents, releases);
  if (mount.type === 'tmpfs') {
    return { mount, digest: undefined, make: () => Promise.resolve({ bind: tmpfsOf(mount) }) };
  }
  const source = mount.source === '' ? '/' : path.posix.resolve('/', mount.source);
  const from = mount.from === '' ? undefined : { image: await sourceOf(mount.from) };
  const selection: Selection = {
    ...(from === undefined ? { root: room.context.root } : await imageRoot(room, from.image)),
    sources: [{ path: source }],
    ignore: from === undefined ? room.context.ignore : [],
    keepOwner: from !== undefined,
  };
  if (mount.type === 'cache') {
    const fill =
      mount.from === ''
        ? undefined
        : async (folder: string) => {
            if (from === undefined) await room.context.unpack();
            const request = { ...selection, to: '/', toDirectory: true };
            await room.worker.copy(request, { dest: folder }, undefined, room.signal);
          };
    return {
      mount,
      digest: undefined,
      make: async () => {
        const taken = await room.mounts.take(mount, fill);
        releases.push(taken.release);
        return { bind: bindOf(mount, taken.folder) };
      },
    };
  }
  const { digest, directory } =
    from === undefined
      ? await room.context.checksum(selection)
      : await room.worker.checksum(selection, room.signal);
  return {
    mount,
    digest,
    make: async () => {
      if (from === undefined) await room.context.unpack();
      // The context itself is ours and no link; all else is copied, because what a link leads to may change meanwhile.
      const whole =
        from === undefined && source === '/' && mount.readOnly && room.context.ignore.length === 0;
      if (whole) return { bind: bindOf(mount, room.context.root) };
      const folder = await newFolder(room, 'mount');
      const to = directory ? '/' : '/file';
      await room.worker.copy(
        { ...selection, to, toDirectory: directory },
        { dest: folder },
        undefined,
        room.signal,
      );
      return { bind: bindOf(mount, directory ? folder : path.join(folder, 'file')) };
    },
  };
}

/** What beginners get wrong, in a sentence. */
function hintOf(
  room: BuildRoom,
  { text, range }: InstructionOf<'run'>,
  exitCode: number,
): string | undefined {
  if (exitCode === 127) return 'A program of this command is not installed in the image.';
  const [, wanted] = /\bpip3? install\b.*?(?:-r|--requirement)[= ]?\s*(\S+)/.exec(text) ?? [];
  if (wanted === undefined) return undefined;
  const brings = (source: string): boolean =>
    hasWildcards(source) || /^\.?\/?$/.test(source) || wanted.endsWith(path.posix.basename(source));
  const copied = room.file.stages
    .flatMap(({ instructions }) => instructions)
    .some(
      (other) =>
        (other.name === 'copy' || other.name === 'add') &&
        other.range.startLine < range.startLine &&
        other.sources.some(({ text: source }) => brings(source)),
    );
  return copied
    ? undefined
    : `${wanted} is not in the image yet: put "COPY ${wanted} ." on a line above line ${String(range.startLine)}.`;
}
