// A chip that opens a menu of exclusive choices and shows the one that holds.
import { Check, ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';

interface ChoiceMenuProps<T extends string> {
  /** What is chosen, for screen readers: the chip itself shows only the choice. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  /** What the chip shows, when that is not the text of the choice. */
  readonly text?: string;
  /** Drawn as switched on: the choice changes what is seen. */
  readonly on: boolean;
  readonly onChoose: (value: T) => void;
}

export function ChoiceMenu<T extends string>(props: ChoiceMenuProps<T>) {
  const { label, value, options, on, onChoose } = props;
  const text = props.text ?? options.find((option) => option.value === value)?.text ?? '';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="chip" data-on={on || undefined} aria-label={`${label}: ${text}`}>
        {text}
        <ChevronDown aria-hidden className="-mr-1 h-3 w-3" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup
            value={value}
            onValueChange={(chosen) => {
              const option = options.find((candidate) => candidate.value === chosen);
              if (option !== undefined) onChoose(option.value);
            }}
          >
            {options.map((option) => (
              // Choosing what is chosen already counts too: a range of one's own can be changed.
              <DropdownMenu.RadioItem
                key={option.value}
                value={option.value}
                className="menu-item"
                onSelect={() => {
                  if (option.value === value) onChoose(option.value);
                }}
              >
                <span className="grid h-[15px] w-[15px] flex-none place-items-center">
                  <DropdownMenu.ItemIndicator>
                    <Check aria-hidden />
                  </DropdownMenu.ItemIndicator>
                </span>
                {option.text}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
