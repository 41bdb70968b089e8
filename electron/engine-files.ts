// Where the engine's programs lie: in the package's resources, or in the folder that was built. The engine runs on a Node of
// its own, since Electron's may not be used as one (a fuse says so) and would be heavier.
import { app } from 'electron';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { HostOptions } from './engine-messages.ts';

/** The parts of {@link HostOptions} that say where the engine is; undefined where no Node can be found. */
export function engineFiles(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<HostOptions, 'node' | 'distFolder' | 'copyTo'> | undefined {
  if (!app.isPackaged) {
    const node = findNode(environment);
    return node === undefined ? undefined : { node, distFolder: path.join(import.meta.dirname, '..') };
  }
  const folder = path.join(process.resourcesPath, 'engine');
  const files = { node: path.join(folder, 'node'), distFolder: path.join(folder, 'dist') };
  // An AppImage is mounted for its user alone: not even root may look into it.
  if ((environment['APPIMAGE'] ?? '') === '') return files;
  return { ...files, copyTo: path.join(app.getPath('userData'), 'engine', app.getVersion()) };
}

/** The Node on the search path, as an absolute path: root has another search path. */
function findNode(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = environment['npm_node_execpath'];
  if (given !== undefined && existsSync(given)) return given;
  return (environment['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, 'node'))
    .find((file) => existsSync(file));
}
