// What can be done with an image: in its row, and in the head of its details.
import {
  Braces,
  Copy,
  Fingerprint,
  Folder,
  History,
  Layers,
  PackageOpen,
  Play,
  Tag,
  Trash2,
  Upload,
} from 'lucide-react';
import { useLocation } from 'wouter';
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { inert } from '../../format/inert.ts';
import { imagePath } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { saveImage } from './image-archives.ts';
import { imageName } from './image-reference.ts';

const words = en.images;

/** Saves an image under all its names. */
export function save(image: ImageModel): void {
  void saveImage(image.tags.length === 0 ? [image.id] : image.tags, imageName(image));
}

interface ImageMenuProps {
  readonly image: ImageModel;
  readonly framed?: boolean;
}

export function ImageMenu({ image, framed }: ImageMenuProps) {
  const [, navigate] = useLocation();
  const name = imageName(image);
  const run = (): void => openDialog({ kind: 'run', image: name });
  return (
    <Menu subject={image.id} label={en.actions.more(inert(name))} framed={framed === true}>
      <MenuItem icon={<Play />} text={words.runDialog} shortcut="Enter" onSelect={run} />
      <MenuItem
        icon={<Braces />}
        text={words.details}
        shortcut="i"
        onSelect={() => navigate(imagePath(image.id))}
      />
      <MenuItem
        icon={<Layers />}
        text={words.tabs.layers}
        shortcut="l"
        onSelect={() => navigate(imagePath(image.id, 'layers'))}
      />
      <MenuItem
        icon={<Folder />}
        text={words.tabs.files}
        shortcut="f"
        onSelect={() => navigate(imagePath(image.id, 'files'))}
      />
      <MenuLine />
      <MenuItem
        icon={<Tag />}
        text={words.tagDialog}
        shortcut="t"
        onSelect={() => openDialog({ kind: 'tagImage', id: image.id })}
      />
      <MenuItem
        icon={<Upload />}
        text={words.pushDialog}
        shortcut="u"
        onSelect={() => openDialog({ kind: 'pushImage', id: image.id })}
      />
      <MenuItem icon={<PackageOpen />} text={words.save} shortcut="s" onSelect={() => save(image)} />
      <MenuItem
        icon={<History />}
        text={words.historyDialog}
        shortcut="h"
        onSelect={() => openDialog({ kind: 'imageHistory', id: image.id })}
      />
      <MenuLine />
      <MenuItem
        icon={<Copy />}
        text={words.copyReference}
        onSelect={() => void navigator.clipboard.writeText(name)}
      />
      <MenuItem
        icon={<Fingerprint />}
        text={words.copyId}
        onSelect={() => void navigator.clipboard.writeText(image.id)}
      />
      <MenuLine />
      <MenuItem
        danger
        icon={<Trash2 />}
        text={words.removeDialog}
        shortcut="d"
        onSelect={() => openDialog({ kind: 'removeImage', id: image.id })}
      />
    </Menu>
  );
}
