// The page Volumes as a person meets it: its list, a volume's details and files.
import { expect, type Locator, type Page } from '@playwright/test';

export class VolumesPage {
  readonly page: Page;
  readonly list: Locator;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Volumes' });
    this.dialog = page.getByRole('dialog');
  }

  row(name: string): Locator {
    return this.list.getByRole('row').filter({ hasText: name });
  }

  details(name: string): Locator {
    return this.page.getByRole('region', { name: new RegExp(name) });
  }

  file(name: string): Locator {
    return this.page
      .getByRole('grid', { name: /^Files in/ })
      .getByRole('row')
      .filter({ hasText: name });
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Volumes/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Volumes', level: 1 })).toBeVisible();
  }

  /** Chooses in the menu of a volume's row. */
  async choose(name: string, item: RegExp): Promise<void> {
    await this.row(name)
      .getByRole('button', { name: /^More for/ })
      .click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }
}
