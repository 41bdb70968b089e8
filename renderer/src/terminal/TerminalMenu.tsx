// What else can be done with a terminal: serve a screen reader, end the session.
import { Check, Ellipsis, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { TerminalModel } from '../../../runtime/contract/model.ts';
import { MenuItem, MenuLine } from '../components/Menu.tsx';
import { en } from '../strings/en.ts';
import { serveScreenReader, useTerminalLook } from './terminal-look.ts';
import { closeSession } from './terminal-tabs.ts';

const words = en.terminal;

interface TerminalMenuProps {
  readonly session: TerminalModel;
  readonly mac: boolean;
}

export function TerminalMenu({ session, mac }: TerminalMenuProps) {
  const screenReader = useTerminalLook((look) => look.screenReader);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="btn btn-ghost btn-icon" aria-label={words.more}>
        <Ellipsis aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.CheckboxItem
            className="menu-item"
            checked={screenReader}
            onCheckedChange={serveScreenReader}
          >
            <span className="grid h-[15px] w-[15px] flex-none place-items-center">
              <DropdownMenu.ItemIndicator>
                <Check aria-hidden />
              </DropdownMenu.ItemIndicator>
            </span>
            {words.screenReader}
          </DropdownMenu.CheckboxItem>
          <MenuLine />
          <MenuItem
            icon={<X />}
            text={session.ended === undefined ? words.endSession : words.closeSession}
            danger={session.ended === undefined}
            onSelect={() => closeSession(session)}
          />
          <MenuLine />
          <DropdownMenu.Label className="px-2 py-1 text-sm text-ink-3">
            {words.copyHint(mac)}
          </DropdownMenu.Label>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
