// Shows the dialog that is open, if one is. Confirmations that are one sentence are written here.
import { Trash2 } from 'lucide-react';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { inert } from '../format/inert.ts';
import { formatSize } from '../format/number.ts';
import { CompareBuilds } from '../pages/builds/CompareBuilds.tsx';
import {
  NewContextEntry,
  RemoveContextEntry,
  RenameContextEntry,
} from '../pages/builds/ContextEntryDialogs.tsx';
import { NewContext } from '../pages/builds/NewContext.tsx';
import { OpenFolder } from '../pages/builds/OpenFolder.tsx';
import { OptionsDialog } from '../pages/builds/OptionsDialog.tsx';
import { PruneCache } from '../pages/builds/PruneCache.tsx';
import { RemoveBuild } from '../pages/builds/RemoveBuild.tsx';
import { ImageHistory, PruneImages, PushImage, TagImage } from '../pages/images/ImageDialogs.tsx';
import { imageName } from '../pages/images/image-reference.ts';
import { PullDialog } from '../pages/images/PullDialog.tsx';
import {
  KillContainers,
  PruneContainers,
  RemoveContainers,
  RenameContainer,
} from '../pages/containers/ContainerDialogs.tsx';
import { ConnectNetwork } from '../pages/networks/ConnectNetwork.tsx';
import { CreateNetwork } from '../pages/networks/CreateNetwork.tsx';
import { DisconnectNetwork, PruneNetworks, RemoveNetworks } from '../pages/networks/NetworkDialogs.tsx';
import { CreateVolume } from '../pages/volumes/CreateVolume.tsx';
import { CloneVolume, PruneVolumes, RemoveVolume } from '../pages/volumes/VolumeDialogs.tsx';
import { RemoveVolumeFile, RenameVolumeFile } from '../pages/volumes/VolumeFileDialogs.tsx';
import { VolumeFileEditor } from '../pages/volumes/VolumeFileEditor.tsx';
import { RunDialog } from '../pages/containers/RunDialog.tsx';
import { useDialog } from '../state/dialog-store.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { openClient } from '../transport/connection.ts';
import { RestartEngineDialog, ShortcutDialog } from './FrameDialogs.tsx';

export function Dialogs() {
  const dialog = useDialog((state) => state.dialog);
  switch (dialog?.kind) {
    case undefined:
      return null;
    case 'run':
      return <RunDialog key={dialog.image} image={dialog.image} />;
    case 'pull':
      return <PullDialog key={dialog.reference} reference={dialog.reference} />;
    case 'removeContainers':
      return <RemoveContainers ids={dialog.ids} />;
    case 'killContainers':
      return <KillContainers ids={dialog.ids} />;
    case 'pruneContainers':
      return <PruneContainers />;
    case 'renameContainer':
      return <RenameContainer id={dialog.id} />;
    case 'removeImage':
      return <RemoveImage id={dialog.id} />;
    case 'tagImage':
      return <TagImage id={dialog.id} />;
    case 'pushImage':
      return <PushImage id={dialog.id} />;
    case 'imageHistory':
      return <ImageHistory id={dialog.id} />;
    case 'pruneImages':
      return <PruneImages />;
    case 'createVolume':
      return <CreateVolume />;
    case 'removeVolume':
      return <RemoveVolume id={dialog.id} />;
    case 'cloneVolume':
      return <CloneVolume id={dialog.id} />;
    case 'pruneVolumes':
      return <PruneVolumes />;
    case 'editVolumeFile':
      return <VolumeFileEditor key={`${dialog.id}${dialog.path}`} id={dialog.id} path={dialog.path} />;
    case 'renameVolumeFile':
      return <RenameVolumeFile key={`${dialog.id}${dialog.path}`} id={dialog.id} path={dialog.path} />;
    case 'removeVolumeFile':
      return <RemoveVolumeFile id={dialog.id} path={dialog.path} isFolder={dialog.isFolder} />;
    case 'createNetwork':
      return <CreateNetwork />;
    case 'connectNetwork':
      return <ConnectNetwork network={dialog.network} container={dialog.container} />;
    case 'disconnectNetwork':
      return <DisconnectNetwork network={dialog.network} container={dialog.container} />;
    case 'removeNetworks':
      return <RemoveNetworks ids={dialog.ids} />;
    case 'pruneNetworks':
      return <PruneNetworks />;
    case 'openFolder':
      return (
        <OpenFolder
          path={dialog.path}
          {...(dialog.rebuild === undefined ? {} : { rebuild: dialog.rebuild })}
        />
      );
    case 'newContext':
      return <NewContext />;
    case 'newContextEntry':
      return <NewContextEntry key={dialog.what + dialog.parent} parent={dialog.parent} what={dialog.what} />;
    case 'renameContextEntry':
      return <RenameContextEntry key={dialog.path} path={dialog.path} />;
    case 'removeContextEntry':
      return <RemoveContextEntry path={dialog.path} isFolder={dialog.isFolder} />;
    case 'buildOptions':
      return <OptionsDialog />;
    case 'removeBuild':
      return <RemoveBuild id={dialog.id} />;
    case 'pruneCache':
      return <PruneCache />;
    case 'compareBuilds':
      return <CompareBuilds id={dialog.id} />;
    case 'shortcuts':
      return <ShortcutDialog />;
    case 'restartEngine':
      return <RestartEngineDialog />;
  }
}

function RemoveImage({ id }: { readonly id: string }) {
  const image = useModel((state) => state.images.get(id));
  if (image === undefined) return null;
  return (
    <ConfirmDialog
      title={en.images.removeTitle(inert(imageName(image)))}
      text={en.images.removeText(formatSize(image.sizeBytes))}
      extra={image.tags.length > 1 ? en.images.removeTags(inert(image.tags.join(', '))) : ''}
      blocked={image.containers > 0 ? en.images.removeUsed(image.containers) : undefined}
      confirm={en.images.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={en.images.removeFailed}
      onConfirm={async () => {
        const client = openClient();
        await client.call('images.remove', { id, force: image.tags.length > 1 });
      }}
    />
  );
}
