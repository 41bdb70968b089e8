// The command palette: one field that finds every object, page and command. Tab on a container shows what can be done with
// it. Afterwards the focus is where it was, or where the chosen thing leads.
import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { focusWhenLost } from '../../components/Dialog.tsx';
import { inert } from '../../format/inert.ts';
import { useModel } from '../../state/model-store.ts';
import { closePanel, usePanel } from '../../state/panel-store.ts';
import { en } from '../../strings/en.ts';
import {
  commandItems,
  objectItems,
  pageItems,
  typedVerbItems,
  verbItems,
  type PaletteItem,
} from './palette-entries.ts';
import { searchEntries, type PaletteSection } from './palette-search.ts';
import { PaletteRow } from './PaletteRow.tsx';

const words = en.palette;

export function Palette() {
  const open = usePanel((state) => state.panel === 'palette');
  const before = useRef<Element>(null);
  const chosen = useRef<() => void>(undefined);
  const close = (): void => closePanel('palette');
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-overlay" />
        <Dialog.Content
          className="palette"
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            before.current = document.activeElement;
            chosen.current = undefined;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
            // Only now, so that a dialog it opens finds the focus where it was, and gives it back there.
            chosen.current?.();
            setTimeout(focusWhenLost, 0);
          }}
        >
          <Dialog.Title className="sr-only">{words.title}</Dialog.Title>
          <PaletteList
            onChoose={(item) => {
              chosen.current = item.act;
              close();
            }}
          />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteList({ onChoose }: { readonly onChoose: (item: PaletteItem) => void }) {
  const [text, setText] = useState('');
  const [value, setValue] = useState('');
  /** The container whose actions are shown. */
  const [subject, setSubject] = useState<string>();
  const name = useModel((state) => (subject === undefined ? undefined : state.containers.get(subject)?.name));
  const sections = useSections(text, subject);
  const items = sections.flatMap((section) => section.entries);
  const current = items.find((item) => item.id === value);

  const show = (id: string | undefined): void => {
    setSubject(id);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && text === '' && subject !== undefined) show(undefined);
    else if (event.key === 'Tab' && !event.shiftKey && current?.container !== undefined)
      show(current.container);
    else if (event.key !== 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <Command label={words.title} shouldFilter={false} loop value={value} onValueChange={setValue}>
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the field inside */}
      <div className="palette-field" onKeyDown={onKeyDown}>
        <Search aria-hidden />
        {name !== undefined && <span className="badge badge-run max-w-[220px] truncate">{inert(name)}</span>}
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder={name === undefined ? words.placeholder : words.placeholderOf}
        />
        <kbd className="kbd" aria-hidden>
          Esc
        </kbd>
      </div>
      <Command.List className="palette-list" label={words.results}>
        {items.length === 0 && (
          <Command.Empty className="px-4 py-8 text-center text-ink-2">
            {words.nothing(inert(text))}
          </Command.Empty>
        )}
        {sections.map((section) => (
          <Command.Group key={section.group} heading={headingOf(section)}>
            {section.entries.map((item) => (
              <PaletteRow key={item.id} item={item} onChoose={onChoose} />
            ))}
          </Command.Group>
        ))}
      </Command.List>
      <div className="palette-foot" aria-hidden>
        <Hint keys={['↑', '↓']} text={words.move} />
        <Hint keys={['Enter']} text={words.choose} />
        {current?.container !== undefined && (
          <Hint keys={['Tab']} text={words.actionsOf(inert(current.title))} />
        )}
        {subject !== undefined && <Hint keys={['⌫']} text={words.back} />}
      </div>
    </Command>
  );
}

function Hint({ keys, text }: { readonly keys: readonly string[]; readonly text: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      {keys.map((key) => (
        <kbd key={key} className="kbd">
          {key}
        </kbd>
      ))}
      <span className="ml-0.5 truncate">{text}</span>
    </span>
  );
}

function headingOf(section: PaletteSection<PaletteItem>): string {
  const title = words.groups[section.group];
  return section.total > section.entries.length
    ? words.someOf(title, section.entries.length, section.total)
    : title;
}

/** What to show for what is typed: a container's actions, or everything that answers. */
function useSections(text: string, subject: string | undefined): PaletteSection<PaletteItem>[] {
  const [, navigate] = useLocation();
  const model = useModel();
  const all = useMemo(() => {
    const ended = [...model.tasks.values()].filter((task) => task.state !== 'running').length;
    return [...objectItems(model, navigate), ...pageItems(navigate), ...commandItems(model.engine, ended)];
  }, [model, navigate]);
  return useMemo(() => {
    const container = subject === undefined ? undefined : model.containers.get(subject);
    if (container !== undefined) return searchEntries(verbItems(container, navigate), text);
    const found = searchEntries(all, text);
    const typed = typedVerbItems(model.containers, text, navigate);
    const actions = searchEntries(typed.items, typed.rest).map((section) => ({
      ...section,
      entries: section.entries.slice(0, 6),
    }));
    // `stop web` means the verb; `re` alone is more likely a name, and finds the verbs after it.
    return typed.rest === '' ? [...found, ...actions] : [...actions, ...found];
  }, [all, model.containers, navigate, subject, text]);
}
