// Shows the tooltip of the marked element (Tip) that the pointer rests on, or that the keyboard has reached. It can be pointed
// at itself, and goes away with a press, Escape, a scroll of what its element lies in, or the element.
import { Tooltip } from 'radix-ui';
import { useCallback, useEffect, useRef, useState } from 'react';
import { coverOf } from './cover.ts';
import type { TipSide } from './Tip.tsx';

/** How long the pointer rests on an element before its tooltip comes, ms. */
const restMs = 500;
/** Within this time after one tooltip the next one comes at once, ms. */
const againMs = 300;
/** Time to cross the gap between an element and its tooltip, ms. */
const crossMs = 120;
const contentId = 'tip-text';

interface ShownTip {
  readonly element: HTMLElement;
  readonly text: string;
  readonly side: TipSide;
}

export function TipLayer() {
  const [shown, setShown] = useState<ShownTip>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hide = useCallback(() => {
    clearTimeout(timer.current);
    setShown(undefined);
  }, []);

  useEffect(() => {
    let hiddenMs = 0;
    let over: HTMLElement | undefined;
    const later = (ms: number, then: () => void): void => {
      clearTimeout(timer.current);
      timer.current = setTimeout(then, ms);
    };
    const leave = (): void => {
      hiddenMs = performance.now();
      hide();
    };
    const onOver = ({ target, pointerType }: PointerEvent): void => {
      if (pointerType === 'touch' || !(target instanceof Element)) return;
      // On the tooltip itself it stays.
      if (target.closest('.tooltip') !== null) {
        clearTimeout(timer.current);
        return;
      }
      const element = markedAt(target);
      if (element === over) return;
      const before = over;
      over = element;
      if (element !== undefined) {
        const soon = performance.now() - hiddenMs < againMs || before !== undefined;
        later(soon ? crossMs : restMs, () => setShown(tipOf(element)));
      } else if (before !== undefined) later(crossMs, leave);
    };
    const onFocus = ({ target }: FocusEvent): void => {
      const element = target instanceof Element ? markedAt(target) : undefined;
      if (element?.matches(':focus-visible') === true) later(0, () => setShown(tipOf(element)));
    };
    document.addEventListener('pointerover', onOver);
    document.documentElement.addEventListener('pointerleave', leave);
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', leave);
    document.addEventListener('pointerdown', leave, { capture: true });
    return () => {
      clearTimeout(timer.current);
      document.removeEventListener('pointerover', onOver);
      document.documentElement.removeEventListener('pointerleave', leave);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', leave);
      document.removeEventListener('pointerdown', leave, { capture: true });
    };
  }, [hide]);

  useEffect(() => {
    if (shown === undefined) return;
    const { element } = shown;
    element.setAttribute('aria-describedby', contentId);
    const onScroll = ({ target }: Event): void => {
      if (target instanceof Node && target.contains(element)) hide();
    };
    const watcher = new MutationObserver(() => {
      setShown((before) =>
        element.isConnected && before?.text === element.dataset.tip ? before : tipOf(element),
      );
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-tip'] });
    document.addEventListener('scroll', onScroll, { capture: true });
    return () => {
      element.removeAttribute('aria-describedby');
      watcher.disconnect();
      document.removeEventListener('scroll', onScroll, { capture: true });
    };
  }, [shown, hide]);

  if (shown === undefined) return null;
  return (
    <Tooltip.Provider disableHoverableContent>
      <Tooltip.Root open onOpenChange={hide}>
        <Tooltip.Trigger asChild>
          <span aria-hidden style={coverOf(shown.element)} />
        </Tooltip.Trigger>
        <Tooltip.Portal container={document.querySelector('main')}>
          <Tooltip.Content
            id={contentId}
            className="tooltip"
            side={shown.side}
            sideOffset={5}
            collisionPadding={8}
          >
            {shown.text}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}

function markedAt(target: Element): HTMLElement | undefined {
  return target.closest<HTMLElement>('[data-tip]') ?? undefined;
}

const sides: readonly TipSide[] = ['top', 'right', 'bottom', 'left'];

/** What its marks say; nothing when it has lost them, or is gone. */
function tipOf(element: HTMLElement): ShownTip | undefined {
  const { tip, tipSide } = element.dataset;
  if (tip === undefined || !element.isConnected) return undefined;
  return { element, text: tip, side: sides.find((side) => side === tipSide) ?? 'top' };
}
