// The state of a step or a build: a word in a badge, and a mark with a shape of its own.
import type { BuildState, BuildStep } from '../../../../runtime/contract/builds.ts';
import { en } from '../../strings/en.ts';

type Shown = BuildStep['state'] | BuildState | 'cached';

const badges: Readonly<Record<Shown, string>> = {
  waiting: '',
  running: 'badge-run',
  done: '',
  cached: 'badge-done',
  failed: 'badge-bad',
  canceled: '',
};
const marks: Readonly<Record<Shown, string>> = {
  waiting: 'mark-stopped',
  running: 'mark-busy',
  done: 'mark-running',
  cached: 'mark-running',
  failed: 'mark-failed',
  canceled: 'mark-stopped',
};

export function StateBadge({ state }: { readonly state: Shown }) {
  return <span className={`badge ${badges[state]}`}>{en.builds.steps.states[state]}</span>;
}

export function StateMark({ state }: { readonly state: Shown }) {
  return <span className={`mark ${marks[state]}`} role="img" aria-label={en.builds.steps.states[state]} />;
}
