// One image in full: its names and sizes, who uses it, its layers and its files.
import { Layers } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { CopyButton } from '../../components/CopyButton.tsx';
import { InspectJson } from '../../components/InspectJson.tsx';
import {
  ObjectDetails,
  ObjectFacts,
  ObjectSection,
  ObjectSummary,
  type ObjectFact,
} from '../../components/ObjectDetails.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatSize } from '../../format/number.ts';
import { containerPath, imagePath, imageTabs, type ImageTab } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { imageName, shortImageId } from './image-reference.ts';
import { ImageFiles } from './ImageFiles.tsx';
import { ImageLayers } from './ImageLayers.tsx';
import { ImageMenu } from './ImageMenu.tsx';
import { ImageNames } from './ImageNames.tsx';
import { ImageNewer } from './ImageNewer.tsx';

const words = en.images;

interface ImageDetailsProps {
  readonly id: string;
  readonly tab: ImageTab;
  readonly onClose: () => void;
}

export function ImageDetails({ id, tab, onClose }: ImageDetailsProps) {
  const [, navigate] = useLocation();
  const image = useModel((state) => state.images.get(id));
  const containers = useModel((state) => state.containers);
  const offered = useModel((state) => state.engine?.features.includes('imageFiles') === true);
  const [layer, setLayer] = useState<number | null>(null);
  if (image === undefined) return null;
  const name = imageName(image);
  const users = [...containers.values()]
    .filter(({ imageId }) => imageId === id)
    .map((container) => (
      <li key={container.id} className="flex min-h-8 items-center border-b border-line py-1">
        <Link className="link min-w-0 truncate" href={containerPath(container.id, 'summary')}>
          <bdi>{inert(container.name)}</bdi>
        </Link>
      </li>
    ));
  const browse = (which: number): void => {
    setLayer(which);
    navigate(imagePath(id, 'files'));
  };
  const facts: readonly ObjectFact[] = [
    [
      words.columns.id,
      <span key="id" className="flex items-start gap-1">
        <span className="min-w-0 font-mono text-sm">{shortImageId(id)}</span>
        <CopyButton text={id} label={words.copyId} />
      </span>,
    ],
    [words.names, <ImageNames key={id} image={image} />],
    [words.columns.size, formatSize(image.sizeBytes)],
    ...(image.sharedBytes === null
      ? []
      : [
          [
            words.columns.shared,
            `${formatSize(image.sharedBytes)} · ${words.ownSize(formatSize(image.sizeBytes - image.sharedBytes))}`,
          ] as const,
        ]),
    [words.columns.created, image.createdMs > 86_400_000 ? formatDateTime(image.createdMs) : en.common.none],
    [words.newerList, <ImageNewer key={id} id={id} />],
  ];
  /** What the chosen tab shows. */
  const panelOf = () => {
    if (tab === 'summary')
      return (
        <ObjectSummary label={inert(name)}>
          <ObjectFacts facts={facts} />
          <ObjectSection title={en.objects.usersTitle}>
            {users.length === 0 ? (
              <p className="text-ink-3">{words.noUsers}</p>
            ) : (
              <ul className="flex flex-col">{users}</ul>
            )}
          </ObjectSection>
          <InspectJson key={id} method="images.inspect" id={id} />
        </ObjectSummary>
      );
    if (!offered) return <p className="px-[18px] py-3 text-ink-2">{words.filesUnavailable}</p>;
    if (tab === 'layers') return <ImageLayers key={id} id={id} onBrowse={browse} />;
    return <ImageFiles id={id} name={name} layer={layer} onLayer={setLayer} />;
  };
  return (
    <ObjectDetails
      name={name}
      icon={<Layers />}
      actions={<ImageMenu image={image} framed />}
      tabs={{
        label: words.tabsLabel,
        tabs: imageTabs,
        texts: words.tabs,
        value: tab,
        pathOf: (value) => imagePath(id, value),
      }}
      onClose={onClose}
    >
      {panelOf()}
    </ObjectDetails>
  );
}
