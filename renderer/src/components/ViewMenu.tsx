// What a list shows: which of its columns, and what else the page has to choose from.
import { Check, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import type { ColumnChoice } from '../state/column-choice.ts';
import { en } from '../strings/en.ts';

const words = en.objects;

interface ViewMenuProps<C extends string> {
  readonly choice: ColumnChoice<C>;
  readonly titles: Readonly<Record<C, string>>;
  /** More items below those of the columns. */
  readonly children?: ReactNode;
}

export function ViewMenu<C extends string>({ choice, titles, children }: ViewMenuProps<C>) {
  const chosen = choice.use();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="btn btn-ghost ml-auto">
        <SlidersHorizontal aria-hidden />
        {words.view}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Label className="menu-label">{words.viewColumns}</DropdownMenu.Label>
          {choice.optional.map((column) => (
            <ViewItem
              key={column}
              checked={chosen.has(column)}
              onChange={(shown) => choice.show(column, shown)}
            >
              {titles[column]}
            </ViewItem>
          ))}
          <DropdownMenu.Item className="menu-item menu-item-inset" onSelect={choice.showUsual}>
            {words.usualColumns}
          </DropdownMenu.Item>
          {children !== undefined && <DropdownMenu.Separator className="menu-line" />}
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ViewItemProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

/** The menu stays open: one seldom changes a single column. */
export function ViewItem({ checked, onChange, children }: ViewItemProps) {
  return (
    <DropdownMenu.CheckboxItem
      className="menu-item menu-item-inset"
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <DropdownMenu.ItemIndicator className="menu-check">
        <Check aria-hidden />
      </DropdownMenu.ItemIndicator>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}
