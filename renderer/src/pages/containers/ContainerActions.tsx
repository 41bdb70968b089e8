// What can be done to one container: the start/stop toggle and the menu with the rest, for the row and for the details.
import { Copy, OctagonX, Play, RotateCw, ScrollText, Square, SquareTerminal, Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath } from '../../route.ts';
import { actOnContainer, useContainerActions } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { isAlive } from './container-status.ts';

interface ContainerActionsProps {
  readonly container: ContainerModel;
  /** In the details the toggle shows its word. */
  readonly roomy?: boolean;
}

export function ContainerActions({ container, roomy }: ContainerActionsProps) {
  const busy = useContainerActions((state) => state.busy.get(container.id));
  const [, navigate] = useLocation();
  const { id } = container;
  const alive = isAlive(container);
  const verb = alive ? 'stop' : 'start';
  const name = inert(container.name);
  const blocked = busy !== undefined || container.state === 'removing';
  const icon = alive ? <Square aria-hidden className="!h-[13px] !w-[13px]" /> : <Play aria-hidden />;
  const toggle = (
    <button
      type="button"
      className={roomy === true ? 'btn' : 'btn btn-ghost btn-icon'}
      aria-label={en.actions.label(verb, name)}
      aria-disabled={blocked}
      onClick={() => {
        if (!blocked) void actOnContainer(id, verb);
      }}
    >
      {busy === 'start' || busy === 'stop' ? <span className="mark mark-busy" aria-hidden /> : icon}
      {roomy === true && en.actions.name(verb)}
    </button>
  );
  return (
    <>
      {roomy === true ? toggle : <Tip text={`${en.actions.name(verb)} (s)`}>{toggle}</Tip>}
      <Menu label={en.actions.more(name)} framed={roomy === true}>
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
          icon={<Copy />}
          text={en.actions.copyId}
          onSelect={() => void navigator.clipboard.writeText(id)}
        />
        <MenuLine />
        <MenuItem
          icon={<RotateCw />}
          text={en.actions.name('restart')}
          shortcut="r"
          disabled={blocked}
          onSelect={() => void actOnContainer(id, 'restart')}
        />
        <MenuItem
          icon={<OctagonX />}
          text={en.actions.killDialog}
          disabled={blocked || !alive}
          onSelect={() => openDialog({ kind: 'killContainer', id })}
        />
        <MenuLine />
        <MenuItem
          danger
          icon={<Trash2 />}
          text={en.actions.removeDialog}
          shortcut="d"
          disabled={blocked}
          onSelect={() => openDialog({ kind: 'removeContainer', id })}
        />
      </Menu>
    </>
  );
}
