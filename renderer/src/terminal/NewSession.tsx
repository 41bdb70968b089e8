// Begins one more session: a shell of the usual ones, the main process's terminal, or any command as any user.
import { ChevronDown, Plus, SquareTerminal, Unplug, UserCog } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { ContainerModel } from '../../../runtime/contract/model.ts';
import { Dialog } from '../components/Dialog.tsx';
import { Field } from '../components/Field.tsx';
import { MenuItem, MenuLine } from '../components/Menu.tsx';
import { inert } from '../format/inert.ts';
import { commandWords } from '../pages/containers/command-words.ts';
import { en } from '../strings/en.ts';
import { beginSession, defaultShell, type TerminalWish } from './terminal-tabs.ts';

const words = en.terminal;

interface NewSessionProps {
  readonly container: ContainerModel;
  readonly disabled: boolean;
}

export function NewSession({ container, disabled }: NewSessionProps) {
  const [asking, setAsking] = useState(false);
  const begin = (wish: TerminalWish): void => void beginSession(container.id, wish);
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          className="btn btn-ghost h-[26px] flex-none px-[6px] text-sm"
          aria-label={words.fresh}
          disabled={disabled}
        >
          <Plus aria-hidden />
          <ChevronDown aria-hidden className="!h-3 !w-3" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal container={document.querySelector('main')}>
          <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
            <MenuItem
              icon={<SquareTerminal />}
              text={words.freshItems.shell}
              onSelect={() => begin(defaultShell)}
            />
            {(['bash', 'sh'] as const).map((shell) => (
              <MenuItem
                key={shell}
                icon={<SquareTerminal />}
                text={words.freshItems[shell]}
                onSelect={() => begin({ ...defaultShell, command: [shell] })}
              />
            ))}
            <MenuLine />
            <div title={container.tty ? undefined : words.noTty}>
              <MenuItem
                icon={<Unplug />}
                text={words.freshItems.attach}
                disabled={!container.tty}
                onSelect={() => begin({ kind: 'attach', command: [], user: '' })}
              />
            </div>
            <MenuItem icon={<UserCog />} text={words.freshItems.other} onSelect={() => setAsking(true)} />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {asking && <WishDialog container={container} onClose={() => setAsking(false)} />}
    </>
  );
}

interface WishDialogProps {
  readonly container: ContainerModel;
  readonly onClose: () => void;
}

function WishDialog({ container, onClose }: WishDialogProps) {
  const [command, setCommand] = useState('');
  const [user, setUser] = useState('');
  const split = commandWords(command);
  const begin = (): void => {
    if (split === undefined) return;
    onClose();
    void beginSession(container.id, { kind: 'exec', command: split, user: user.trim() });
  };
  return (
    <Dialog
      title={words.dialog(inert(container.name))}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="btn" onClick={onClose}>
            {en.common.cancel}
          </button>
          <button type="submit" form="terminal-wish" className="btn btn-primary">
            {words.begin}
          </button>
        </>
      }
    >
      <form
        id="terminal-wish"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <Field
          mono
          label={words.command}
          note={words.commandNote}
          placeholder={words.commandPlaceholder}
          value={command}
          error={split === undefined ? en.run.errors.commandQuote : undefined}
          onChange={setCommand}
        />
        <Field
          mono
          label={words.user}
          note={words.userNote}
          placeholder={words.userPlaceholder}
          value={user}
          onChange={setUser}
        />
      </form>
    </Dialog>
  );
}
