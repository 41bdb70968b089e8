// The list of a page whose objects containers use: a filter, a choice of the used or the unused, rows that can be sorted, and what is
// said when the filter leaves nothing.
import { useMemo, useState, type ComponentProps } from 'react';
import { Grid, type GridColumn, type GridSort } from '../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../components/KeyHints.tsx';
import { ListBar } from '../components/ListBar.tsx';
import { NothingMatches } from '../components/NothingMatches.tsx';
import type { WhichUse } from '../components/text-filter.ts';
import { en } from '../strings/en.ts';
import { EngineTrouble } from './EngineTrouble.tsx';

const choices: readonly { readonly value: WhichUse; readonly text: string }[] = [
  { value: 'all', text: en.filter.all },
  { value: 'inUse', text: en.filter.inUse },
  { value: 'unused', text: en.filter.unused },
];

/** What a list is asked for. */
export type ListArguments<C extends string> = [text: string, which: WhichUse, column: C, ascending: boolean];

type GridProps<C extends string> = ComponentProps<typeof Grid<C>>;

interface ObjectListProps<C extends string> extends Pick<
  GridProps<C>,
  'openId' | 'onOpen' | 'onClose' | 'onLetter' | 'row'
> {
  readonly label: string;
  readonly columns: readonly GridColumn<C>[];
  /** The column that the rows are sorted by at first. */
  readonly firstColumn: C;
  /** The ids to show, in order. Keep the function the same while its objects are. */
  readonly list: (...sought: ListArguments<C>) => readonly string[];
  /** Said when the filter hides everything. */
  readonly hiddenText: string;
  readonly hints: readonly KeyHint[];
}

export function ObjectList<C extends string>(props: ObjectListProps<C>) {
  const { firstColumn, list, hiddenText, hints, ...grid } = props;
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichUse>('all');
  const [sort, setSort] = useState<GridSort<C>>({ column: firstColumn, ascending: true });
  const ids = useMemo(() => list(text, which, sort.column, sort.ascending), [list, text, which, sort]);
  const clear = (): void => {
    setText('');
    setWhich('all');
  };
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich} />
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <NothingMatches text={hiddenText} onClear={clear} />
      ) : (
        <>
          <Grid {...grid} sort={sort} sortLabel={en.containers.sortBy} onSort={setSort} ids={ids} />
          <KeyHints hints={hints} />
        </>
      )}
    </>
  );
}
