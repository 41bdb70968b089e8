// Several containers' logs in one stream, in the order of their times. Each has a colour and its name; a chip switches its
// lines off and on. Which containers is in the address.
import { ArrowLeft, ScrollText } from 'lucide-react';
import { useMemo, useState, type CSSProperties } from 'react';
import { Link } from 'wouter';
import { useShallow } from 'zustand/react/shallow';
import { Chip } from '../../components/Chip.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { inert } from '../../format/inert.ts';
import { sourceColours } from '../../logs/LogLine.tsx';
import { LogView } from '../../logs/LogView.tsx';
import { pickedContainers } from '../../logs/merged-logs.ts';
import { useLogFeed } from '../../logs/use-log-feed.ts';
import { containerPath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerPicker } from './ContainerPicker.tsx';

const words = en.mergedLogs;

export function MergedLogsPage({ ids }: { readonly ids: readonly string[] }) {
  const known = useModel((state) => state.updatedMs !== undefined);
  const containers = useModel(useShallow((state) => pickedContainers(ids, state.containers).containers));
  const gone = useModel((state) => pickedContainers(ids, state.containers).gone);
  return (
    <>
      <PageHead title={words.title} summary={words.summary(containers.length)}>
        <Link href={containerPath(undefined)} className="btn btn-ghost no-underline">
          <ArrowLeft aria-hidden />
          {words.back}
        </Link>
        <ContainerPicker ids={containers.map((container) => container.id)} />
      </PageHead>
      {known && gone > 0 && <p className="flex-none px-[18px] pb-2 text-sm text-ink-2">{words.gone(gone)}</p>}
      {containers.length === 0 ? (
        known && (
          <EmptyState icon={<ScrollText aria-hidden />} title={words.emptyTitle} text={words.emptyText} />
        )
      ) : (
        <Merged
          ids={containers.map((container) => container.id).join(' ')}
          names={containers.map((container) => inert(container.name)).join('\n')}
        />
      )}
    </>
  );
}

interface MergedProps {
  /** Separated by blanks: a text is the same as long as it holds the same. */
  readonly ids: string;
  /** Separated by line ends. */
  readonly names: string;
}

function Merged(props: MergedProps) {
  const ids = useMemo(() => props.ids.split(' '), [props.ids]);
  const names = useMemo(() => props.names.split('\n'), [props.names]);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const hidden = useMemo(
    () => new Set(ids.flatMap((id, source) => (off.has(id) ? [source] : []))),
    [ids, off],
  );
  const { feed, state } = useLogFeed(ids);
  const longest = Math.max(...names.map((name) => name.length));
  const nameWidth: CSSProperties & Record<'--name-width', string> = {
    '--name-width': `${Math.min(28, Math.max(8, longest + 2))}ch`,
  };
  const toggle = (id: string, on: boolean): void => {
    const after = new Set(off);
    if (on) after.delete(id);
    else after.add(id);
    setOff(after);
  };
  return (
    <section
      aria-label={words.title}
      className="flex min-h-0 flex-1 flex-col border-t border-line bg-surface"
      style={nameWidth}
    >
      <div
        role="group"
        aria-label={words.sources}
        className="flex max-h-[92px] flex-none flex-wrap items-center gap-[6px] overflow-auto border-b border-line px-[18px] py-[7px]"
      >
        {ids.map((id, source) => (
          <Chip
            key={id}
            text={names[source] ?? ''}
            mark={<span className="source-mark" data-source={source % sourceColours} aria-hidden />}
            on={!off.has(id)}
            onToggle={(on) => toggle(id, on)}
          />
        ))}
        {off.size > 0 && (
          <button type="button" className="link ml-1 text-sm" onClick={() => setOff(new Set())}>
            {words.allOn}
          </button>
        )}
      </div>
      <LogView
        feed={feed}
        state={state}
        title={words.fileTitle(names.length)}
        names={names}
        hidden={hidden}
        emptyText={words.nothing}
      />
    </section>
  );
}
