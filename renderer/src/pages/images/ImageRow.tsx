// The cells of one image; it subscribes to its own id.
import { Play } from 'lucide-react';
import { memo } from 'react';
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import type { GridColumn } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { IconButton } from '../../components/IconButton.tsx';
import { UseBadge } from '../../components/UseBadge.tsx';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatSize } from '../../format/number.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import type { ImageColumn } from './image-list.ts';
import { imageName, shortImageId } from './image-reference.ts';
import { ImageMenu } from './ImageMenu.tsx';

const words = en.images;

interface ImageRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<ImageColumn>[];
}

export const ImageRow = memo(function ImageRow({ id, columns }: ImageRowProps) {
  const image = useModel((state) => state.images.get(id));
  if (image === undefined) return null;
  return (
    <GridCells
      columns={columns}
      cells={{
        reference: {
          content: <Reference image={image} />,
          title: inert(image.tags.join('\u00a0 ')),
        },
        id: { content: shortImageId(id), className: 'font-mono text-sm text-ink-3' },
        use: { content: <UseBadge containers={image.containers} /> },
        created: { content: <Created ms={image.createdMs} />, className: 'text-ink-3' },
        shared: { content: <Shared image={image} />, className: 'text-ink-3' },
        size: { content: formatSize(image.sizeBytes) },
        actions: { content: <ImageActions image={image} />, className: 'cell-actions' },
      }}
    />
  );
});

function Reference({ image }: { readonly image: ImageModel }) {
  const [first, ...rest] = image.tags;
  if (first === undefined) return <span className="text-ink-3">{words.dangling}</span>;
  const at = first.lastIndexOf(':');
  const tagged = at > first.lastIndexOf('/');
  const others = inert(rest.join(', '));
  return (
    <>
      <bdi className="font-[550]">{inert(tagged ? first.slice(0, at) : first)}</bdi>
      {tagged && <bdi className="font-mono text-sm text-ink-3">{inert(first.slice(at))}</bdi>}
      {rest.length > 0 && (
        <span className="badge ml-2" role="img" title={others} aria-label={words.moreTagsLabel(others)}>
          {words.moreTags(rest.length)}
        </span>
      )}
    </>
  );
}

function Created({ ms }: { readonly ms: number }) {
  const age = useAge(ms);
  // Reproducible images carry the epoch or thereabouts as their date: no age worth telling.
  if (ms <= 86_400_000) return <span>{en.common.none}</span>;
  return <span title={formatDateTime(ms)}>{words.ago(age)}</span>;
}

function Shared({ image }: { readonly image: ImageModel }) {
  const { sharedBytes, sizeBytes } = image;
  if (sharedBytes === null)
    return (
      <span role="img" aria-label={words.sharedUnknown} title={words.sharedUnknown}>
        {en.common.none}
      </span>
    );
  return <span title={words.ownSize(formatSize(sizeBytes - sharedBytes))}>{formatSize(sharedBytes)}</span>;
}

function ImageActions({ image }: { readonly image: ImageModel }) {
  const name = imageName(image);
  return (
    <>
      <IconButton
        label={words.run(inert(name))}
        tip={`${words.runDialog} (Enter)`}
        icon={<Play aria-hidden />}
        onClick={() => openDialog({ kind: 'run', image: name })}
      />
      <ImageMenu image={image} />
    </>
  );
}
