// A text field with suggestions. Any text may be typed; arrows and Enter take a suggestion, Escape closes the list first.
import { useId, useState, type KeyboardEvent } from 'react';
import { inert } from '../format/inert.ts';

interface ComboboxProps {
  readonly id: string;
  readonly value: string;
  readonly suggestions: readonly string[];
  /** They were found for what is typed: none is left out for being written otherwise, and they take room of their own below. */
  readonly found?: boolean;
  /** What is said of a suggestion beside it. */
  readonly notes?: ReadonlyMap<string, string>;
  readonly listLabel: string;
  readonly placeholder: string;
  readonly invalid: boolean;
  readonly describedBy: string | undefined;
  readonly onChange: (value: string) => void;
}

const most = 8;

export function Combobox(props: ComboboxProps) {
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const typed = props.value.trim().toLowerCase();
  const shown = props.suggestions
    .filter((text) => (props.found === true || text.toLowerCase().includes(typed)) && text !== props.value)
    .slice(0, most);
  const expanded = open && shown.length > 0;

  const take = (text: string): void => {
    props.onChange(text);
    setOpen(false);
    setAt(-1);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const chosen = shown[at];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) % Math.max(1, shown.length));
    } else if (event.key === 'Enter' && expanded && chosen !== undefined) take(chosen);
    else if (event.key === 'Escape' && expanded) {
      setOpen(false);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };

  return (
    <div className="relative">
      <input
        id={props.id}
        className="input input-mono"
        type="text"
        role="combobox"
        aria-expanded={expanded}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={expanded && at >= 0 ? `${listId}-${at}` : undefined}
        aria-invalid={props.invalid}
        aria-describedby={props.describedBy}
        autoComplete="off"
        spellCheck={false}
        placeholder={props.placeholder}
        value={props.value}
        onChange={(event) => {
          props.onChange(event.target.value);
          setOpen(true);
          setAt(-1);
        }}
        onClick={() => setOpen(true)}
        // A list that takes room stays: what is about to be clicked below it must not move away.
        onBlur={() => props.found !== true && setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={props.listLabel}
        hidden={!expanded}
        // A list that scrolls would be a stop of Tab by itself, and gone as soon as it is reached.
        tabIndex={-1}
        className={props.found === true ? 'menu relative mt-1' : 'menu absolute inset-x-0 top-[36px]'}
      >
        {/* They stay while the list is hidden: a dialog that sees something go while the focus moves takes the focus to itself. */}
        {shown.map((text, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the input's
          <div
            key={text}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            className="menu-item font-mono text-sm"
            {...(index === at ? { 'data-highlighted': '' } : {})}
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setAt(index)}
            onClick={() => take(text)}
          >
            <span className="flex-none">{inert(text)}</span>
            {props.notes?.has(text) === true && (
              <span className="min-w-0 flex-1 truncate text-right font-sans text-ink-3">
                {inert(props.notes.get(text) ?? '')}
              </span>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
