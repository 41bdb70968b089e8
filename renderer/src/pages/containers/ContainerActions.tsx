// What can be done to one container: the start/stop toggle and the menu with the rest, for the row and for the details.
import {
  Copy,
  Ellipsis,
  OctagonX,
  Play,
  RotateCw,
  ScrollText,
  Square,
  SquareTerminal,
  Trash2,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useLocation } from 'wouter';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { Tip } from '../../components/Tip.tsx';
import { inert } from '../../format/inert.ts';
import { actOnContainer, useContainerActions } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { containerPath } from '../../route.ts';
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
        if (!blocked) void actOnContainer(container.id, verb);
      }}
    >
      {busy === 'start' || busy === 'stop' ? <span className="mark mark-busy" aria-hidden /> : icon}
      {roomy === true && en.actions.name(verb)}
    </button>
  );
  const { id } = container;
  return (
    <>
      {roomy === true ? toggle : <Tip text={`${en.actions.name(verb)} (s)`}>{toggle}</Tip>}
      <DropdownMenu.Root>
        <DropdownMenu.Trigger
          className={`btn btn-icon ${roomy === true ? 'h-[30px] w-[30px]' : 'btn-ghost'}`}
          aria-label={en.actions.more(name)}
        >
          <Ellipsis aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
            <Item
              onSelect={() => navigate(containerPath(id, 'logs'))}
              letter="m"
              icon={<ScrollText />}
              text={en.actions.logs}
            />
            <Item
              onSelect={() => navigate(containerPath(id, 'terminal'))}
              letter="e"
              icon={<SquareTerminal />}
              text={en.actions.shell}
              disabled={!alive}
            />
            <Item
              onSelect={() => void navigator.clipboard.writeText(id)}
              icon={<Copy />}
              text={en.actions.copyId}
            />
            <DropdownMenu.Separator className="menu-line" />
            <Item
              onSelect={() => void actOnContainer(id, 'restart')}
              letter="r"
              icon={<RotateCw />}
              text={en.actions.name('restart')}
              disabled={blocked}
            />
            <Item
              onSelect={() => openDialog({ kind: 'killContainer', id })}
              icon={<OctagonX />}
              text={en.actions.killDialog}
              disabled={blocked || !alive}
            />
            <DropdownMenu.Separator className="menu-line" />
            <Item
              danger
              onSelect={() => openDialog({ kind: 'removeContainer', id })}
              letter="d"
              icon={<Trash2 />}
              text={en.actions.removeDialog}
              disabled={blocked}
            />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </>
  );
}

interface ItemProps {
  readonly onSelect: () => void;
  readonly icon: React.ReactNode;
  readonly text: string;
  readonly letter?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
}

function Item({ onSelect, icon, text, letter, danger, disabled }: ItemProps) {
  return (
    <DropdownMenu.Item
      className={`menu-item ${danger === true ? 'menu-item-danger' : ''}`}
      disabled={disabled === true}
      onSelect={onSelect}
    >
      <span aria-hidden className="contents">
        {icon}
      </span>
      {text}
      {letter !== undefined && (
        <kbd className="kbd" aria-hidden>
          {letter}
        </kbd>
      )}
    </DropdownMenu.Item>
  );
}
