// What can be done to the selected rows of a list, below it while any are selected: how many they are, and the way to select none.
import { X } from 'lucide-react';
import { useSyncExternalStore, type ReactNode } from 'react';
import { en } from '../strings/en.ts';
import { focusCurrentRow } from './Grid.tsx';
import { IconButton } from './IconButton.tsx';
import type { RowSelection } from './row-selection.ts';

interface SelectionBarProps {
  readonly label: string;
  readonly selection: RowSelection;
  /** The buttons for what is selected. */
  readonly children: ReactNode;
}

export function SelectionBar({ label, selection, children }: SelectionBarProps) {
  const ids = useSyncExternalStore(selection.subscribe, selection.ids);
  return (
    <div className="bulk-bar" role="toolbar" aria-label={label}>
      <span className="flex-none font-[600] tabular-nums" role="status">
        {en.containers.selected(ids.size)}
      </span>
      {children}
      <span className="flex-1" />
      <IconButton
        label={en.containers.clearSelection}
        icon={<X aria-hidden />}
        onClick={() => {
          selection.clear();
          focusCurrentRow();
        }}
      />
    </div>
  );
}
