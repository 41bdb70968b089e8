// The "more" menu of a row: a button with three dots, and items with their icon and the key that does the same on the row.
// Not modal: the page stays alive behind it, for screen readers too.
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

interface MenuProps {
  readonly label: string;
  /** With a frame, as the buttons beside it in the details. */
  readonly framed?: boolean;
  readonly children: ReactNode;
}

export function Menu({ label, framed, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className={`btn btn-icon ${framed === true ? 'h-[30px] w-[30px]' : 'btn-ghost'}`}
        aria-label={label}
      >
        <Ellipsis aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
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
