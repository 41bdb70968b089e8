// The files of an image: of all layers together, or of one.
import { useEffect, useMemo, useState } from 'react';
import type { FileSource } from '../../files/file-source.ts';
import { FolderView } from '../../files/FolderView.tsx';
import { fetchBytes } from '../../state/file-transfer.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';

const words = en.images;

interface ImageFilesProps {
  readonly id: string;
  /** What a downloaded archive is called. */
  readonly name: string;
  /** Counted from the lowest; null means all together. */
  readonly layer: number | null;
  readonly onLayer: (layer: number | null) => void;
}

export function ImageFiles({ id, name, layer, onLayer }: ImageFilesProps) {
  const source = useMemo(() => imageSource(id, name, layer), [id, name, layer]);
  const [count, setCount] = useState(0);
  useEffect(() => {
    let wanted = true;
    // The folder itself says why when the engine does not answer.
    void openClient()
      .call('images.layers', { id })
      .then(
        ({ layers }) => wanted && setCount(layers.length),
        () => undefined,
      );
    return () => void (wanted = false);
  }, [id]);
  return (
    <>
      <label className="flex flex-none items-center gap-2 border-b border-line px-[18px] py-[6px] text-sm">
        {words.whichLayer}
        <select
          className="input h-[28px] w-auto text-sm"
          value={layer ?? ''}
          onChange={(event) => onLayer(event.target.value === '' ? null : Number(event.target.value))}
        >
          <option value="">{words.allLayers}</option>
          {Array.from({ length: Math.max(count, (layer ?? -1) + 1) }, (_, index) => (
            <option key={index} value={index}>
              {words.layer(index + 1)}
            </option>
          ))}
        </select>
      </label>
      <FolderView key={source.key} source={source} />
    </>
  );
}

function imageSource(id: string, name: string, layer: number | null): FileSource {
  return {
    key: `${id} ${String(layer)}`,
    name: name.replaceAll(/[/:@]+/g, '-'),
    rootText: words.filesRoot,
    read: (path) => openClient().call('images.folder', { id, layer, path }),
    download: (path, kind, onProgress, signal) =>
      fetchBytes('imageDownload', { id, layer, path, kind }, onProgress, signal),
  };
}
