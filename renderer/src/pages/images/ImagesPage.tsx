// The page Images: what is here, what uses it, how big it is; pull, run, tag, push, save, load and remove. The list stays, and the details of
// one open below it or beside it. Archives that are dropped on the page are loaded.
import { BrushCleaning, Download, FileUp, Layers } from 'lucide-react';
import { useCallback, useMemo, useState, type DragEvent } from 'react';
import { useLocation } from 'wouter';
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FileButton } from '../../components/FileButton.tsx';
import type { GridColumn } from '../../components/Grid.tsx';
import type { KeyHint } from '../../components/KeyHints.tsx';
import { PageButton } from '../../components/PageButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Split } from '../../components/Split.tsx';
import { useCloseDetails } from '../../components/use-close-details.ts';
import { ViewMenu } from '../../components/ViewMenu.tsx';
import { inert } from '../../format/inert.ts';
import { formatSize } from '../../format/number.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { ObjectList, type ListArguments } from '../../frame/ObjectList.tsx';
import { imagePath, type ImageTab } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { loadArchives, useArchives } from './image-archives.ts';
import { columnChoice, columnsOf } from './image-columns.ts';
import { listImages, type ImageColumn } from './image-list.ts';
import { imageName } from './image-reference.ts';
import { ImageDetails } from './ImageDetails.tsx';
import { save } from './ImageMenu.tsx';
import { ImageRow } from './ImageRow.tsx';
import { PullStrip } from './PullStrip.tsx';

const words = en.images;
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.run },
  { keys: ['t'], text: en.hints.tag },
  { keys: ['u'], text: en.hints.push },
  { keys: ['i'], text: en.hints.open },
  { keys: ['l'], text: words.tabs.layers },
  { keys: ['f'], text: words.tabs.files },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];

const letterTabs = new Map<string, ImageTab>([
  ['i', 'summary'],
  ['l', 'layers'],
  ['f', 'files'],
]);
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

function imageRow(id: string, shown: readonly GridColumn<ImageColumn>[]) {
  return <ImageRow id={id} columns={shown} />;
}

/** A layer that several images share is in the size of each. */
function sizeOfAll(images: readonly ImageModel[]): string {
  const size = formatSize(images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return images.every(({ sharedBytes }) => sharedBytes === 0) ? size : words.atMost(size);
}

interface ImagesPageProps {
  readonly id: string | undefined;
  readonly tab: ImageTab;
}

export function ImagesPage({ id, tab }: ImagesPageProps) {
  const images = useModel((state) => state.images);
  const pull = (): void => openDialog({ kind: 'pull', reference: '' });
  const { isOver, drop } = useDrop();
  const open = id !== undefined && images.has(id) ? id : undefined;
  const close = useCloseDetails('images');
  const size = useMemo(() => sizeOfAll([...images.values()]), [images]);
  return (
    <div className="flex min-h-0 flex-1 flex-col" role="presentation" {...drop}>
      <PageHead title={words.title} summary={images.size === 0 ? '' : words.summary(images.size, size)}>
        {images.size > 0 && (
          <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneImages' })}>
            <BrushCleaning aria-hidden />
            {words.prune}
          </button>
        )}
        <FileButton
          multiple
          icon={<FileUp aria-hidden />}
          text={words.load}
          onFiles={(files) => void loadArchives(files)}
        />
        <PageButton primary letter="p" icon={<Download aria-hidden />} text={words.pull} onClick={pull} />
      </PageHead>
      {isOver && <p className="border-b border-line px-[18px] py-2 text-ink-2">{words.loadDrop}</p>}
      <ArchiveStrip />
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
        <Split
          first={<ImageList openId={open} onClose={close} />}
          second={
            open === undefined ? undefined : <ImageDetails key={open} id={open} tab={tab} onClose={close} />
          }
        />
      )}
    </div>
  );
}

/** What is dropped on the page is loaded. */
function useDrop() {
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');
  const drop = {
    onDragOver: (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent): void => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void loadArchives([...event.dataTransfer.files]);
    },
  };
  return { isOver, drop };
}

/** What is being saved or loaded, and the way to stop it. */
function ArchiveStrip() {
  const { text, cancel } = useArchives();
  if (text === '') return null;
  return (
    <div className="flex items-center gap-2 border-b border-line px-[18px] py-1 text-sm" role="status">
      <span className="mark mark-busy" aria-hidden />
      <span className="min-w-0 flex-1 truncate">{inert(text)}</span>
      <button type="button" className="link" onClick={cancel}>
        {words.cancelTransfer}
      </button>
    </div>
  );
}

function openByLetter(id: string, letter: string, navigate: (path: string) => void): boolean {
  const tab = letterTabs.get(letter);
  const kind = letterDialogs.get(letter);
  const image = useModel.getState().images.get(id);
  if (tab !== undefined) navigate(imagePath(id, tab));
  else if (kind !== undefined) openDialog({ kind, id });
  else if (letter === 's' && image !== undefined) save(image);
  else return false;
  return true;
}

interface ImageListProps {
  readonly openId: string | undefined;
  readonly onClose: () => void;
}

function ImageList({ openId, onClose }: ImageListProps) {
  const [, navigate] = useLocation();
  const onLetter = useCallback(
    (id: string, letter: string) => openByLetter(id, letter, navigate),
    [navigate],
  );
  const images = useModel((state) => state.images);
  const chosen = columnChoice.use();
  const columns = useMemo(() => columnsOf(chosen), [chosen]);
  const list = useCallback(
    (...sought: ListArguments<ImageColumn>) => listImages(images, ...sought),
    [images],
  );
  return (
    <ObjectList
      label={words.list}
      columns={columns}
      view={<ViewMenu choice={columnChoice} titles={words.columns} />}
      firstColumn="reference"
      list={list}
      hiddenText={words.hiddenText(images.size)}
      hints={hints}
      onOpen={runImage}
      openId={openId}
      onClose={onClose}
      onLetter={onLetter}
      row={imageRow}
    />
  );
}
