// Two panes with a line between them that can be dragged or moved with the arrow keys; one pane alone takes all the room.
import { useRef, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { sharePanes, useDetailsBeside, useLayout } from '../state/layout-store.ts';
import { en } from '../strings/en.ts';

interface SplitProps {
  readonly first: ReactNode;
  readonly second: ReactNode | undefined;
  /** The first pane is where one works, not a list: it has more room, remembered by itself. */
  readonly work?: boolean;
}

export function Split({ first, second, work }: SplitProps) {
  const which = work === true ? 'workShare' : 'listShare';
  const beside = useDetailsBeside();
  const share = useLayout((state) => state[which]);
  const frame = useRef<HTMLDivElement>(null);
  const template = `minmax(0, ${share}fr) auto minmax(0, ${100 - share}fr)`;
  const style: CSSProperties =
    second === undefined
      ? { gridTemplateRows: 'minmax(0, 1fr)' }
      : beside
        ? { gridTemplateColumns: template, gridTemplateRows: 'minmax(0, 1fr)' }
        : { gridTemplateRows: template };

  const drag = (event: PointerEvent): void => {
    const box = frame.current?.getBoundingClientRect();
    if (box === undefined || event.buttons !== 1) return;
    sharePanes(
      which,
      beside
        ? ((event.clientX - box.left) / box.width) * 100
        : ((event.clientY - box.top) / box.height) * 100,
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -2, ArrowUp: -2, ArrowRight: 2, ArrowDown: 2 }[event.key];
    if (step === undefined) return;
    sharePanes(which, share + step);
    event.preventDefault();
  };

  return (
    <div
      ref={frame}
      className={`grid min-h-0 flex-1 ${second === undefined ? '' : 'split-two'}`}
      style={style}
    >
      <div className="flex min-h-0 min-w-0 flex-col">{first}</div>
      {second !== undefined && (
        <>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a focusable separator is a control */}
          <div
            role="separator"
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
            tabIndex={0}
            aria-label={en.details.resize}
            aria-orientation={beside ? 'vertical' : 'horizontal'}
            aria-valuenow={share}
            aria-valuemin={25}
            aria-valuemax={75}
            className={`split-line ${beside ? 'split-line-beside' : 'split-line-below'}`}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onKeyDown={onKeyDown}
          />
          <div className="flex min-h-0 min-w-0 flex-col bg-surface shadow-[var(--shadow)]">{second}</div>
        </>
      )}
    </div>
  );
}
