// The contract's methods on images' layers and files, as requests of Berth's extension; and what a load answers.
import {
  folderAnswer,
  imageLayersAnswer,
  layerChangesAnswer,
  progressLine,
} from '../client/engine-answers.ts';
import { imageSegment, type EngineClient } from '../client/engine-client.ts';
import { EngineFailure } from '../client/engine-failure.ts';
import { layerChangeKinds, type Methods } from '../contract/methods.ts';
import { fileEntries } from './file-entries.ts';
import { JsonLines } from './json-lines.ts';

/** The path of the extension for an image's files. */
export function imageFiles(id: string, what: 'layers' | 'changes' | 'folder' | 'file' | 'archive'): string {
  return `/berth/images/${imageSegment(id)}/${what}`;
}

/** A query for one layer, or for all together. */
export function layerQuery(layer: number | null): { layer?: number } {
  return layer === null ? {} : { layer };
}

type ImageFileMethods = Pick<Methods, 'images.layers' | 'images.layerChanges' | 'images.folder'>;

/** The methods on one engine. */
export function imageFileMethods(client: EngineClient): ImageFileMethods {
  return {
    'images.layers': async ({ id }) => {
      const request = { method: 'GET', path: imageFiles(id, 'layers') } as const;
      const layers = await client.json(request, imageLayersAnswer);
      return {
        layers: layers.map(({ DiffId, Size, CreatedBy }) => ({
          diffId: DiffId,
          sizeBytes: Size,
          command: CreatedBy,
        })),
      };
    },
    'images.layerChanges': async ({ id, layer }) => {
      const request = { method: 'GET', path: imageFiles(id, 'changes'), query: { layer } } as const;
      const { Added, Modified, Deleted, HiddenBytes, Changes } = await client.json(
        request,
        layerChangesAnswer,
      );
      return {
        added: Added,
        modified: Modified,
        deleted: Deleted,
        hiddenBytes: HiddenBytes,
        changes: Changes.map(({ Kind, Path }) => ({ kind: layerChangeKinds[Kind], path: Path })),
      };
    },
    'images.folder': async ({ id, layer, path }) => {
      const query = { path, ...layerQuery(layer) };
      const request = { method: 'GET', path: imageFiles(id, 'folder'), query } as const;
      const { Entries, Total } = await client.json(request, folderAnswer);
      return { entries: fileEntries(Entries), total: Total };
    },
  };
}

/** A load that failed says so in its progress, after an answer that promised well. */
export function refuseFailedLoad(answer: string): void {
  const lines = new JsonLines();
  for (const value of [...lines.push(Buffer.from(answer)), ...lines.end()]) {
    const { error, errorDetail } = progressLine.parse(value);
    if (error !== '') throw new EngineFailure(errorDetail?.message ?? error);
  }
}
