// All that the engine tells of an object, as JSON.
import { Braces } from 'lucide-react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { EmptyState } from './EmptyState.tsx';
import { JsonView } from './JsonView.tsx';
import { useInspected } from './use-inspected.ts';

interface InspectViewProps {
  readonly method: Parameters<typeof useInspected>[0];
  readonly object: { readonly id: string; readonly name: string };
}

export function InspectView({ method, object }: InspectViewProps) {
  const { json, problem, refresh } = useInspected(method, object);
  if (json !== undefined)
    return <JsonView label={en.details.inspectLabel(inert(object.name))} json={json} onRefresh={refresh} />;
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
