// The pages, in the order of the rail; a page's key is its place in it.
import { Box, Database, Hammer, Layers, Settings, Waypoints, type LucideIcon } from 'lucide-react';
import type { Page } from '../route.ts';

interface PageEntry {
  readonly page: Page;
  readonly icon: LucideIcon;
  /** Goes there from anywhere on the page. */
  readonly key: string;
}

export const pages: readonly PageEntry[] = [
  { page: 'containers', icon: Box, key: '1' },
  { page: 'images', icon: Layers, key: '2' },
  { page: 'volumes', icon: Database, key: '3' },
  { page: 'networks', icon: Waypoints, key: '4' },
  { page: 'builds', icon: Hammer, key: '5' },
  { page: 'settings', icon: Settings, key: '6' },
];
