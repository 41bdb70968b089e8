// The "more" menu of a row: a button with three dots, and items with their icon and the key that does the same on the row.
// Not modal: the page stays alive behind it, for screen readers too. Until it opens there is nothing but the button: a long
// list has one in each row.
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { coverOf } from './cover.ts';

const dots = <Ellipsis aria-hidden />;

interface MenuProps {
  /** The id of what it acts on. A row's elements may come to show another row: a menu that was open is closed then. */
  readonly subject: string;
  readonly label: string;
  /** With a frame, as the buttons beside it in the details. */
  readonly framed?: boolean;
  readonly children: ReactNode;
}

/** What opened a menu: opened by a key, it begins at its first item. */
type OpenedBy = 'pointer' | 'key';

export function Menu({ subject, label, framed, children }: MenuProps) {
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const [opened, setOpened] = useState<{ readonly by: OpenedBy; readonly subject: string }>();
  const open = opened?.subject === subject;

  // As the library's own button: it opens on the press already.
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.ctrlKey) return;
    setOpened(open ? undefined : { by: 'pointer', subject });
    event.preventDefault();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!['Enter', ' ', 'ArrowDown'].includes(event.key)) return;
    setOpened({ by: 'key', subject });
    event.preventDefault();
  };

  return (
    <>
      <button
        ref={setButton}
        type="button"
        className={`btn btn-icon ${framed === true ? 'h-[30px] w-[30px]' : 'btn-ghost'}`}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerDown={onPointerDown}
        onKeyDown={onKeyDown}
      >
        {dots}
      </button>
      {open && button !== null && (
        <OpenMenu label={label} button={button} openedBy={opened.by} onClose={() => setOpened(undefined)}>
          {children}
        </OpenMenu>
      )}
    </>
  );
}

interface OpenMenuProps {
  readonly label: string;
  readonly button: HTMLButtonElement;
  readonly openedBy: OpenedBy;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function OpenMenu({ label, button, openedBy, onClose, children }: OpenMenuProps) {
  const [place] = useState(() => coverOf(button));
  const content = useRef<HTMLDivElement>(null);
  const leftForElsewhere = useRef(false);
  useEffect(() => {
    if (openedBy === 'key')
      content.current?.querySelector<HTMLElement>('[role^=menuitem]:not([data-disabled])')?.focus();
  }, [openedBy]);
  const page = document.querySelector('main') ?? document.body;
  return createPortal(
    <DropdownMenu.Root open modal={false} onOpenChange={onClose}>
      <DropdownMenu.Trigger asChild>
        <span aria-hidden style={place} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={page}>
        <DropdownMenu.Content
          ref={content}
          className="menu"
          aria-label={label}
          aria-labelledby={undefined}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onInteractOutside={({ detail }) => {
            const { target } = detail.originalEvent;
            leftForElsewhere.current = !(target instanceof Node && button.contains(target));
          }}
          onCloseAutoFocus={() => {
            if (!leftForElsewhere.current) button.focus();
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>,
    page,
  );
}

interface MenuItemProps {
  readonly icon: ReactNode;
  readonly text: string;
  readonly shortcut?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
}

export function MenuItem({ icon, text, shortcut, danger, disabled, onSelect }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={`menu-item ${danger === true ? 'menu-item-danger' : ''}`}
      disabled={disabled === true}
      onSelect={onSelect}
    >
      <span aria-hidden className="contents">
        {icon}
      </span>
      {text}
      {shortcut !== undefined && (
        <kbd className="kbd" aria-hidden>
          {shortcut}
        </kbd>
      )}
    </DropdownMenu.Item>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator className="menu-line" />;
}
