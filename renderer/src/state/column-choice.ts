// Which columns of a list a person wants to see. Remembered by this browser or window.
import { z } from 'zod';
import { create } from 'zustand';

export interface ColumnChoice<C extends string> {
  /** The columns that can be left out, in the order in which they are offered. */
  readonly optional: readonly C[];
  /** Those that are shown, for a component. */
  readonly use: () => ReadonlySet<C>;
  readonly show: (column: C, shown: boolean) => void;
  readonly showUsual: () => void;
}

/** A choice among these columns, kept under this key; `usual` are shown until one chooses. */
export function createColumnChoice<C extends string>(
  key: string,
  optional: readonly C[],
  usual: readonly C[],
): ColumnChoice<C> {
  const stored = z.array(z.enum(optional));
  const remembered = (): readonly C[] => {
    try {
      return stored.parse(JSON.parse(localStorage.getItem(key) ?? ''));
    } catch {
      return usual;
    }
  };
  const useChosen = create(() => ({ columns: new Set(remembered()) as ReadonlySet<C> }));
  const choose = (columns: ReadonlySet<C>): void => {
    useChosen.setState({ columns });
    localStorage.setItem(key, JSON.stringify([...columns]));
  };
  return {
    optional,
    use: () => useChosen(({ columns }) => columns),
    show: (column, shown) => {
      const { columns } = useChosen.getState();
      choose(new Set(optional.filter((one) => (one === column ? shown : columns.has(one)))));
    },
    showUsual: () => choose(new Set(usual)),
  };
}
