// Chooses the containers whose logs are shown in one: single ones, or all of a Compose project.
import { Boxes, Plus } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useId, useState } from 'react';
import { inert } from '../../format/inert.ts';
import { mostSources } from '../../logs/log-store.ts';
import { openMergedLogs } from '../../logs/merged-logs.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { projectsOf } from '../containers/compose-project.ts';

const words = en.mergedLogs;
/** More rows than this are found by typing. */
const mostRows = 100;

/** `ids` are those shown now. */
export function ContainerPicker({ ids }: { readonly ids: readonly string[] }) {
  return (
    <Popover.Root>
      <Popover.Trigger className="btn">
        <Plus aria-hidden />
        {words.pick}
      </Popover.Trigger>
      <Popover.Portal container={document.querySelector('main')}>
        <Popover.Content
          className="menu w-[340px]"
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label={words.pick}
        >
          <Choices ids={ids} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choices({ ids }: { readonly ids: readonly string[] }) {
  const known = useModel((state) => state.containers);
  const [typed, setTyped] = useState('');
  const rowId = useId();
  const wanted = typed.trim().toLowerCase();
  const projects = [...projectsOf(known)]
    .map(([project, { members }]) => ({ project, members }))
    .filter(({ project }) => project.toLowerCase().includes(wanted))
    .sort((one, other) => one.project.localeCompare(other.project));
  const containers = [...known.values()]
    .filter(({ name, image }) => name.toLowerCase().includes(wanted) || image.toLowerCase().includes(wanted))
    .sort((one, other) => one.name.localeCompare(other.name));
  const full = ids.length >= mostSources;
  const toggle = (id: string, on: boolean): void =>
    openMergedLogs(on ? [...ids, id] : ids.filter((other) => other !== id));
  return (
    <>
      <input
        type="text"
        className="input mb-1"
        aria-label={words.filter}
        placeholder={words.filter}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div className="max-h-[340px] overflow-auto">
        {projects.map(({ project, members }) => (
          <button
            key={project}
            type="button"
            className="menu-item w-full hover:bg-hover"
            onClick={() => openMergedLogs([...new Set([...ids, ...members])])}
          >
            <Boxes aria-hidden />
            <span className="min-w-0 truncate">{words.project(inert(project))}</span>
            <span className="ml-auto text-sm text-ink-3 tabular-nums">{members.length}</span>
          </button>
        ))}
        {projects.length > 0 && <div className="menu-line" />}
        {containers.slice(0, mostRows).map(({ id, name, image }) => {
          const on = ids.includes(id);
          return (
            <label key={id} htmlFor={`${rowId}-${id}`} className="menu-item hover:bg-hover">
              <input
                id={`${rowId}-${id}`}
                type="checkbox"
                checked={on}
                disabled={!on && full}
                onChange={(event) => toggle(id, event.target.checked)}
              />
              <bdi className="min-w-0 truncate">{inert(name)}</bdi>
              <span className="ml-auto max-w-[45%] truncate font-mono text-xs text-ink-3">
                {inert(image)}
              </span>
            </label>
          );
        })}
        {containers.length > mostRows && (
          <p className="px-2 py-1 text-sm text-ink-3">{words.more(containers.length - mostRows)}</p>
        )}
        {containers.length === 0 && projects.length === 0 && (
          <p className="px-2 py-1 text-sm text-ink-3">{words.noMatch}</p>
        )}
        {full && <p className="px-2 py-1 text-sm text-ink-3">{words.full(mostSources)}</p>}
      </div>
    </>
  );
}
