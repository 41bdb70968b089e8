// The folder that is open in the editor: which of its files is shown, what was typed and not saved, how it is built. It outlives the page; the
// folder and the options are remembered, what is not saved is not.
import { create } from 'zustand';
import { z } from 'zod';
import type { BuildOptions } from '../../../runtime/contract/builds.ts';
import { imageNameOf } from '../format/folder-name.ts';
import { openClient } from '../transport/connection.ts';
import { asFailure, connectionLost, type ContractFailure } from '../transport/contract-failure.ts';

/** What a build of a folder is asked for beside the folder. */
export type FolderOptions = Omit<BuildOptions, 'folder' | 'dockerfile'>;

/** A file in the editor. */
export interface OpenFile {
  readonly path: string;
  readonly text: string;
  /** What stands on the disk, as far as is known. */
  readonly savedText: string;
  /** null for a file that is not there yet. */
  readonly version: string | null;
}

interface Workspace {
  /** Empty when none is open. */
  readonly folder: string;
  readonly dockerfiles: readonly string[];
  /** The Dockerfile that is built; empty when the folder has none. */
  readonly dockerfile: string;
  readonly file: OpenFile | undefined;
  readonly fileFailure: ContractFailure | undefined;
  /** Saving failed; `conflict` asks whose text counts. */
  readonly saveFailure: ContractFailure | undefined;
  /** The text of `.dockerignore`, for the checks. */
  readonly ignoreText: string;
  /** Counts up when files may have changed. */
  readonly filesVersion: number;
  readonly options: FolderOptions;
  /** The build that is shown beside the editor. */
  readonly buildId: string | undefined;
  /** Why none began. */
  readonly buildFailure: ContractFailure | undefined;
}

const noOptions: FolderOptions = {
  ...{ tags: [], target: '', arguments: [], labels: [], platform: '', cacheFrom: [] },
  ...{ noCache: false, pull: false },
};
const none: Workspace = {
  folder: '',
  dockerfiles: [],
  dockerfile: '',
  file: undefined,
  fileFailure: undefined,
  saveFailure: undefined,
  ignoreText: '',
  filesVersion: 0,
  options: noOptions,
  buildId: undefined,
  buildFailure: undefined,
};

const recentKey = 'berth.builds.folders';
const mostRecent = 12;
/** Values of arguments may be secrets: they are not remembered. */
const remembered = z.array(z.object({ folder: z.string(), tags: z.array(z.string()), target: z.string() }));

function recall(): z.infer<typeof remembered> {
  try {
    const parsed = remembered.safeParse(JSON.parse(localStorage.getItem(recentKey) ?? '[]'));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

/** The folders that were opened before, the last one first. */
export function recentFolders(): string[] {
  return recall().map(({ folder }) => folder);
}

function remember(folder: string, { tags, target }: FolderOptions): void {
  const others = recall().filter((entry) => entry.folder !== folder);
  const entries = [{ folder, tags: [...tags], target }, ...others].slice(0, mostRecent);
  localStorage.setItem(recentKey, JSON.stringify(entries));
}

export const useWorkspace = create<Workspace>(() => none);

/** Whether there is something that is not saved. */
export function isUnsaved({ file }: Pick<Workspace, 'file'>): boolean {
  return file !== undefined && file.text !== file.savedText;
}

/** The browser, or the desktop shell, asks before a window is left that has something unsaved. All else keeps or saves what was typed. */
window.addEventListener('beforeunload', (event) => {
  if (isUnsaved(useWorkspace.getState())) event.preventDefault();
});

/** Opens a folder and its Dockerfile. Rejects with a contract failure; then nothing has changed. */
export async function openWorkspace(wanted: string): Promise<void> {
  // What was typed in another folder is not lost.
  if (!(await saveFile())) throw useWorkspace.getState().saveFailure ?? connectionLost();
  const { folder, dockerfiles } = await openClient().call('contexts.open', { folder: wanted });
  const before = recall().find((entry) => entry.folder === folder);
  const options = {
    ...noOptions,
    tags: before?.tags ?? [imageNameOf(folder)],
    target: before?.target ?? '',
  };
  remember(folder, options);
  const dockerfile = dockerfiles[0] ?? '';
  useWorkspace.setState({ ...none, folder, dockerfiles, dockerfile, options });
  await readIgnored();
  if (dockerfile !== '') await openFile(dockerfile);
}

/** Shows a file of the folder; what was typed in another is saved first. */
export async function openFile(path: string): Promise<void> {
  const { folder, file, dockerfiles } = useWorkspace.getState();
  if (file?.path === path) return;
  if (!(await saveFile())) return;
  try {
    const { text, version } = await openClient().call('contexts.read', { folder, path });
    useWorkspace.setState({
      file: { path, text, savedText: text, version },
      fileFailure: undefined,
      ...(dockerfiles.includes(path) ? { dockerfile: path } : {}),
    });
  } catch (error) {
    useWorkspace.setState({ file: undefined, fileFailure: asFailure(error) });
  }
}

/** Begins a file that is not there yet. */
export function beginFile(path: string, text: string): void {
  const { dockerfiles } = useWorkspace.getState();
  useWorkspace.setState({
    file: { path, text, savedText: '', version: null },
    fileFailure: undefined,
    dockerfile: path,
    dockerfiles: [...dockerfiles, path],
  });
}

export function typeText(text: string): void {
  const { file } = useWorkspace.getState();
  if (file !== undefined && file.text !== text) useWorkspace.setState({ file: { ...file, text } });
}

/** Saves what is not saved; false when that failed. `force` takes the place of whatever is there now. */
export async function saveFile(force = false): Promise<boolean> {
  const { folder, file } = useWorkspace.getState();
  if (file === undefined || file.text === file.savedText) return true;
  const { path, text } = file;
  try {
    const client = openClient();
    let { version } = file;
    if (force) {
      const now = await client.call('contexts.read', { folder, path }).catch(() => undefined);
      version = now?.version ?? null;
    }
    const written = await client.call('contexts.write', { folder, path, text, version });
    const now = useWorkspace.getState().file;
    // Somebody may have typed on meanwhile.
    if (now?.path === path) {
      useWorkspace.setState({
        file: { ...now, savedText: text, version: written.version },
        saveFailure: undefined,
      });
    }
    if (path.endsWith('.dockerignore')) await readIgnored();
    filesChanged();
    return true;
  } catch (error) {
    useWorkspace.setState({ saveFailure: asFailure(error) });
    return false;
  }
}

/** Takes what is on the disk; what was typed is lost. */
export async function reloadFile(): Promise<void> {
  const { file } = useWorkspace.getState();
  if (file === undefined) return;
  useWorkspace.setState({ file: undefined, saveFailure: undefined });
  await openFile(file.path);
}

/** A file or folder has another name now, or none: then `to` is undefined. What was typed goes on under the new name. */
export async function entryMoved(from: string, to: string | undefined): Promise<void> {
  const { file, dockerfile } = useWorkspace.getState();
  const movedPath = (path: string): string | undefined => {
    if (path !== from && !path.startsWith(`${from}/`)) return path;
    return to === undefined ? undefined : `${to}${path.slice(from.length)}`;
  };
  const path = file === undefined ? undefined : movedPath(file.path);
  useWorkspace.setState({
    file: file === undefined || path === undefined ? undefined : { ...file, path },
    dockerfile: movedPath(dockerfile) ?? '',
    saveFailure: undefined,
  });
  await folderChanged();
}

/** Something in the folder was made, renamed or removed: which Dockerfiles it has is asked anew. */
export async function folderChanged(): Promise<void> {
  const { folder } = useWorkspace.getState();
  filesChanged();
  const opened = await openClient()
    .call('contexts.open', { folder })
    .catch(() => undefined);
  if (opened === undefined) return;
  const { dockerfile } = useWorkspace.getState();
  const { dockerfiles } = opened;
  useWorkspace.setState({
    dockerfiles,
    dockerfile: dockerfiles.includes(dockerfile) ? dockerfile : (dockerfiles[0] ?? ''),
  });
  await readIgnored();
}

/** The folder is to be read anew. */
export function filesChanged(): void {
  useWorkspace.setState(({ filesVersion }) => ({ filesVersion: filesVersion + 1 }));
}

async function readIgnored(): Promise<void> {
  const { folder, dockerfile } = useWorkspace.getState();
  for (const path of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    try {
      const { text } = await openClient().call('contexts.read', { folder, path });
      useWorkspace.setState({ ignoreText: text });
      return;
    } catch {
      // Most folders have none.
    }
  }
  useWorkspace.setState({ ignoreText: '' });
}

export function setOptions(options: FolderOptions): void {
  const { folder } = useWorkspace.getState();
  remember(folder, options);
  useWorkspace.setState({ options });
}

/** Saves and builds. */
export async function buildFolder(): Promise<void> {
  if (!(await saveFile())) return;
  const { folder, dockerfile, options } = useWorkspace.getState();
  if (dockerfile === '') return;
  try {
    const { id } = await openClient().call('tasks.build', { folder, dockerfile, ...options });
    useWorkspace.setState({ buildId: id, buildFailure: undefined });
  } catch (error) {
    useWorkspace.setState({ buildId: undefined, buildFailure: asFailure(error) });
  }
}

export function closeBuild(): void {
  useWorkspace.setState({ buildId: undefined, buildFailure: undefined });
}
