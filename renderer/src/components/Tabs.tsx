// A row of tabs: one stop for the Tab key, arrows, Home and End move, Delete closes one that may be closed. A tab with an
// address is a link; the panel it shows carries `panelId`.
import { X } from 'lucide-react';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { Link } from 'wouter';

export interface TabItem<T extends string> {
  readonly value: T;
  readonly text: string;
  /** Something before the text: a mark with a shape of its own. */
  readonly mark?: ReactNode;
  readonly href?: string;
}

interface TabsProps<T extends string> {
  readonly label: string;
  /** The tab's element has the id `${idPrefix}-${value}`. */
  readonly idPrefix: string;
  readonly panelId: string;
  readonly items: readonly TabItem<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly onClose?: (value: T) => void;
  readonly className?: string;
}

export function Tabs<T extends string>(props: TabsProps<T>) {
  const { label, idPrefix, panelId, items, value, onChoose, onClose } = props;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = items.findIndex((item) => item.value === value);
    const next = items[target(event.key, at, items.length)];
    if (event.key === 'Delete' && onClose !== undefined) onClose(value);
    else if (next !== undefined) {
      onChoose(next.value);
      document.getElementById(`${idPrefix}-${next.value}`)?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div
      role="tablist"
      aria-label={label}
      tabIndex={-1}
      className={props.className ?? 'tabs'}
      onKeyDown={onKeyDown}
    >
      {items.map((item) => {
        const attributes = {
          id: `${idPrefix}-${item.value}`,
          role: 'tab',
          'aria-selected': item.value === value,
          'aria-controls': item.value === value ? panelId : undefined,
          tabIndex: item.value === value ? 0 : -1,
        };
        if (item.href !== undefined) {
          return (
            <Link key={item.value} href={item.href} {...attributes}>
              {item.mark}
              {item.text}
            </Link>
          );
        }
        // The cross is the mouse's way to close; a button of its own may not stand inside a row of tabs.
        const onClick = (event: MouseEvent): void => {
          const crossed = event.target instanceof Element && event.target.closest('[data-close]') !== null;
          if (crossed) onClose?.(item.value);
          else onChoose(item.value);
        };
        return (
          <button
            key={item.value}
            type="button"
            aria-keyshortcuts={onClose === undefined ? undefined : 'Delete'}
            onClick={onClick}
            {...attributes}
          >
            {item.mark}
            {item.text}
            {onClose !== undefined && (
              <span className="tab-close" data-close aria-hidden>
                <X />
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

function target(key: string, at: number, count: number): number {
  if (key === 'ArrowLeft') return (at - 1 + count) % count;
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : -1;
}
