// The page Networks as a person meets it: its list, a network's details, its dialogs.
import { expect, type Locator, type Page } from '@playwright/test';

export class NetworksPage {
  readonly page: Page;
  readonly list: Locator;
  readonly dialog: Locator;
  readonly question: Locator;
  /** What can be done to those selected. */
  readonly bulk: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Networks' });
    this.dialog = page.getByRole('dialog');
    this.question = page.getByRole('alertdialog');
    this.bulk = page.getByRole('toolbar', { name: 'With the selected networks' });
  }

  row(name: string): Locator {
    const box = this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
    return this.list.getByRole('row').filter({ has: box });
  }

  details(name: string): Locator {
    return this.page.getByRole('region', { name: `Details of ${name}` });
  }

  /** A container in a network's details. */
  member(name: string): Locator {
    return this.page
      .getByRole('region', { name: 'Containers on it' })
      .getByRole('row')
      .filter({ hasText: name });
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Networks/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Networks', level: 1 })).toBeVisible();
  }

  /** Chooses in the menu of a network's row. */
  async choose(name: string, item: RegExp): Promise<void> {
    await this.row(name)
      .getByRole('button', { name: `More for ${name}` })
      .click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }
}
