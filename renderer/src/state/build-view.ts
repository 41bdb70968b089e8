// A build as its events tell it. Pure.
import type { BuildEvent, BuildHead, BuildStep } from '../../../runtime/contract/builds.ts';

/** One build with its steps. */
export interface BuildView {
  readonly head: BuildHead;
  readonly steps: readonly BuildStep[];
}

/** What an event makes of a view. */
export function applyBuildEvent(before: BuildView | undefined, event: BuildEvent): BuildView | undefined {
  const head = event.build ?? before?.head;
  if (head === undefined) return undefined;
  const steps = [...(before?.steps ?? [])];
  for (const step of event.steps) {
    const at = step.number - 1;
    steps[at] = { ...step, log: (steps[at]?.log ?? '') + step.log };
  }
  return { head, steps };
}
