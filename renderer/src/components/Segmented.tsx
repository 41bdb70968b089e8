// A few exclusive choices side by side; arrows move between them.
import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string; readonly icon?: ReactNode }[];
  readonly onChoose: (value: T) => void;
}

export function Segmented<T extends string>({ label, value, options, onChoose }: SegmentedProps<T>) {
  return (
    <ToggleGroup.Root
      type="single"
      className="seg"
      role="radiogroup"
      aria-label={label}
      value={value}
      onValueChange={(chosen) => {
        const option = options.find((candidate) => candidate.value === chosen);
        if (option !== undefined) onChoose(option.value);
      }}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          {...(option.icon === undefined ? {} : { 'aria-label': option.text, title: option.text })}
        >
          {option.icon ?? option.text}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
