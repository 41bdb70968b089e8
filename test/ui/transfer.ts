// Files that go through the page, out of it and into it.
import type { Page } from '@playwright/test';
import path from 'node:path';

/** What is downloaded by this, in a file of the name that is proposed. */
export async function downloaded(page: Page, folder: string, ask: () => Promise<void>): Promise<string> {
  const begun = page.waitForEvent('download');
  await ask();
  const download = await begun;
  const to = path.join(folder, 'downloaded', download.suggestedFilename());
  await download.saveAs(to);
  return to;
}

/** Chooses a file where this asks for one. */
export async function choosing(page: Page, file: string, ask: () => Promise<void>): Promise<void> {
  const asked = page.waitForEvent('filechooser');
  await ask();
  await (await asked).setFiles(file);
}
