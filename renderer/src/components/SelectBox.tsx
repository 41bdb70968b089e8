// The boxes that select a row of a list, or all its rows.
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { RowSelection, SelectionState } from './row-selection.ts';

interface SelectBoxProps {
  readonly selection: RowSelection;
  /** What the row stands for. */
  readonly members: readonly string[];
  readonly label: string;
}

/** In a row. The list hears its clicks; Space on the row does the same. */
export function SelectBox({ selection, members, label }: SelectBoxProps) {
  const state = useSyncExternalStore(selection.subscribe, () => selection.stateOf(members));
  return <Box state={state} label={label} />;
}

/** In the header: selects all that is shown, or nothing. */
export function SelectAllBox({ selection, label }: Omit<SelectBoxProps, 'members'>) {
  const state = useSyncExternalStore(selection.subscribe, () => selection.stateOfAll());
  return (
    <Box
      state={state}
      label={label}
      onToggle={() => (state === 'all' ? selection.clear() : selection.selectAll())}
    />
  );
}

interface BoxProps {
  readonly state: SelectionState;
  readonly label: string;
  readonly onToggle?: () => void;
}

function Box({ state, label, onToggle }: BoxProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = state === 'some';
  }, [state]);
  return (
    <input
      ref={box}
      type="checkbox"
      className="select-box"
      aria-label={label}
      checked={state === 'all'}
      tabIndex={onToggle === undefined ? -1 : 0}
      onChange={() => onToggle?.()}
    />
  );
}
