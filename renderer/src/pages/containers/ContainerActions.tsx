// What can be done to one container: the start/stop toggle and the menu with the rest, for the row and for the details.
import {
  Braces,
  Copy,
  OctagonX,
  Pause,
  PencilLine,
  Play,
  RotateCw,
  ScrollText,
  Square,
  SquareTerminal,
  Trash2,
} from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath } from '../../route.ts';
import { actOnContainer, useContainerActions } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { command } from './container-commands.ts';
import { canDo, isAlive } from './container-status.ts';

// Made once: a list draws them again and again.
const playIcon = <Play aria-hidden />;
const stopIcon = <Square aria-hidden className="!h-[13px] !w-[13px]" />;

interface ContainerActionsProps {
  readonly container: ContainerModel;
  /** In the details the toggle shows its word. */
  readonly roomy?: boolean;
}

export function ContainerActions({ container, roomy }: ContainerActionsProps) {
  const busy = useContainerActions((state) => state.busy.get(container.id));
  const { id } = container;
  const ids = [id];
  const alive = isAlive(container);
  const verb = alive ? 'stop' : 'start';
  const name = inert(container.name);
  const idle = busy === undefined;
  const toggles = idle && canDo(verb, container);
  const icon = alive ? stopIcon : playIcon;
  const paused = container.state === 'paused';
  const pauses = paused ? 'unpause' : 'pause';
  const toggle = (
    <button
      type="button"
      className={roomy === true ? 'btn' : 'btn btn-ghost btn-icon'}
      aria-label={en.actions.label(verb, name)}
      aria-disabled={!toggles}
      onClick={() => {
        if (toggles) void actOnContainer(id, verb);
      }}
    >
      {idle ? icon : <span className="mark mark-busy" aria-hidden />}
      {roomy === true && en.actions.name(verb)}
    </button>
  );
  return (
    <>
      {roomy === true ? toggle : <Tip text={`${en.actions.name(verb)} (s)`}>{toggle}</Tip>}
      <Menu subject={id} label={en.actions.more(name)} framed={roomy === true}>
        <MenuItem
          icon={<ScrollText />}
          text={en.actions.logs}
          shortcut="m"
          onSelect={() => navigate(containerPath(id, 'logs'))}
        />
        <MenuItem
          icon={<SquareTerminal />}
          text={en.actions.shell}
          shortcut="e"
          disabled={!alive}
          onSelect={() => navigate(containerPath(id, 'terminal'))}
        />
        <MenuItem
          icon={<Braces />}
          text={en.actions.inspect}
          shortcut="i"
          onSelect={() => navigate(containerPath(id, 'inspect'))}
        />
        <MenuItem
          icon={<Copy />}
          text={en.actions.copyId}
          onSelect={() => void navigator.clipboard.writeText(id)}
        />
        <MenuLine />
        <MenuItem
          icon={<RotateCw />}
          text={en.actions.name('restart')}
          shortcut="r"
          disabled={!idle || !canDo('restart', container)}
          onSelect={() => command('restart', ids)}
        />
        <MenuItem
          icon={paused ? <Play /> : <Pause />}
          text={en.actions.name(pauses)}
          shortcut="p"
          disabled={!idle || !canDo(pauses, container)}
          onSelect={() => command(pauses, ids)}
        />
        <MenuItem
          icon={<OctagonX />}
          text={en.actions.killDialog}
          shortcut="k"
          disabled={!idle || !alive}
          onSelect={() => command('kill', ids)}
        />
        <MenuItem
          icon={<PencilLine />}
          text={en.actions.renameDialog}
          shortcut="F2"
          disabled={container.state === 'removing'}
          onSelect={() => openDialog({ kind: 'renameContainer', id })}
        />
        <MenuLine />
        <MenuItem
          danger
          icon={<Trash2 />}
          text={en.actions.removeDialog}
          shortcut="d"
          disabled={!idle || !canDo('remove', container)}
          onSelect={() => command('remove', ids)}
        />
      </Menu>
    </>
  );
}
