// Which panel of the header is open, and what above the page: the palette. One at a time.
import { create } from 'zustand';

export type Panel = 'palette' | 'tasks' | 'messages';

export const usePanel = create<{ readonly panel: Panel | undefined }>(() => ({ panel: undefined }));

/** Opens a panel in the place of whatever is open. */
export function openPanel(panel: Panel): void {
  usePanel.setState({ panel });
}

/** Closes this panel if it is the open one. */
export function closePanel(panel: Panel): void {
  if (usePanel.getState().panel === panel) usePanel.setState({ panel: undefined });
}
