// What a variable is worth in a Dockerfile: arguments before the first FROM, those of a stage, predefined ones, and the environment,
// which wins.
import type { InstructionOf } from '../../syntax/dockerfile/instructions.ts';
import { expandWord, type Lookup } from '../../syntax/dockerfile/words.ts';
import { formatPlatform, hostPlatform } from '../images/platform.ts';

/** Known in every RUN without ARG, and never in the history. */
const predefined: ReadonlySet<string> = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
);

/** The arguments of one build. */
export class BuildArguments {
  readonly #given: ReadonlyMap<string, string | null>;
  readonly #used = new Set<string>();
  readonly #global = new Map<string, string>();

  constructor(given: readonly (readonly [string, string | null])[]) {
    this.#given = new Map(given);
    const { os, architecture, variant } = hostPlatform();
    for (const prefix of ['TARGET', 'BUILD']) {
      this.#global.set(`${prefix}PLATFORM`, formatPlatform(hostPlatform()));
      this.#global.set(`${prefix}OS`, os);
      this.#global.set(`${prefix}ARCH`, architecture);
      this.#global.set(`${prefix}VARIANT`, variant ?? '');
    }
  }

  /** Takes the ARG instructions before the first FROM. */
  declareGlobal(instructions: readonly InstructionOf<'arg'>[], escape: string): void {
    for (const { variables } of instructions) {
      for (const { name, value } of variables) {
        const given = this.#take(name);
        const worth =
          given ??
          (value === undefined ? undefined : expandWord(value, (n) => this.#global.get(n), { escape }));
        if (worth !== undefined) this.#global.set(name, worth);
      }
    }
  }

  /** For FROM. */
  readonly global: Lookup = (name) => this.#global.get(name);

  /** The value of an ARG in a stage: given, the stage's default, or of the same name before the first FROM. */
  value(name: string, stageDefault: string | undefined): string | undefined {
    return this.#take(name) ?? stageDefault ?? this.#global.get(name);
  }

  /** Proxies and the like that were given. */
  predefined(): [string, string][] {
    return [...this.#given].flatMap(([name, value]): [string, string][] => {
      if (!predefined.has(name) || value === null) return [];
      this.#used.add(name);
      return [[name, value]];
    });
  }

  /** The moment that everything made shall bear, when it is given. */
  epochSeconds(): number | undefined {
    const text = this.#given.get('SOURCE_DATE_EPOCH');
    return text !== undefined && text !== null && /^\d{1,11}$/.test(text) ? Number(text) : undefined;
  }

  /** Those that no instruction asked for. */
  unused(): string[] {
    return [...this.#given.keys()].filter(
      (name) =>
        !this.#used.has(name) && !predefined.has(name) && !/^(?:BUILDKIT_|SOURCE_DATE_EPOCH$)/.test(name),
    );
  }

  static isPredefined(name: string): boolean {
    return predefined.has(name);
  }

  #take(name: string): string | undefined {
    if (this.#given.has(name)) this.#used.add(name);
    return this.#given.get(name) ?? undefined;
  }
}
