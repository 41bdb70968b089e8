// The frame of the details of an image, a volume or a network: its name, what can be done, tabs, and what the chosen tab shows; and the
// facts that the first of them shows.
import { Fragment, type ReactNode } from 'react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { CopyButton } from './CopyButton.tsx';
import { DetailTabs, type DetailTabsProps } from './DetailTabs.tsx';
import { PlaceAndClose } from './PlaceAndClose.tsx';

interface ObjectDetailsProps<T extends string> {
  readonly name: string;
  readonly icon: ReactNode;
  /** Buttons at the end of the head. */
  readonly actions?: ReactNode;
  readonly tabs: DetailTabsProps<T>;
  /** What the chosen tab shows. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

export function ObjectDetails<T extends string>(props: ObjectDetailsProps<T>) {
  const name = inert(props.name);
  return (
    <section aria-label={en.details.label(name)} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-none items-center gap-[10px] px-[18px] py-[10px]">
        <span aria-hidden className="flex-none text-ink-3 [&>svg]:h-4 [&>svg]:w-4">
          {props.icon}
        </span>
        <h2 className="min-w-0 truncate text-lg font-[600]" title={name}>
          <bdi>{name}</bdi>
        </h2>
        <CopyButton text={props.name} label={en.objects.copyName} />
        <span className="flex-1" />
        <div className="flex flex-none items-center gap-[6px]">
          {props.actions}
          <PlaceAndClose onClose={props.onClose} />
        </div>
      </div>
      <DetailTabs {...props.tabs}>{props.children}</DetailTabs>
    </section>
  );
}

interface ObjectSummaryProps {
  /** Whose it is. */
  readonly label: string;
  readonly children: ReactNode;
}

/** What scrolls below the tabs. */
export function ObjectSummary({ label, children }: ObjectSummaryProps) {
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      {children}
    </div>
  );
}

export type ObjectFact = readonly [title: string, value: ReactNode];

export function ObjectFacts({ facts }: { readonly facts: readonly ObjectFact[] }) {
  return (
    <dl className="facts">
      {facts.map(([title, value]) => (
        <Fragment key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

interface ObjectSectionProps {
  readonly title: string;
  /** Buttons behind the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part with a title of its own. */
export function ObjectSection({ title, actions, children }: ObjectSectionProps) {
  return (
    <section aria-label={title} className="mt-5 first:mt-0">
      <div className="mb-1 flex min-h-6 items-center gap-3">
        <h3 className="text-sm font-[600] text-ink-2">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}
