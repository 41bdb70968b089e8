// The stages of a build side by side: those that wait for others stand to their right, with a line from each. A card has the stage's steps.
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { BuildStep } from '../../../../runtime/contract/builds.ts';
import { inert } from '../../format/inert.ts';
import { en } from '../../strings/en.ts';
import { stageNodes, type StageNode } from './build-graph.ts';
import { stepState } from './build-text.ts';
import { Duration } from './Duration.tsx';
import { StateMark } from './StepState.tsx';

const words = en.builds;

function nameOf(node: Pick<StageNode, 'name' | 'stage'>): string {
  return node.name === '' ? words.steps.unnamedStage(node.stage) : inert(node.name);
}

export function BuildGraph({ steps }: { readonly steps: readonly BuildStep[] }) {
  const nodes = useMemo(() => stageNodes(steps), [steps]);
  const frame = useRef<HTMLDivElement>(null);
  const edges = nodes.map(({ stage, after }) => `${stage}:${after.join(',')}`).join(' ');
  const lines = useEdges(frame, edges);
  const columns = Math.max(0, ...nodes.map(({ column }) => column)) + 1;
  const byStage = new Map(nodes.map((node) => [node.stage, node]));
  return (
    <div ref={frame} className="build-graph">
      <svg aria-hidden className="build-graph-lines">
        {lines.map((line) => (
          <path key={line} d={line} />
        ))}
      </svg>
      <ul
        aria-label={words.graph.label}
        className="build-graph-stages"
        style={{ gridTemplateColumns: `repeat(${columns}, minmax(190px, 280px))` }}
      >
        {nodes.map((node) => (
          <li
            key={node.stage}
            className="build-stage"
            data-stage={node.stage}
            data-after={node.after.join(' ')}
            style={{ gridColumn: node.column + 1 }}
          >
            <h3 className="truncate font-[600]" title={nameOf(node)}>
              {nameOf(node)}
            </h3>
            {node.after.length > 0 && (
              <p className="truncate text-sm text-ink-3">
                {words.graph.after(
                  node.after.map((stage) => nameOf(byStage.get(stage) ?? { stage, name: '' })).join(', '),
                )}
              </p>
            )}
            <ol className="mt-1">
              {node.steps.map((step) => (
                <li key={step.number} className="flex h-6 items-center gap-2 text-sm">
                  <StateMark state={stepState(step)} />
                  <span className="min-w-0 flex-1 truncate font-mono" title={inert(step.text)}>
                    {inert(step.text.replace(/\s+/g, ' '))}
                  </span>
                  <span className="flex-none text-ink-3 tabular-nums">
                    {step.state === 'waiting' ? '' : <Duration of={step} />}
                  </span>
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Curves from the right side of a stage to the left side of those that wait for it, as paths; measured, since cards are as high as their steps. */
function useEdges(frame: { readonly current: HTMLDivElement | null }, edges: string): readonly string[] {
  const [lines, setLines] = useState<readonly string[]>([]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = (): void => {
      const box = element.getBoundingClientRect();
      const cards = new Map(
        [...element.querySelectorAll<HTMLElement>('[data-stage]')].map((card) => [card.dataset.stage, card]),
      );
      const found: string[] = [];
      for (const card of cards.values()) {
        const to = card.getBoundingClientRect();
        for (const stage of (card.dataset.after ?? '').split(' ').filter((text) => text !== '')) {
          const from = cards.get(stage)?.getBoundingClientRect();
          if (from === undefined) continue;
          const x1 = Math.round(from.right - box.left + element.scrollLeft);
          const y1 = Math.round(from.top - box.top + element.scrollTop + 18);
          const x2 = Math.round(to.left - box.left + element.scrollLeft);
          const y2 = Math.round(to.top - box.top + element.scrollTop + 18);
          const middle = (x1 + x2) / 2;
          found.push(`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
        }
      }
      setLines(found);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, edges]);
  return lines;
}
