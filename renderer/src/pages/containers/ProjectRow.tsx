// The row above the containers of one Compose project: folds them away, selects them, and acts on all of them.
import { ChevronRight, OctagonX, Play, RotateCw, ScrollText, Square, Trash2 } from 'lucide-react';
import { memo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import type { RowSelection } from '../../components/row-selection.ts';
import { SelectBox } from '../../components/SelectBox.tsx';
import { IconButton } from '../../components/IconButton.tsx';
import { inert } from '../../format/inert.ts';
import { openMergedLogs } from '../../logs/merged-logs.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { projectsOf } from './compose-project.ts';
import { command } from './container-commands.ts';
import { foldProject } from './list-view.ts';

interface ProjectRowProps {
  readonly project: string;
  /** `open` while a filter shows its matches in any case. */
  readonly fold: 'folded' | 'unfolded' | 'open';
  readonly selection: RowSelection;
}

const words = en.containers;
const nobody: readonly string[] = [];

export const ProjectRow = memo(function ProjectRow({ project, fold, selection }: ProjectRowProps) {
  const members = useModel(
    useShallow((state) => projectsOf(state.containers).get(project)?.members ?? nobody),
  );
  const running = useModel((state) => projectsOf(state.containers).get(project)?.running ?? 0);
  const name = inert(project);
  const verb = running > 0 ? 'stop' : 'start';
  return (
    <div className="group-row">
      <div role="gridcell" className="cell cell-select" data-select>
        <SelectBox selection={selection} members={members} label={words.selectProject(name)} />
      </div>
      <div role="gridcell" className="cell group-cell">
        <button
          type="button"
          className="group-fold"
          tabIndex={-1}
          disabled={fold === 'open'}
          aria-expanded={fold !== 'folded'}
          onClick={() => foldProject(project, fold === 'unfolded')}
        >
          <ChevronRight aria-hidden />
          <bdi className="truncate" title={name}>
            {name}
          </bdi>
        </button>
        <span className="flex-none text-ink-3">
          {words.project} · {words.projectRunning(running, members.length)}
        </span>
      </div>
      <div role="gridcell" className="cell cell-actions">
        <IconButton
          label={en.actions.all(verb, name)}
          tip={`${en.actions.allName[verb]} (s)`}
          icon={running > 0 ? <Square aria-hidden className="!h-[13px] !w-[13px]" /> : <Play aria-hidden />}
          onClick={() => command(verb, members)}
        />
        <Menu subject={project} label={en.actions.more(name)}>
          <MenuItem
            icon={<ScrollText />}
            text={en.mergedLogs.open}
            shortcut="m"
            onSelect={() => openMergedLogs(members)}
          />
          <MenuLine />
          <MenuItem
            icon={<Play />}
            text={en.actions.allName.start}
            disabled={running === members.length}
            onSelect={() => command('start', members)}
          />
          <MenuItem
            icon={<Square />}
            text={en.actions.allName.stop}
            disabled={running === 0}
            onSelect={() => command('stop', members)}
          />
          <MenuItem
            icon={<RotateCw />}
            text={en.actions.allName.restart}
            shortcut="r"
            onSelect={() => command('restart', members)}
          />
          <MenuItem
            icon={<OctagonX />}
            text={en.actions.allDialog.kill}
            shortcut="k"
            disabled={running === 0}
            onSelect={() => command('kill', members)}
          />
          <MenuLine />
          <MenuItem
            danger
            icon={<Trash2 />}
            text={en.actions.allDialog.remove}
            shortcut="d"
            onSelect={() => command('remove', members)}
          />
        </Menu>
      </div>
    </div>
  );
});
