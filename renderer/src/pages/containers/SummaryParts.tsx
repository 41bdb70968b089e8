// The pieces that the summary of a container is made of: sections, facts, code, pairs of name and value.
import type { ReactNode } from 'react';
import { inert } from '../../format/inert.ts';

interface SectionProps {
  readonly title: string;
  /** Buttons behind the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, actions, children }: SectionProps) {
  return (
    <section className="min-w-0">
      <div className="mb-1 flex min-h-6 items-center gap-2">
        <h3 className="text-sm font-[600] text-ink-2">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="flex flex-wrap items-center gap-x-2">{children}</dd>
    </>
  );
}

export function Code({ text }: { readonly text: string }) {
  return <span className="min-w-0 font-mono text-sm break-all">{inert(text)}</span>;
}

export function Nothing({ text }: { readonly text: string }) {
  return <p className="text-ink-3">{text}</p>;
}

interface PairsProps {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** Dots instead of values. */
  readonly masked?: boolean;
}

export function Pairs({ pairs, masked }: PairsProps) {
  return (
    <dl className="flex flex-col">
      {pairs.map(([name, value], index) => (
        <div key={`${index} ${name}`} className="flex flex-wrap gap-x-3 border-b border-line py-1">
          <dt className="font-mono text-sm break-all text-ink-3">{inert(name)}</dt>
          <dd className="min-w-0 font-mono text-sm break-all">
            {masked === true ? <span aria-hidden>••••••••</span> : inert(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
