// Says that not all of a log is shown, by what it is held back, and offers the way back. Nothing when all is shown.
import { FilterX, ListFilter } from 'lucide-react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { useLogView } from './log-view-store.ts';

interface FilterStripProps {
  /** The find expression can be filtered by. */
  readonly matching: boolean;
}

export function FilterStrip({ matching }: FilterStripProps) {
  const { query, matchesOnly, errorsOnly, range } = useLogView();
  const why: string[] = [];
  if (range.kind === 'custom') why.push(en.logs.range.customLong(range.fromMs, range.toMs));
  else if (range.kind !== 'all') why.push(en.logs.range.since[range.kind]);
  if (errorsOnly) why.push(en.logs.filterErrors);
  if (matchesOnly && matching)
    why.push(query.regex ? en.logs.filterRegex(inert(query.text)) : en.logs.filterText(inert(query.text)));
  if (why.length === 0) return null;
  return (
    <p className="log-filters" role="status">
      <ListFilter aria-hidden />
      <span className="min-w-0 truncate">{en.logs.only(why)}</span>
      <button type="button" className="link ml-auto flex flex-none items-center gap-1" onClick={clearFilters}>
        <FilterX aria-hidden />
        {en.logs.showAllLines}
      </button>
    </p>
  );
}

/** Shows every line again; what was looked for stays in its field. */
export function clearFilters(): void {
  useLogView.setState(({ range }) => ({
    matchesOnly: false,
    errorsOnly: false,
    // The same object when nothing changes: a new range is read anew.
    range: range.kind === 'all' ? range : { kind: 'all' },
  }));
}
