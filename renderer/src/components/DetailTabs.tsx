// The tabs of an object's details, and below them what the chosen one shows. The tab is in the address.
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Tabs } from './Tabs.tsx';

export interface DetailTabsProps<T extends string> {
  readonly label: string;
  /** All there are, in order. */
  readonly tabs: readonly T[];
  readonly texts: Readonly<Record<T, string>>;
  readonly value: T;
  readonly pathOf: (tab: T) => string;
}

/** Details of one object are shown at a time. */
const idPrefix = 'details-tab';
const panelId = 'details-panel';

/** The element of a tab. */
export function detailTabElement(tab: string): HTMLElement | null {
  return document.getElementById(`${idPrefix}-${tab}`);
}

export function DetailTabs<T extends string>(props: DetailTabsProps<T> & { readonly children: ReactNode }) {
  const { label, tabs, texts, value, pathOf, children } = props;
  const [, navigate] = useLocation();
  return (
    <>
      <Tabs
        label={label}
        idPrefix={idPrefix}
        panelId={panelId}
        items={tabs.map((tab) => ({ value: tab, text: texts[tab], href: pathOf(tab) }))}
        value={value}
        onChoose={(tab) => navigate(pathOf(tab))}
      />
      <div
        role="tabpanel"
        id={panelId}
        aria-labelledby={`${idPrefix}-${value}`}
        className="flex min-h-0 flex-1 flex-col"
      >
        {children}
      </div>
    </>
  );
}
