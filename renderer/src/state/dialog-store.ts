// Which dialog is open. One at a time; whoever opens another takes its place.
import { create } from 'zustand';

export type DialogRequest =
  | { readonly kind: 'run'; readonly image: string }
  | { readonly kind: 'pull'; readonly reference: string }
  | { readonly kind: 'removeContainers'; readonly ids: readonly string[] }
  | { readonly kind: 'killContainers'; readonly ids: readonly string[] }
  | { readonly kind: 'pruneContainers' }
  | { readonly kind: 'renameContainer'; readonly id: string }
  | { readonly kind: 'removeImage'; readonly id: string }
  | { readonly kind: 'tagImage'; readonly id: string }
  | { readonly kind: 'pushImage'; readonly id: string }
  | { readonly kind: 'imageHistory'; readonly id: string }
  | { readonly kind: 'pruneImages' }
  | { readonly kind: 'createVolume' }
  | { readonly kind: 'removeVolume'; readonly id: string }
  | { readonly kind: 'cloneVolume'; readonly id: string }
  | { readonly kind: 'pruneVolumes' }
  | { readonly kind: 'editVolumeFile'; readonly id: string; readonly path: string }
  | { readonly kind: 'renameVolumeFile'; readonly id: string; readonly path: string }
  | {
      readonly kind: 'removeVolumeFile';
      readonly id: string;
      readonly path: string;
      readonly isFolder: boolean;
    }
  | { readonly kind: 'createNetwork' }
  /** One of the two is known, the other is asked for. */
  | {
      readonly kind: 'connectNetwork';
      readonly network: string | undefined;
      readonly container: string | undefined;
    }
  | { readonly kind: 'disconnectNetwork'; readonly network: string; readonly container: string }
  | { readonly kind: 'removeNetworks'; readonly ids: readonly string[] }
  | { readonly kind: 'pruneNetworks' }
  | { readonly kind: 'openFolder'; readonly path: string; readonly rebuild?: string }
  | { readonly kind: 'newContext' }
  /** `parent` is empty for the folder that is open. */
  | { readonly kind: 'newContextEntry'; readonly parent: string; readonly what: 'file' | 'folder' }
  | { readonly kind: 'renameContextEntry'; readonly path: string }
  | { readonly kind: 'removeContextEntry'; readonly path: string; readonly isFolder: boolean }
  | { readonly kind: 'buildOptions' }
  | { readonly kind: 'removeBuild'; readonly id: string }
  | { readonly kind: 'pruneCache' }
  | { readonly kind: 'compareBuilds'; readonly id: string }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'restartEngine' };

export const useDialog = create<{ readonly dialog: DialogRequest | undefined }>(() => ({
  dialog: undefined,
}));

export function openDialog(dialog: DialogRequest): void {
  useDialog.setState({ dialog });
}

export function closeDialog(): void {
  useDialog.setState({ dialog: undefined });
}

/** What closes the dialog that is open now, and none that is opened after it: for what a dialog does that takes its time. */
export function closerOfDialog(): () => void {
  const { dialog } = useDialog.getState();
  return () => {
    if (useDialog.getState().dialog === dialog) closeDialog();
  };
}
