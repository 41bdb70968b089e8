// The details of a volume or a network: its name, facts, who uses it, and what the engine tells of it as JSON.
import { Fragment, type ReactNode } from 'react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { CopyButton } from './CopyButton.tsx';
import { InspectJson } from './InspectJson.tsx';
import { PlaceAndClose } from './PlaceAndClose.tsx';

interface ObjectDetailsProps {
  readonly name: string;
  readonly icon: ReactNode;
  readonly method: 'volumes.inspect' | 'networks.inspect';
  readonly id: string;
  readonly facts: readonly (readonly [title: string, value: ReactNode])[];
  readonly usersTitle: string;
  /** One entry per container. */
  readonly users: readonly ReactNode[];
  readonly noUsers: string;
  /** Buttons at the end of the head. */
  readonly actions?: ReactNode;
  /** A row of tabs below the head; what is below is the panel of the chosen one. */
  readonly tabs?: { readonly row: ReactNode; readonly panelId: string; readonly tabId: string };
  /** What another tab shows, in the place of the facts. */
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

export function ObjectDetails(props: ObjectDetailsProps) {
  const name = inert(props.name);
  return (
    <section aria-label={en.details.label(name)} className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-none items-center gap-[10px] border-b border-line px-[18px] py-[10px]">
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
      {props.tabs?.row}
      <div
        className="flex min-h-0 flex-1 flex-col"
        {...(props.tabs && {
          role: 'tabpanel',
          id: props.tabs.panelId,
          'aria-labelledby': props.tabs.tabId,
        })}
      >
        {props.children === undefined || props.children === false ? (
          <ObjectFacts {...props} name={name} />
        ) : (
          props.children
        )}
      </div>
    </section>
  );
}

function ObjectFacts(props: ObjectDetailsProps) {
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={props.name}
    >
      <dl className="facts">
        {props.facts.map(([title, value]) => (
          <Fragment key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <h3 className="mt-5 mb-1 text-sm font-[600] text-ink-2">{props.usersTitle}</h3>
      {props.users.length === 0 ? (
        <p className="text-ink-3">{props.noUsers}</p>
      ) : (
        <ul className="flex flex-col">{props.users}</ul>
      )}
      <InspectJson key={props.id} method={props.method} id={props.id} />
    </div>
  );
}
