// A whole Dockerfile: directives, the arguments before the first FROM, and the stages. Which stages a build needs is found here
// too, because the editor shows it as well.
import type { Instruction, InstructionOf } from './instructions.ts';
import { typed } from './instructions.ts';
import { readLines, type Directive, type Line } from './lines.ts';
import { parseNode, type Node } from './nodes.ts';
import { DockerfileError, type SourceRange } from './source.ts';
import { parseRunMount } from './run-mount.ts';

/** FROM and what follows it. */
export interface Stage {
  readonly index: number;
  /** The name given by AS, in small letters; "" without one. */
  readonly name: string;
  readonly from: InstructionOf<'from'>;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly directives: ReadonlyMap<string, Directive>;
  readonly escape: string;
  readonly globalArgs: readonly InstructionOf<'arg'>[];
  readonly stages: readonly Stage[];
  /** As they were read, for checks of the form. */
  readonly lines: readonly Line[];
  readonly nodes: readonly Node[];
}

/** Parses a Dockerfile's text. Throws {@link DockerfileError} with the first thing that is wrong, in Docker's words. */
export function parseDockerfile(source: string): Dockerfile {
  const { directives, escape, lines } = readLines(source);
  const nodes = lines.map((line) => parseNode(line, escape));
  if (nodes.length === 0) throw new DockerfileError('file with no instructions');
  const globalArgs: InstructionOf<'arg'>[] = [];
  const stages: { from: InstructionOf<'from'>; instructions: Instruction[] }[] = [];
  for (const node of nodes) {
    const instruction = typed(node, escape);
    const stage = stages.at(-1);
    if (instruction.name === 'from') stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.name === 'arg') globalArgs.push(instruction);
    else throw new DockerfileError('no build stage in current context', node.range);
  }
  if (stages.length === 0) throw new DockerfileError('dockerfile contains no stages to build');
  return {
    directives,
    escape,
    globalArgs,
    lines,
    nodes,
    stages: stages.map(({ from, instructions }, index) => ({
      index,
      name: from.alias?.text.toLowerCase() ?? '',
      from,
      instructions,
    })),
  };
}

/** Parses one instruction, as a trigger of an image is. Throws {@link DockerfileError}. */
export function parseInstruction(text: string, escape = '\\'): Instruction {
  const [line] = readLines(text).lines;
  if (line === undefined) throw new DockerfileError('file with no instructions');
  return typed(parseNode(line, escape), escape);
}

/** A stage by what `--from` or `--target` calls it: its name, or its number among those before `before`. */
export function findStage(
  stages: readonly Stage[],
  called: string,
  before = stages.length,
): Stage | undefined {
  const earlier = stages.slice(0, before);
  const named = earlier.findLast(({ name }) => name !== '' && name === called.toLowerCase());
  return named ?? (/^\d+$/.test(called) ? earlier[Number(called)] : undefined);
}

/** The stage that a build is for. Throws {@link DockerfileError} in Docker's words. */
export function targetStage({ stages }: Dockerfile, target: string): Stage {
  const stage = target === '' ? stages.at(-1) : findStage(stages, target);
  if (stage === undefined) {
    throw new DockerfileError(`failed to reach build target ${target} in Dockerfile`);
  }
  return stage;
}

/** Where something is taken from: an earlier stage or an image by this name. */
export interface StageReference {
  readonly called: string;
  readonly range: SourceRange;
}

/** What an instruction takes from elsewhere. */
export function referencesOf(instruction: Instruction): StageReference[] {
  if (instruction.name === 'copy' && instruction.from !== undefined) {
    return [{ called: instruction.from.value, range: instruction.from.range }];
  }
  if (instruction.name !== 'run') return [];
  return instruction.mounts.flatMap((mount) => {
    const { from } = parseRunMount(mount, (word) => word);
    return from === '' ? [] : [{ called: from, range: mount.range }];
  });
}
