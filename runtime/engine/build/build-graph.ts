// Which stages a build needs, and on which others each stands. Pure.
import {
  findStage,
  referencesOf,
  targetStage,
  type Dockerfile,
  type Stage,
} from '../../syntax/dockerfile/dockerfile.ts';
import { expandWord, type Lookup } from '../../syntax/dockerfile/words.ts';

/** A stage that runs, and the stages that it waits for, by index. */
export interface StageNode {
  readonly stage: Stage;
  readonly after: readonly number[];
}

/** The stages that a target needs, in the order of the file; those that nobody needs are left out. */
export function stageGraph(file: Dockerfile, target: string, globals: Lookup): StageNode[] {
  const last = targetStage(file, target);
  const needed = new Map<number, StageNode>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage.index)) return;
    const after = new Set<number>();
    const refer = (called: string, byNumber: boolean): void => {
      const other = findStage(file.stages, called, stage.index);
      if (other !== undefined && (byNumber || other.name === called.toLowerCase())) after.add(other.index);
    };
    refer(expandWord(stage.from.image.text, globals, { escape: file.escape }), false);
    for (const instruction of stage.instructions) {
      for (const { called } of referencesOf(instruction)) refer(called, true);
    }
    needed.set(stage.index, { stage, after: [...after].sort((a, b) => a - b) });
    for (const index of after) {
      const other = file.stages[index];
      if (other !== undefined) visit(other);
    }
  };
  visit(last);
  return [...needed.values()].sort((a, b) => a.stage.index - b.stage.index);
}
