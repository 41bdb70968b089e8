// What is done with a build of the history: cancel it, build it again, open its folder.
import { pagePath } from '../../route.ts';
import type { BuildSummary } from '../../../../runtime/contract/builds.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { openWorkspace, recentFolders } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';

const words = en.builds;

type Navigate = (path: string) => void;

/** The address of the editor. */
export const editorPath = pagePath('builds', 'editor');

export async function cancelBuild(id: string): Promise<void> {
  try {
    await openClient().call('builds.cancel', { id });
  } catch (error) {
    showToast('bad', words.cancelFailed, sentenceOf(asFailure(error)));
  }
}

/**
 * Builds again with the same parameters, and shows it. A folder that was never opened here is asked for: the engine only says what somebody
 * told it.
 */
export async function rebuild(build: BuildSummary, navigate: Navigate): Promise<void> {
  if (!recentFolders().includes(build.source)) {
    openDialog({ kind: 'openFolder', path: build.source, rebuild: build.id });
    return;
  }
  await rebuildIn(build.id, build.source, navigate).catch((error: unknown) =>
    showToast('bad', words.rebuildFailed, sentenceOf(asFailure(error))),
  );
}

/** Rejects with a contract failure. */
export async function rebuildIn(id: string, folder: string, navigate: Navigate): Promise<void> {
  const begun = await openClient().call('tasks.rebuild', { id, folder });
  navigate(pagePath('builds', begun.id));
}

/** Opens the folder that a build was packed from, in the editor. */
export async function editSource(folder: string, navigate: Navigate): Promise<void> {
  if (!recentFolders().includes(folder)) {
    openDialog({ kind: 'openFolder', path: folder });
    return;
  }
  try {
    await openWorkspace(folder);
    navigate(editorPath);
  } catch (error) {
    showToast('bad', words.editFailed, sentenceOf(asFailure(error)));
  }
}
