// A container's status: the mark and the word, or what is being done to it right now, or that the last action failed.
import { TriangleAlert } from 'lucide-react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { useAskedToStop } from '../../state/asked-stops.ts';
import { useContainerActions } from '../../state/container-actions.ts';
import { en } from '../../strings/en.ts';
import { containerStatus, type ContainerStatus } from './container-status.ts';

/** The status with the optimistic state of an action under way. */
export function useContainerStatus(container: ContainerModel): ContainerStatus {
  const busy = useContainerActions((state) => state.busy.get(container.id));
  const asked = useAskedToStop(container.id, container.startedMs);
  return busy === undefined
    ? containerStatus(container, asked)
    : { mark: 'busy', text: en.actions.busy[busy] };
}

export function ContainerStatusText({ container }: { readonly container: ContainerModel }) {
  const { mark, text } = useContainerStatus(container);
  const failed = useContainerActions((state) => state.failed.get(container.id));
  const why = failed ?? (container.error === '' ? undefined : container.error);
  const { exitCode } = container;
  const code =
    container.state === 'exited' && exitCode !== null ? en.containers.exitCodeOf(exitCode) : undefined;
  return (
    <span className="inline-flex items-center gap-[7px]">
      <span className={`mark mark-${mark}`} aria-hidden />
      <span title={code}>{text}</span>
      {why !== undefined && (
        <Tip text={en.actions.whyFailed(inert(why))}>
          <span role="img" aria-label={en.actions.whyFailed(inert(why))}>
            <TriangleAlert aria-hidden className="h-[14px] w-[14px] text-bad" />
          </span>
        </Tip>
      )}
    </span>
  );
}
