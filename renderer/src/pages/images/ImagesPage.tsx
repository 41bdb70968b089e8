// The page Images: what is here, what uses it, how big it is; pull, run, tag, push and remove.
import { BrushCleaning, Download, Layers } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import type { GridColumn } from '../../components/Grid.tsx';
import type { KeyHint } from '../../components/KeyHints.tsx';
import { usePageKey } from '../../components/page-key.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { formatSize } from '../../format/number.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { ObjectList, type ListArguments } from '../../frame/ObjectList.tsx';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listImages, type ImageColumn } from './image-list.ts';
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

function openByLetter(id: string, letter: string): boolean {
  const kind = letterDialogs.get(letter);
  if (kind === undefined) return false;
  openDialog({ kind, id });
  return true;
}

function ImageList() {
  const images = useModel((state) => state.images);
  const list = useCallback(
    (...sought: ListArguments<ImageColumn>) => listImages(images, ...sought),
    [images],
  );
  return (
    <ObjectList
      label={words.list}
      columns={columns}
      firstColumn="reference"
      list={list}
      hiddenText={words.hiddenText(images.size)}
      hints={hints}
      onOpen={runImage}
      onLetter={openByLetter}
      row={imageRow}
    />
  );
}
