// Where one is, as an address after the `#`, and back. Everything worth a link is in it: page, container, tab.

/** The tabs of a container's details, in order. */
export const detailTabs = ['summary', 'logs', 'terminal', 'stats', 'inspect', 'processes'] as const;
export type DetailTab = (typeof detailTabs)[number];
export type Route =
  | { readonly page: 'containers'; readonly id: string | undefined; readonly tab: DetailTab }
  | { readonly page: 'images' }
  /** Several containers' logs in one. */
  | { readonly page: 'logs'; readonly ids: readonly string[] };

/** Reads an address; an unknown one is the list of containers. */
export function routeOf(path: string): Route {
  const [page, id, tab] = path.split('/').filter((part) => part !== '');
  if (page === 'images') return { page: 'images' };
  if (page === 'logs') return { page, ids: (id ?? '').split(',').filter((one) => one !== '') };
  const known = detailTabs.find((candidate) => candidate === tab);
  return { page: 'containers', id: page === 'containers' ? id : undefined, tab: known ?? 'logs' };
}

/** The address of a container's tab, or of the list without an id. */
export function containerPath(id: string | undefined, tab: DetailTab = 'logs'): string {
  return id === undefined ? '/containers' : `/containers/${encodeURIComponent(id)}/${tab}`;
}

export const imagesPath = '/images';

/** The address of these containers' logs in one. */
export function mergedLogsPath(ids: readonly string[]): string {
  return `/logs/${ids.map(encodeURIComponent).join(',')}`;
}
