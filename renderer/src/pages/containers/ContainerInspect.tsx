// All that the engine tells of a container, as JSON.
import { Braces } from 'lucide-react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { JsonView } from '../../components/JsonView.tsx';
import { inert } from '../../format/inert.ts';
import { en } from '../../strings/en.ts';
import { useInspected } from './use-inspected.ts';

export function ContainerInspect({ container }: { readonly container: ContainerModel }) {
  const { json, problem, refresh } = useInspected(container);
  if (json !== undefined)
    return (
      <JsonView label={en.details.inspectLabel(inert(container.name))} json={json} onRefresh={refresh} />
    );
  if (problem === undefined) return null;
  return (
    <EmptyState
      icon={<Braces aria-hidden />}
      title={en.details.inspectFailed}
      text={inert(problem)}
      action={
        <button type="button" className="btn" onClick={refresh}>
          {en.details.again}
        </button>
      }
    />
  );
}
