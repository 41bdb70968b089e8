// The dialogs that are about the window or the engine and not about one object: the list of shortcuts, and the question before
// the engine is restarted.
import { RotateCw } from 'lucide-react';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { usePageKey } from '../components/page-key.ts';
import { closeDialog, openDialog } from '../state/dialog-store.ts';
import { restartEngine, useEngineControl } from '../state/engine-control.ts';
import { en } from '../strings/en.ts';
import { ShortcutList } from './ShortcutList.tsx';

/** Opens the list of shortcuts on `?`. */
export function useShortcutKey(): void {
  usePageKey('?', () => openDialog({ kind: 'shortcuts' }));
}

export function ShortcutDialog() {
  return (
    <Dialog
      title={en.shortcuts.title}
      reading
      widthPx={760}
      onClose={closeDialog}
      foot={
        <button type="button" className="btn" onClick={closeDialog}>
          {en.common.close}
        </button>
      }
    >
      <ShortcutList />
    </Dialog>
  );
}

export function RestartEngineDialog() {
  const words = en.engineControl;
  return (
    <ConfirmDialog
      title={words.title}
      text={words.text}
      confirm={words.restart}
      icon={<RotateCw aria-hidden />}
      failedTitle={words.failed}
      onConfirm={async () => {
        await restartEngine();
        const { failure } = useEngineControl.getState();
        if (failure !== undefined) throw failure;
      }}
    />
  );
}
