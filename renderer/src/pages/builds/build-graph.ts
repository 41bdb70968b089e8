// The stages of a build as a graph: which waits for which, and in which column each stands. Pure.
import type { BuildStep } from '../../../../runtime/contract/builds.ts';

export interface StageNode {
  readonly stage: number;
  readonly name: string;
  readonly steps: readonly BuildStep[];
  /** Stages that it takes something from. */
  readonly after: readonly number[];
  /** 0 for stages that wait for nobody; else one more than the last they wait for. */
  readonly column: number;
}

/** The stages in the order of the file. */
export function stageNodes(steps: readonly BuildStep[]): StageNode[] {
  const stageOf = new Map(steps.map(({ number, stage }) => [number, stage]));
  const nodes = new Map<number, StageNode>();
  for (const step of steps) {
    const before = nodes.get(step.stage);
    const waits = step.after
      .map((number) => stageOf.get(number))
      .filter((stage) => stage !== undefined && stage !== step.stage);
    const after = [...new Set([...(before?.after ?? []), ...waits.filter((stage) => stage !== undefined)])];
    // A stage only takes from earlier ones, so those are placed by now.
    const column = Math.max(0, ...after.map((stage) => (nodes.get(stage)?.column ?? 0) + 1));
    nodes.set(step.stage, {
      stage: step.stage,
      name: step.stageName,
      steps: [...(before?.steps ?? []), step],
      after,
      column,
    });
  }
  return [...nodes.values()];
}
