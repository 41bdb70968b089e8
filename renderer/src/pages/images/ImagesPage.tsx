// The page Images: what is here, what uses it, how big it is; pull, run and remove.
import { Download, Layers, SearchX } from 'lucide-react';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { usePageKey } from '../../components/page-key.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { Segmented } from '../../components/Segmented.tsx';
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
  { id: 'reference', title: words.columns.reference, sortable: true },
  { id: 'id', title: words.columns.id, sortable: true },
  { id: 'use', title: words.columns.use, sortable: true },
  { id: 'created', title: words.columns.created, className: 'cell-number', sortable: true },
  { id: 'size', title: words.columns.size, className: 'cell-number', sortable: true },
  { id: 'actions', title: words.columns.actions, sortable: false },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.run },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];

function runImage(id: string): void {
  const image = useModel.getState().images.get(id);
  if (image !== undefined) openDialog({ kind: 'run', image: imageName(image) });
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
    if (letter !== 'd') return false;
    openDialog({ kind: 'removeImage', id });
    return true;
  };
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-[10px] px-[18px] pb-[10px]">
        <FilterField value={text} onChange={setText} />
        <Segmented
          label={en.filter.which}
          value={which}
          onChoose={setWhich}
          options={[
            { value: 'all', text: en.filter.all },
            { value: 'inUse', text: en.filter.inUse },
            { value: 'unused', text: en.filter.unused },
          ]}
        />
      </div>
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <EmptyState
          icon={<SearchX aria-hidden />}
          title={en.containers.hiddenTitle}
          text={words.hiddenText(images.size)}
          action={
            <button
              type="button"
              className="btn"
              onClick={() => {
                setText('');
                setWhich('all');
              }}
            >
              {en.filter.clear}
            </button>
          }
        />
      ) : (
        <>
          <Grid
            label={words.list}
            className="images-grid"
            columns={columns}
            sort={sort}
            sortLabel={en.containers.sortBy}
            onSort={setSort}
            ids={ids}
            onOpen={runImage}
            onLetter={onLetter}
            row={(id) => <ImageRow id={id} />}
          />
          <KeyHints hints={hints} />
        </>
      )}
    </>
  );
}
