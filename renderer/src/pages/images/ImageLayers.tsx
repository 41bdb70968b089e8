// The layers of an image: which step made each, what it changes, and how much of the layers below it hides for nothing.
import { FolderOpen } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Result } from '../../../../runtime/contract/methods.ts';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { formatSize } from '../../format/number.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.images;
type Layer = Result<'images.layers'>['layers'][number];
type Changes = Result<'images.layerChanges'>;

interface ImageLayersProps {
  readonly id: string;
  readonly onBrowse: (layer: number) => void;
}

export function ImageLayers({ id, onBrowse }: ImageLayersProps) {
  const { layers, changes, failure } = useLayers(id);
  if (failure !== undefined)
    return (
      <div className="px-[18px]">
        <FailureNotice title={words.layersFailed} failure={failure} />
      </div>
    );
  const isKnown = layers !== undefined && changes.length === layers.length;
  const waste = changes.reduce((sum, { hiddenBytes }) => sum + hiddenBytes, 0);
  const size = (layers ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={words.tabs.layers}
    >
      <p role="status">
        {layers !== undefined && (
          <span className="mr-2 text-ink-2">{words.layersSum(layers.length, formatSize(size))}</span>
        )}
        {!isKnown && <span className="text-ink-3">{words.layersWait}</span>}
        {isKnown && (waste === 0 ? words.layersNoWaste : words.layersWaste(formatSize(waste)))}
      </p>
      <ol className="mt-2" aria-label={words.layersList}>
        {(layers ?? []).map((layer, index) => (
          <LayerItem
            key={index}
            number={index + 1}
            layer={layer}
            changes={changes[index]}
            onBrowse={() => onBrowse(index)}
          />
        ))}
      </ol>
    </div>
  );
}

/** The layers, and one after the other what they change. */
function useLayers(id: string) {
  const [layers, setLayers] = useState<readonly Layer[]>();
  const [changes, setChanges] = useState<readonly Changes[]>([]);
  const [failure, setFailure] = useState<ContractFailure>();
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      const told = await openClient().call('images.layers', { id });
      if (wanted) setLayers(told.layers);
      for (let layer = 0; layer < told.layers.length && wanted; layer++) {
        const next = await openClient().call('images.layerChanges', { id, layer });
        setChanges((before) => (wanted ? [...before, next] : before));
      }
    };
    read().catch((error: unknown) => wanted && setFailure(asFailure(error)));
    return () => void (wanted = false);
  }, [id]);
  return { layers, changes, failure };
}

interface LayerItemProps {
  readonly number: number;
  readonly layer: Layer;
  readonly changes: Changes | undefined;
  readonly onBrowse: () => void;
}

function LayerItem({ number, layer, changes, onBrowse }: LayerItemProps) {
  const total = changes === undefined ? 0 : changes.added + changes.modified + changes.deleted;
  return (
    <li className="border-t border-line py-2">
      <div className="flex items-center gap-3">
        <span className="flex-none font-[550]">{words.layer(number)}</span>
        <span className="flex-none text-ink-3 tabular-nums">{formatSize(layer.sizeBytes)}</span>
        {changes !== undefined && changes.hiddenBytes > 0 && (
          <span className="badge flex-none">{words.layerWaste(formatSize(changes.hiddenBytes))}</span>
        )}
        <span className="flex-1" />
        <button type="button" className="btn h-[28px] flex-none text-sm" onClick={onBrowse}>
          <FolderOpen aria-hidden />
          {words.layerFiles}
          <span className="sr-only">{words.layer(number)}</span>
        </button>
      </div>
      <p className="mt-1 font-mono text-sm break-all text-ink-2">
        {layer.command === '' ? words.layerNoStep : inert(layer.command)}
      </p>
      {changes !== undefined && total > 0 && (
        <details className="mt-1">
          <summary className="cursor-default text-sm text-ink-2">
            {words.layerCounts(changes.added, changes.modified, changes.deleted)}
          </summary>
          <ul className="mt-1 text-sm" aria-label={words.layerChanges(number)}>
            {changes.changes.slice(0, shownChanges).map(({ kind, path }) => (
              <li key={path} className="flex gap-2">
                <span className="w-[64px] flex-none text-ink-3">{words.changeKinds[kind]}</span>
                <bdi className="min-w-0 font-mono break-all">{inert(path)}</bdi>
              </li>
            ))}
          </ul>
          {total > Math.min(changes.changes.length, shownChanges) && (
            <p className="text-sm text-ink-3">
              {words.layerMore(Math.min(changes.changes.length, shownChanges), total)}
            </p>
          )}
        </details>
      )}
    </li>
  );
}

/** More rows than this make the page slow; all of them are in the layer's files. */
const shownChanges = 500;
