// The bar above a list: the text filter, a few exclusive choices of what to show, and whatever else the page has.
import type { ReactNode } from 'react';
import { en } from '../strings/en.ts';
import { FilterField } from './FilterField.tsx';
import { Segmented } from './Segmented.tsx';

interface ListBarProps<T extends string> {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly which: T;
  readonly choices: readonly { readonly value: T; readonly text: string }[];
  readonly onWhich: (which: T) => void;
  readonly children?: ReactNode;
}

export function ListBar<T extends string>(props: ListBarProps<T>) {
  return (
    <div className="flex flex-none flex-wrap items-center gap-[10px] px-[18px] pb-[10px]">
      <FilterField value={props.text} onChange={props.onText} />
      <Segmented
        label={en.filter.which}
        value={props.which}
        onChoose={props.onWhich}
        options={props.choices}
      />
      {props.children}
    </div>
  );
}
