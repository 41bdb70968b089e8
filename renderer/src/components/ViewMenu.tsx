// What the list shows: which columns, and whether Compose projects stand together.
import { Check, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { en } from '../../strings/en.ts';
import { optionalColumns } from './container-columns.ts';
import { groupByProject, showColumn, showUsualColumns, useListView } from './list-view.ts';

const words = en.containers;

export function ViewMenu() {
  const { columns, grouped } = useListView();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="btn btn-ghost">
        <SlidersHorizontal aria-hidden />
        {words.view}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Label className="menu-label">{words.viewColumns}</DropdownMenu.Label>
          {optionalColumns.map((column) => (
            <Item key={column} checked={columns.has(column)} onChange={(shown) => showColumn(column, shown)}>
              {words.columns[column]}
            </Item>
          ))}
          <DropdownMenu.Item className="menu-item menu-item-inset" onSelect={showUsualColumns}>
            {words.usualColumns}
          </DropdownMenu.Item>
          <DropdownMenu.Separator className="menu-line" />
          <Item checked={grouped} onChange={groupByProject}>
            {words.groupProjects}
          </Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

/** The menu stays open: one seldom changes a single column. */
function Item({ checked, onChange, children }: ItemProps) {
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
