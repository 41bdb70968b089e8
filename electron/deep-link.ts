// Links into Berth: `berth://container/<id>/logs`. Any program and any web page may hand us one, so it only ever shows a
// page: it is parsed strictly, and what is not exactly of this form is ignored.

/** The protocol that the system gives to us. */
export const linkScheme = 'berth';

/** The tabs of a container and the pages that a link may name: those that the page has. */
export const linkedTabs = ['summary', 'logs', 'terminal', 'stats', 'inspect', 'processes'] as const;
export const linkedPages = ['containers', 'images', 'volumes', 'networks', 'builds', 'settings'] as const;

/** Ids, and names as Docker allows them. */
const container = '[A-Za-z0-9][A-Za-z0-9_.-]{0,254}';
const containerLink = new RegExp(
  `^${linkScheme}://container/(${container})(?:/(${linkedTabs.join('|')}))?/?$`,
);
const pageLink = new RegExp(`^${linkScheme}://(${linkedPages.join('|')})/?$`);

/** The address in the page (`/containers/abc/logs`) that a link means; undefined for whatever else. */
export function parseDeepLink(link: string): string | undefined {
  const found = containerLink.exec(link);
  if (found?.[1] !== undefined) return containerAddress(found[1], found[2] ?? 'summary');
  const page = pageLink.exec(link)?.[1];
  return page === undefined ? undefined : `/${page}`;
}

/** The address of a container's tab in the page. */
export function containerAddress(id: string, tab: string): string {
  return `/containers/${encodeURIComponent(id)}/${tab}`;
}

/** The first link among a command line's words, as the page's address. */
export function deepLinkAmong(words: readonly string[]): string | undefined {
  for (const word of words) {
    const address = parseDeepLink(word);
    if (address !== undefined) return address;
  }
  return undefined;
}
