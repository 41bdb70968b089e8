// What the build cache takes of the disk, and what of it may go: by age and by size, with a preview where the engine can tell.
import { BrushCleaning } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { Result } from '../../../../runtime/contract/methods.ts';
import { Check } from '../../components/Check.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Select } from '../../components/Select.tsx';
import { inert } from '../../format/inert.ts';
import { formatSize } from '../../format/number.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient, useConnection } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.builds.cache;
const hoursOf = { any: 0, day: 24, week: 168, month: 720 } as const;
type Age = keyof typeof hoursOf;
const ages = (['any', 'day', 'week', 'month'] as const).map((age) => ({ value: age, text: words.ages[age] }));
const keeps = [0, 1e9, 5e9, 20e9].map((bytes) => ({
  value: String(bytes),
  text: bytes === 0 ? words.keepNothing : formatSize(bytes),
}));
/** More lines than these help nobody. */
const listed = 200;

export function PruneCache() {
  const client = useConnection((state) => state.client);
  const [age, setAge] = useState<Age>('any');
  const [keep, setKeep] = useState('0');
  const [mounts, setMounts] = useState(false);
  const [cache, setCache] = useState<Result<'builds.cache'>>();
  const [failure, setFailure] = useState<ContractFailure>();
  const wanted = useMemo(
    () => ({ unusedHours: hoursOf[age], keepBytes: Number(keep), mounts }),
    [age, keep, mounts],
  );
  useEffect(() => {
    let asked = true;
    void client
      ?.call('builds.cache', wanted)
      .then((told) => {
        if (!asked) return;
        setCache(told);
        setFailure(undefined);
      })
      .catch((error: unknown) => asked && setFailure(asFailure(error)));
    return () => {
      asked = false;
    };
  }, [client, wanted]);
  const preview = cache?.preview;
  const nothing = preview?.items.length === 0;
  return (
    <ConfirmDialog
      title={words.title}
      text={words.text}
      extra={cache === undefined ? '' : words.usage(cache.items, formatSize(cache.sizeBytes))}
      blocked={nothing ? words.nothing : undefined}
      confirm={preview && !nothing ? words.confirmCount(preview.items.length) : words.confirm}
      icon={<BrushCleaning aria-hidden />}
      failedTitle={words.failed}
      onConfirm={async () => {
        const { removed, reclaimedBytes } = await openClient().call('builds.pruneCache', wanted);
        showToast('info', words.pruned(removed), words.freed(formatSize(reclaimedBytes)));
      }}
    >
      <div className="mt-3 flex flex-col gap-3">
        <div className="flex flex-wrap items-end gap-4">
          <div className="field">
            <span className="field-label">{words.unused}</span>
            <Segmented label={words.unused} value={age} options={ages} onChoose={setAge} />
          </div>
          <Select label={words.keep} value={keep} options={keeps} onChange={setKeep} />
        </div>
        <Check text={words.mounts} note={words.mountsText} on={mounts} onChange={setMounts} />
      </div>
      {failure !== undefined && <FailureNotice title={words.unread} failure={failure} />}
      {preview && !nothing && (
        <>
          <p className="mt-3 text-ink">{words.frees(formatSize(preview.reclaimBytes))}</p>
          <ul className="mt-1 max-h-[160px] overflow-auto text-sm" aria-label={words.list}>
            {preview.items.slice(0, listed).map((item) => (
              <li key={item.id} className="flex h-6 items-center gap-3">
                <span className="min-w-0 flex-1 truncate font-mono" title={inert(item.description)}>
                  {inert(item.description)}
                </span>
                <span className="text-ink-3 tabular-nums">
                  {item.shared ? words.shared : formatSize(item.sizeBytes)}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </ConfirmDialog>
  );
}
