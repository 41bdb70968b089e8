// One stage of a build, from its FROM to its last instruction.
import { parseInstruction, findStage, type Stage } from '../../syntax/dockerfile/dockerfile.ts';
import type { Instruction } from '../../syntax/dockerfile/instructions.ts';
import type { SourceRange } from '../../syntax/dockerfile/source.ts';
import { familiarReference, withDefaultTag } from '../../syntax/image-reference.ts';
import { expandWord, type Lookup, type WordRules } from '../../syntax/dockerfile/words.ts';
import { EngineError } from '../errors.ts';
import { parseReference, type StoredImage } from '../images/image-store.ts';
import type { ProgressMessage } from '../services.ts';
import { containerConfig, untrustedMap } from '../types.ts';
import { placed } from './build-error.ts';
import type { BuildRoom } from './build-room.ts';
import { checkPlatform } from './build-request.ts';
import { fillLayer, runFilesStep, shellOf } from './files-step.ts';
import { runRunStep } from './run-step.ts';
import { commitStep, stand, type StageState } from './stage-state.ts';
import { configured } from './step-config.ts';
import { BuildArguments } from './variables.ts';

/** How a stage reaches the rest of its build. */
export interface StageLinks {
  /** Sends a line of the stream, in the order of stages. */
  readonly write: (message: ProgressMessage) => Promise<void>;
  /** An earlier stage, when it is done. */
  readonly stage: (index: number) => Promise<StageState>;
  /** Number of the stage's FROM among the steps that run, from 1. */
  readonly firstStep: number;
  readonly stepCount: number;
  /** Instructions before the first FROM: the stream counts them, too. */
  readonly globalSteps: number;
  /** Labels of the request, for the stage that the build is for. */
  readonly labels: readonly RequestLabel[];
}

/** A label that the request brings, and the step that it is in the stream and the history. */
interface RequestLabel {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

export class StageBuilder {
  readonly #room: BuildRoom;
  readonly #stage: Stage;
  readonly #links: StageLinks;
  readonly #rules: WordRules;
  readonly #state: StageState = {
    image: undefined,
    config: containerConfig.parse({}),
    author: '',
    args: new Map(),
    commandSet: false,
    said: '',
  };
  #number: number;

  constructor(room: BuildRoom, stage: Stage, links: StageLinks) {
    this.#room = room;
    this.#stage = stage;
    this.#links = links;
    this.#rules = { escape: room.file.escape };
    this.#number = links.firstStep;
  }

  async run(): Promise<StageState> {
    await this.#step(this.#stage.from.text, this.#stage.from.range, () => this.#begin());
    for (const instruction of this.#stage.instructions) {
      await this.#step(instruction.text, instruction.range, () => this.#dispatch(instruction));
    }
    for (const label of this.#links.labels) {
      await this.#step(label.text, this.#stage.from.range, () => this.#label(label));
    }
    if (this.#state.image !== undefined) await this.#links.write({ aux: { ID: this.#state.image.id } });
    return this.#state;
  }

  async #say(text: string): Promise<void> {
    await this.#links.write({ stream: text });
  }

  async #step(
    text: string,
    range: SourceRange,
    work: () => Promise<{ image: StoredImage | undefined; cached: boolean }>,
  ): Promise<void> {
    const { recorder, signal } = this.#room;
    const number = this.#number++;
    signal.throwIfAborted();
    const { globalSteps, stepCount } = this.#links;
    await this.#say(`Step ${String(globalSteps + number)}/${String(globalSteps + stepCount)} : ${text}\n`);
    recorder.begin(number);
    try {
      const { image, cached } = await work();
      if (cached) await this.#say(' ---> Using cache\n');
      await this.#say(` ---> ${image === undefined ? '' : shortId(image.id)}\n`);
      recorder.end(number, image?.id, cached);
    } catch (error) {
      recorder.fail(number, signal.aborted);
      throw placed(error, range);
    }
  }

  /** FROM: an earlier stage, nothing, or an image, and the triggers that it left. */
  async #begin(): Promise<{ image: StoredImage | undefined; cached: boolean }> {
    const { args, builds, file, request } = this.#room;
    const { from, index } = this.#stage;
    const expand = (word: string): string => expandWord(word, args.global, this.#rules);
    const called = expand(from.image.text);
    if (called === '') {
      throw new EngineError('invalid', `base name (${from.image.text}) should not be blank`);
    }
    const platform = expand(from.platform) || request.platform;
    checkPlatform(platform);
    const earlier = findStage(file.stages, called, index);
    if (earlier !== undefined && earlier.name === called.toLowerCase()) {
      const base = await this.#waitFor(earlier.index);
      this.#state.config = base.config;
      this.#state.author = base.author;
      this.#state.image = base.image;
    } else if (called !== 'scratch') {
      const image = await this.#image(called, request.pull, platform);
      this.#room.unpins.push(builds.pin(image));
      stand(this.#state, image);
      this.#state.author = image.config.author;
    }
    const triggers = this.#state.config.OnBuild ?? [];
    this.#state.config = { ...this.#state.config, OnBuild: null };
    this.#addPath();
    if (triggers.length > 0) {
      await this.#say(
        `# Executing ${String(triggers.length)} build ${triggers.length === 1 ? 'trigger' : 'triggers'}\n`,
      );
    }
    let cached = false;
    for (const trigger of triggers) {
      const instruction = parseInstruction(trigger, file.escape);
      if (['from', 'maintainer', 'onbuild'].includes(instruction.name)) {
        throw new EngineError(
          'invalid',
          `${instruction.name.toUpperCase()} isn't allowed as an ONBUILD trigger`,
        );
      }
      ({ cached } = await this.#dispatch(instruction));
    }
    return { image: this.#state.image, cached: cached && triggers.length > 0 };
  }

  /** A command is looked for somewhere, also in an image that says nothing of it. */
  #addPath(): void {
    const { config } = this.#state;
    if (this.#state.image === undefined && !config.Env.some((entry) => entry.startsWith('PATH='))) {
      const Env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...config.Env];
      this.#state.config = { ...config, Env };
    }
  }

  #image(called: string, pull: boolean, platform: string): Promise<StoredImage> {
    const { pulls } = this.#room;
    const known = pulls.get(called) ?? this.#findOrPull(called, pull, platform);
    pulls.set(called, known);
    return known;
  }

  async #findOrPull(called: string, pull: boolean, platform: string): Promise<StoredImage> {
    const { images, builds, auth, signal } = this.#room;
    const here = builds.find(called);
    if (here !== undefined && !pull) return here;
    // An id names what is here and nothing else.
    if (here !== undefined && (here.id === called || here.id.startsWith(`sha256:${called}`))) return here;
    await images.pull(
      familiarReference(withDefaultTag(parseReference(called))),
      undefined,
      platform === '' ? undefined : platform,
      await auth(called),
      (message) => void this.#links.write(message),
      signal,
    );
    const pulled = builds.find(called);
    if (pulled === undefined) throw new EngineError('notFound', `No such image: ${called}`);
    return pulled;
  }

  /** Another stage, when it is built. */
  async #waitFor(stage: number): Promise<StageState> {
    const { recorder } = this.#room;
    const step = this.#number - 1;
    recorder.wait(step);
    const built = await this.#links.stage(stage);
    recorder.begin(step);
    return built;
  }

  /** What `--from` names: an earlier stage, or an image. */
  async #source(called: string): Promise<StoredImage | undefined> {
    const stage = findStage(this.#room.file.stages, called, this.#stage.index);
    if (stage !== undefined) return (await this.#waitFor(stage.index)).image;
    if (/^\d+$/.test(called)) {
      throw new EngineError('invalid', `invalid from flag value ${called}: index out of bounds`);
    }
    if (called.toLowerCase() === this.#stage.name) {
      throw new EngineError('invalid', `invalid from flag value ${called}: refers to current build stage`);
    }
    const image = await this.#image(called, false, this.#room.request.platform);
    this.#room.unpins.push(this.#room.builds.pin(image));
    return image;
  }

  readonly #lookup: Lookup = (name) => {
    const entry = this.#state.config.Env.findLast((candidate) => candidate.startsWith(`${name}=`));
    return entry?.slice(name.length + 1) ?? this.#state.args.get(name);
  };

  async #dispatch(instruction: Instruction): Promise<{ image: StoredImage | undefined; cached: boolean }> {
    const state = this.#state;
    const room = this.#room;
    state.said = instruction.text;
    switch (instruction.name) {
      case 'from':
        throw new EngineError('internal', 'FROM inside of a stage');
      case 'run':
        return runRunStep(
          room,
          state,
          instruction,
          this.#lookup,
          this.#rules,
          (c) => this.#source(c),
          this.#listener(),
        );
      case 'copy':
      case 'add': {
        const from = instruction.name === 'copy' ? instruction.from?.value : undefined;
        const source =
          from === undefined
            ? undefined
            : { image: await this.#source(expandWord(from, this.#lookup, this.#rules)) };
        return runFilesStep(room, state, instruction, this.#lookup, this.#rules, source);
      }
      case 'arg': {
        for (const { name, value } of instruction.variables) {
          const fallback = value === undefined ? undefined : expandWord(value, this.#lookup, this.#rules);
          state.args.set(name, room.args.value(name, fallback));
        }
        const shown = instruction.variables.map(({ name, value }) =>
          value === undefined ? name : `${name}=${value}`,
        );
        const secret = instruction.variables.every(({ name }) => BuildArguments.isPredefined(name));
        return this.#configure(
          `ARG ${secret ? instruction.variables.map(({ name }) => name).join(' ') : shown.join(' ')}`,
        );
      }
      case 'maintainer':
        state.author = instruction.word.text;
        return this.#configure(`MAINTAINER ${state.author}`);
      default: {
        const { config, text } = configured(
          instruction,
          state.config,
          this.#lookup,
          this.#rules,
          state.commandSet,
        );
        const before = state.config.Healthcheck;
        if (instruction.name === 'healthcheck' && before !== null && (before.Test ?? []).length > 0) {
          await this.#say(`Note: overriding previous HEALTHCHECK: [${(before.Test ?? []).join(' ')}]\n`);
        }
        state.config = config;
        if (instruction.name === 'cmd') state.commandSet = true;
        if (instruction.name === 'workdir') return this.#enter(text);
        return this.#configure(text);
      }
    }
  }

  #label({ name, value, text }: RequestLabel): Promise<{ image: StoredImage; cached: boolean }> {
    const { config } = this.#state;
    this.#state.config = {
      ...config,
      Labels: untrustedMap([...Object.entries(config.Labels), [name, value]]),
    };
    return this.#configure(text);
  }

  #configure(text: string): Promise<{ image: StoredImage; cached: boolean }> {
    const state = this.#state;
    return commitStep(this.#room, state, {
      config: state.config,
      createdBy: `${shellOf(state)} #(nop)  ${text}`,
      command: [...(state.config.Shell ?? ['/bin/sh', '-c']), '#(nop) ', text],
      depends: [state.config],
      isTold: true,
    });
  }

  /** WORKDIR makes the folder it names. */
  #enter(text: string): Promise<{ image: StoredImage; cached: boolean }> {
    const state = this.#state;
    const room = this.#room;
    const on = state.image;
    return commitStep(room, state, {
      config: state.config,
      createdBy: `${shellOf(state)} #(nop) ${text}`,
      command: [...(state.config.Shell ?? ['/bin/sh', '-c']), `#(nop) ${text}`],
      depends: [state.config],
      isTold: true,
      fill: (layer) =>
        fillLayer(room, on, layer, (view) => {
          const request = {
            root: room.context.root,
            sources: [],
            to: state.config.WorkingDir,
            toDirectory: true,
          };
          return room.worker.copy(request, { view }, undefined, room.signal);
        }),
    });
  }

  #listener() {
    const number = this.#number - 1;
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    return {
      running: (id: string) => this.#say(` ---> Running in ${id.slice(0, 12)}\n`),
      output: async (bytes: Buffer, stream: 'stdout' | 'stderr') => {
        const text = decoders[stream].decode(bytes, { stream: true });
        if (text === '') return;
        this.#room.recorder.log(number, text);
        await this.#say(stream === 'stderr' ? `\u001b[91m${text}\u001b[0m` : text);
      },
      removed: (id: string) => this.#say(`Removing intermediate container ${id.slice(0, 12)}\n`),
    };
  }
}

/** The twelve digits by which people name an image. */
export function shortId(id: string): string {
  return id.slice('sha256:'.length, 'sha256:'.length + 12);
}
