// The steps of a build as a list: state, instruction, time, and the log of each on demand. What runs and what failed shows its log by itself.
import { ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { BuildStep } from '../../../../runtime/contract/builds.ts';
import { inert, inertLine } from '../../format/inert.ts';
import { en } from '../../strings/en.ts';
import { logLines, stepState } from './build-text.ts';
import { Duration } from './Duration.tsx';
import { StateBadge } from './StepState.tsx';

const words = en.builds.steps;
/** More of a log is for a terminal. */
const shownLines = 2000;

interface BuildStepsProps {
  readonly steps: readonly BuildStep[];
  /** Goes to a line of the Dockerfile. */
  readonly onLine?: (line: number) => void;
}

export function BuildSteps({ steps, onLine }: BuildStepsProps) {
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
  if (steps.length === 0) return <p className="px-[18px] py-3 text-ink-3">{words.none}</p>;
  const stages = new Set(steps.map(({ stage }) => stage)).size;
  return (
    <ol aria-label={words.label} className="flex flex-col py-2">
      {steps.map((step, index) => {
        const open =
          chosen.get(step.number) ??
          (step.state === 'failed' || (step.state === 'running' && step.log !== ''));
        return (
          <li key={step.number}>
            {stages > 1 && steps[index - 1]?.stage !== step.stage && (
              <h3 className="px-[18px] pt-2 pb-1 text-sm font-[600] text-ink-3">
                {step.stageName === '' ? words.unnamedStage(step.stage) : words.stage(inert(step.stageName))}
              </h3>
            )}
            <StepLine
              step={step}
              open={open}
              onToggle={() => setChosen(new Map(chosen).set(step.number, !open))}
              {...(onLine === undefined ? {} : { onLine })}
            />
          </li>
        );
      })}
    </ol>
  );
}

interface StepLineProps {
  readonly step: BuildStep;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly onLine?: (line: number) => void;
}

function StepLine({ step, open, onToggle, onLine }: StepLineProps) {
  const text = inert(step.text.replace(/\s+/g, ' '));
  const line = step.range.startLine;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (step.state === 'failed') place.current?.scrollIntoView({ block: 'nearest' });
  }, [step.state]);
  return (
    <div ref={place}>
      <div className="build-step" data-state={step.state}>
        <button
          type="button"
          className="build-step-button"
          aria-expanded={open}
          aria-label={`${words.states[stepState(step)]}: ${text}`}
          onClick={onToggle}
        >
          <ChevronRight aria-hidden className={open ? 'rotate-90' : ''} />
          <span className="w-[74px] flex-none text-left">
            <StateBadge state={stepState(step)} />
          </span>
          <span className="min-w-0 flex-1 truncate text-left font-mono text-sm" title={text}>
            {text}
          </span>
          <span className="flex-none text-sm text-ink-3 tabular-nums">
            {step.state === 'waiting' ? '' : <Duration of={step} />}
          </span>
        </button>
        {onLine !== undefined && (
          <button
            type="button"
            className="link flex-none text-sm"
            aria-label={words.goToLine(line)}
            onClick={() => onLine(line)}
          >
            {words.line(line)}
          </button>
        )}
      </div>
      {open && <StepLog step={step} />}
    </div>
  );
}

function StepLog({ step }: { readonly step: BuildStep }) {
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [step.log]);
  if (step.log === '') return <p className="mx-[18px] mb-2 ml-[42px] text-sm text-ink-3">{words.noLog}</p>;
  const { lines, isCut } = logLines(step.log, shownLines);
  return (
    <div className="mx-[18px] mb-2 ml-[42px]">
      {isCut && <p className="text-sm text-ink-3">{words.cutLog(shownLines)}</p>}
      <pre
        ref={box}
        className="build-log"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        role="group"
        aria-label={words.log(step.number)}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          atEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
        }}
      >
        {lines.map(inertLine).join('\n')}
      </pre>
    </div>
  );
}
