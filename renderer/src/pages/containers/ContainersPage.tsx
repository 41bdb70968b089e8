// The page Containers: the list stays, and the details of one open below it or beside it.
import { BrushCleaning, Play } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { PageButton } from '../../components/PageButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Split } from '../../components/Split.tsx';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath, type DetailTab } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { ContainerDetails } from './ContainerDetails.tsx';
import { ContainerList } from './ContainerList.tsx';
import { isAlive } from './container-status.ts';

interface ContainersPageProps {
  readonly id: string | undefined;
  readonly tab: DetailTab;
}

export function ContainersPage({ id, tab }: ContainersPageProps) {
  const total = useModel((state) => state.containers.size);
  const running = useModel((state) => {
    let count = 0;
    for (const container of state.containers.values()) if (isAlive(container)) count += 1;
    return count;
  });
  const open = useModel((state) => (id === undefined ? undefined : state.containers.get(id)));
  useCloseWhenGone(id, open?.name);
  const run = (): void => openDialog({ kind: 'run', image: '' });

  return (
    <>
      <PageHead
        title={en.containers.title}
        summary={total === 0 ? '' : en.containers.summary(running, total)}
      >
        <PruneButton />
        <PageButton primary letter="n" icon={<Play aria-hidden />} text={en.containers.run} onClick={run} />
      </PageHead>
      <Split
        first={<ContainerList openId={open?.id} />}
        second={open === undefined ? undefined : <ContainerDetails key={open.id} id={open.id} tab={tab} />}
      />
    </>
  );
}

function PruneButton() {
  const stopped = useModel((state) => {
    for (const container of state.containers.values()) if (!isAlive(container)) return true;
    return false;
  });
  if (!stopped) return null;
  return (
    <Tip text={en.containers.pruneTip}>
      <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneContainers' })}>
        <BrushCleaning aria-hidden />
        {en.containers.prune}
      </button>
    </Tip>
  );
}

/** Leaves the details of a container that was there and is no more; says so, since it may have been somebody else's doing. */
function useCloseWhenGone(id: string | undefined, name: string | undefined): void {
  const shown = useRef<{ readonly id: string; readonly name: string }>(undefined);
  const [, navigate] = useLocation();
  useEffect(() => {
    const before = shown.current;
    shown.current = id === undefined || name === undefined ? undefined : { id, name };
    if (before === undefined || before.id !== id || name !== undefined) return;
    navigate(containerPath(undefined));
    showToast('info', en.containers.gone(inert(before.name)), en.containers.goneText);
  }, [id, name, navigate]);
}
