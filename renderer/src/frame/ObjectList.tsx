// The list of a page whose objects containers use: a filter, a choice of the used or the unused, rows that can be sorted and selected, and what
// is said when the filter leaves nothing.
import {
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ComponentProps,
  type ReactNode,
} from 'react';
import { Grid, type GridColumn, type GridSort } from '../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../components/KeyHints.tsx';
import { ListBar } from '../components/ListBar.tsx';
import { NothingMatches } from '../components/NothingMatches.tsx';
import type { RowSelection } from '../components/row-selection.ts';
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
  /** What the page has to choose from beside the filter. */
  readonly view?: ReactNode;
  /** Rows that can be selected, and what stands below the list while some are. */
  readonly selected?: { readonly rows: RowSelection; readonly bar: ReactNode };
}

/** What stands for itself. */
function itself(id: string): readonly string[] {
  return [id];
}

export function ObjectList<C extends string>(props: ObjectListProps<C>) {
  const { firstColumn, list, hiddenText, hints, view, selected, ...grid } = props;
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichUse>('all');
  const [sort, setSort] = useState<GridSort<C>>({ column: firstColumn, ascending: true });
  const ids = useMemo(() => list(text, which, sort.column, sort.ascending), [list, text, which, sort]);
  const rows = selected?.rows;
  useEffect(() => rows?.offer(ids), [rows, ids]);
  const clear = (): void => {
    setText('');
    setWhich('all');
  };
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich}>
        {view}
      </ListBar>
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <NothingMatches text={hiddenText} onClear={clear} />
      ) : (
        <>
          <Grid
            {...grid}
            {...(rows !== undefined && { selection: { rows, membersOf: itself } })}
            sort={sort}
            sortLabel={en.containers.sortBy}
            onSort={setSort}
            ids={ids}
          />
          {selected === undefined ? <KeyHints hints={hints} /> : <BelowList {...selected} hints={hints} />}
        </>
      )}
    </>
  );
}

interface BelowListProps {
  readonly rows: RowSelection;
  readonly bar: ReactNode;
  readonly hints: readonly KeyHint[];
}

function BelowList({ rows, bar, hints }: BelowListProps) {
  const some = useSyncExternalStore(rows.subscribe, () => rows.ids().size > 0);
  return some ? bar : <KeyHints hints={hints} />;
}
