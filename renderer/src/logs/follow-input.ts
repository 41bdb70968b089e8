// Who moved the log? Only a person's wheel, key, finger or scrollbar unsticks a log that follows its end: scroll events
// alone may be late ones of a move that was over before.
import { useEffect, useRef, type RefObject } from 'react';

/** What the person last set out to do: nothing, to go up, to go down, or something that the scroll will tell. */
export type Intent = 'none' | 'up' | 'down' | 'free';

const upKeys: ReadonlySet<string> = new Set(['ArrowUp', 'PageUp']);
const downKeys: ReadonlySet<string> = new Set(['ArrowDown', 'PageDown']);

/** Watches a scroller; `End` follows, `Home` goes to the very top, going up stops following at once. Following forgets what was intended before. */
export function useFollowInput(
  scroller: RefObject<HTMLElement | null>,
  follow: boolean,
  onFollow: (follow: boolean) => void,
): RefObject<Intent> {
  const intent = useRef<Intent>('none');
  const latest = useRef({ follow, onFollow });
  useEffect(() => {
    if (follow && !latest.current.follow) intent.current = 'none';
    latest.current = { follow, onFollow };
  });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const going = (next: Intent): void => {
      intent.current = next;
      if (next === 'up' && latest.current.follow && element.scrollHeight > element.clientHeight)
        latest.current.onFollow(false);
    };
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY !== 0 && !event.ctrlKey) going(event.deltaY < 0 ? 'up' : 'down');
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'End') {
        intent.current = 'none';
        latest.current.onFollow(true);
      } else if (event.key === 'Home') {
        // At once: on a long way the browser takes steps, and each may change what is still above.
        going('up');
        element.scrollTop = 0;
        event.preventDefault();
      } else if (upKeys.has(event.key) || (event.key === ' ' && event.shiftKey)) going('up');
      else if (downKeys.has(event.key) || event.key === ' ') going('down');
    };
    const onHand = (): void => going('free');
    const options = { passive: true };
    element.addEventListener('wheel', onWheel, options);
    element.addEventListener('keydown', onKey);
    element.addEventListener('touchmove', onHand, options);
    element.addEventListener('pointerdown', onHand);
    return () => {
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKey);
      element.removeEventListener('touchmove', onHand);
      element.removeEventListener('pointerdown', onHand);
    };
  }, [scroller]);
  return intent;
}
