// Where one is, as an address after the `#`, and back. Everything worth a link is in it: page, object, tab, section.

/** The tabs of a container's details, in order. */
export const detailTabs = ['summary', 'logs', 'terminal', 'stats', 'inspect', 'processes'] as const;
export type DetailTab = (typeof detailTabs)[number];
/** The tabs of a volume's details, in order. */
export const volumeTabs = ['summary', 'files'] as const;
export type VolumeTab = (typeof volumeTabs)[number];
/** The tabs of a network's details, in order. */
export const networkTabs = ['summary', 'inspect'] as const;
export type NetworkTab = (typeof networkTabs)[number];
/** The tabs of an image's details, in order. */
export const imageTabs = ['summary', 'layers', 'files'] as const;
export type ImageTab = (typeof imageTabs)[number];
export type SettingsSection =
  'appearance' | 'terminal' | 'logs' | 'notifications' | 'engine' | 'registries' | 'keyboard' | 'about';
export type Route =
  | { readonly page: 'containers'; readonly id: string | undefined; readonly tab: DetailTab }
  | { readonly page: 'images'; readonly id: string | undefined; readonly tab: ImageTab }
  /** Several containers' logs in one. */
  | { readonly page: 'logs'; readonly ids: readonly string[] }
  | { readonly page: 'volumes'; readonly id: string | undefined; readonly tab: VolumeTab }
  | { readonly page: 'networks'; readonly id: string | undefined; readonly tab: NetworkTab }
  /** `editor` is the open folder, else a build of the history. */
  | { readonly page: 'builds'; readonly id: string | undefined }
  | { readonly page: 'settings'; readonly section: SettingsSection };
/** The pages of the rail. */
export type Page = Exclude<Route['page'], 'logs'>;

/** The sections of the settings, in their order. */
export const settingsSections: readonly SettingsSection[] = [
  'appearance',
  'terminal',
  'logs',
  'notifications',
  'engine',
  'registries',
  'keyboard',
  'about',
];

/** Reads an address; an unknown one is the list of containers. */
export function routeOf(path: string): Route {
  const [page, id, tab] = path.split('/').filter((part) => part !== '');
  switch (page) {
    case 'images':
      return {
        page,
        id: id === undefined ? undefined : `sha256:${id}`,
        tab: imageTabs.find((candidate) => candidate === tab) ?? 'summary',
      };
    case 'volumes':
      return { page, id, tab: volumeTabs.find((candidate) => candidate === tab) ?? 'summary' };
    case 'networks':
      return { page, id, tab: networkTabs.find((candidate) => candidate === tab) ?? 'summary' };
    case 'builds':
      return { page, id };
    case 'logs':
      return { page, ids: (id ?? '').split(',').filter((one) => one !== '') };
    case 'settings':
      return { page, section: settingsSections.find((section) => section === id) ?? 'appearance' };
    default: {
      const known = detailTabs.find((candidate) => candidate === tab);
      return { page: 'containers', id: page === 'containers' ? id : undefined, tab: known ?? 'logs' };
    }
  }
}

/** The address of a container's tab, or of the list without an id. */
export function containerPath(id: string | undefined, tab: DetailTab = 'logs'): string {
  return id === undefined ? '/containers' : `/containers/${encodeURIComponent(id)}/${tab}`;
}

/** The address of these containers' logs in one. */
export function mergedLogsPath(ids: readonly string[]): string {
  return `/logs/${ids.map(encodeURIComponent).join(',')}`;
}

/** The address of a page, or of one object on it. */
export function pagePath(page: Page, id?: string): string {
  return id === undefined ? `/${page}` : `/${page}/${encodeURIComponent(id)}`;
}

/** The address of a volume's tab. */
export function volumePath(id: string, tab: VolumeTab = 'summary'): string {
  return `${pagePath('volumes', id)}/${tab}`;
}

/** The address of a network's tab. */
export function networkPath(id: string, tab: NetworkTab = 'summary'): string {
  return `${pagePath('networks', id)}/${tab}`;
}

/** The address of an image's tab; a colon in it would come back encoded. */
export function imagePath(id: string, tab: ImageTab = 'summary'): string {
  return `${pagePath('images', id.replace(/^sha256:/, ''))}/${tab}`;
}

/** The address of a section of the settings. */
export function settingsPath(section: SettingsSection): string {
  return `/settings/${section}`;
}
