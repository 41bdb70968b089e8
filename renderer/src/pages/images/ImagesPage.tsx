// The page Images: what is here, what uses it, how big it is; pull, run, tag, push and remove.
import { BrushCleaning, Download, Layers } from 'lucide-react';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { ListBar } from '../../components/ListBar.tsx';
import { NothingMatches } from '../../components/NothingMatches.tsx';
import { usePageKey } from '../../components/page-key.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { formatSize } from '../../format/number.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listImages, type ImageColumn, type WhichImages } from './image-list.ts';
import { imageName } from './image-reference.ts';
import { ImageRow } from './ImageRow.tsx';
import { PullStrip } from './PullStrip.tsx';

const words = en.images;
const columns: readonly GridColumn<ImageColumn>[] = [
  { id: 'reference', title: words.columns.reference, sortable: true, widthPx: 200, grow: 1 },
  { id: 'id', title: words.columns.id, sortable: true, widthPx: 120, rank: 2 },
  { id: 'use', title: words.columns.use, sortable: true, widthPx: 120, rank: 3 },
  {
    id: 'created',
    title: words.columns.created,
    className: 'cell-number',
    sortable: true,
    widthPx: 104,
    rank: 1,
  },
  {
    id: 'size',
    title: words.columns.size,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 96,
    rank: 4,
  },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 76 },
];
const choices: readonly { readonly value: WhichImages; readonly text: string }[] = [
  { value: 'all', text: en.filter.all },
  { value: 'inUse', text: en.filter.inUse },
  { value: 'unused', text: en.filter.unused },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.run },
  { keys: ['t'], text: en.hints.tag },
  { keys: ['u'], text: en.hints.push },
  { keys: ['h'], text: en.hints.history },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];

const letterDialogs = new Map([
  ['d', 'removeImage'],
  ['t', 'tagImage'],
  ['u', 'pushImage'],
  ['h', 'imageHistory'],
] as const as readonly (readonly [string, 'removeImage' | 'tagImage' | 'pushImage' | 'imageHistory'])[]);

function runImage(id: string): void {
  const image = useModel.getState().images.get(id);
  if (image !== undefined) openDialog({ kind: 'run', image: imageName(image) });
}

function imageRow(id: string, shown: typeof columns) {
  return <ImageRow id={id} columns={shown} />;
}

export function ImagesPage() {
  const images = useModel((state) => state.images);
  const pull = (): void => openDialog({ kind: 'pull', reference: '' });
  usePageKey('p', pull);
  const bytes = useMemo(
    () => [...images.values()].reduce((sum, image) => sum + image.sizeBytes, 0),
    [images],
  );
  return (
    <>
      <PageHead
        title={words.title}
        summary={images.size === 0 ? '' : words.summary(images.size, formatSize(bytes))}
      >
        {images.size > 0 && (
          <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneImages' })}>
            <BrushCleaning aria-hidden />
            {words.prune}
          </button>
        )}
        <button type="button" className="btn btn-primary" aria-keyshortcuts="p" onClick={pull}>
          <Download aria-hidden />
          {words.pull}
          <kbd className="kbd kbd-on" aria-hidden>
            p
          </kbd>
        </button>
      </PageHead>
      <PullStrip />
      {images.size === 0 ? (
        <EngineTrouble>
          <EmptyState
            icon={<Layers aria-hidden />}
            title={words.emptyTitle}
            text={words.emptyText}
            command={words.emptyCommand}
            action={
              <button type="button" className="btn" onClick={pull}>
                <Download aria-hidden />
                {words.pull}
              </button>
            }
          />
        </EngineTrouble>
      ) : (
        <ImageList />
      )}
    </>
  );
}

function ImageList() {
  const images = useModel((state) => state.images);
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichImages>('all');
  const [sort, setSort] = useState<GridSort<ImageColumn>>({ column: 'reference', ascending: true });
  const ids = useMemo(
    () => listImages(images, text, which, sort.column, sort.ascending),
    [images, text, which, sort],
  );
  const onLetter = (id: string, letter: string): boolean => {
    const kind = letterDialogs.get(letter);
    if (kind === undefined) return false;
    openDialog({ kind, id });
    return true;
  };
  const clear = (): void => {
    setText('');
    setWhich('all');
  };
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich} />
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <NothingMatches text={words.hiddenText(images.size)} onClear={clear} />
      ) : (
        <>
          <Grid
            label={words.list}
            columns={columns}
            sort={sort}
            sortLabel={en.containers.sortBy}
            onSort={setSort}
            ids={ids}
            onOpen={runImage}
            onLetter={onLetter}
            row={imageRow}
          />
          <KeyHints hints={hints} />
        </>
      )}
    </>
  );
}
