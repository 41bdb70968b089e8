// The flags of an instruction: known by name, each with its kind, given once unless it may be given more often.
import type { Node } from './nodes.ts';
import { DockerfileError, type SourceRange } from './source.ts';

/** A flag's value and where it stands. */
export interface FlagValue {
  readonly value: string;
  readonly range: SourceRange;
}

/** `many` may be given more than once; `switch` is true, false, or given without a value. */
export type FlagKind = 'text' | 'many' | 'switch';

/** Reads a node's flags. Throws {@link DockerfileError} in Docker's words. */
export class Flags {
  readonly #values = new Map<string, FlagValue[]>();

  constructor(node: Node, known: Readonly<Record<string, FlagKind>>) {
    for (const { name, value, range } of node.flags) {
      const kind = Object.hasOwn(known, name) ? known[name] : undefined;
      if (kind === undefined) throw new DockerfileError(`unknown flag: --${name}`, range);
      const before = this.#values.get(name) ?? [];
      if (before.length > 0 && kind !== 'many') {
        throw new DockerfileError(`duplicate flag specified: --${name}`, range);
      }
      if (value === undefined && kind !== 'switch') {
        throw new DockerfileError(`missing a value on flag: --${name}`, range);
      }
      const word = value ?? 'true';
      if (kind === 'switch' && !/^(?:true|false)$/i.test(word)) {
        throw new DockerfileError(`expecting boolean value for flag --${name}, not: ${word}`, range);
      }
      this.#values.set(name, [...before, { value: word, range }]);
    }
  }

  text(name: string): string {
    return this.#values.get(name)?.[0]?.value ?? '';
  }

  given(name: string): FlagValue | undefined {
    return this.#values.get(name)?.[0];
  }

  all(name: string): readonly FlagValue[] {
    return this.#values.get(name) ?? [];
  }

  isOn(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }
}
