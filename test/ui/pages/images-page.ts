// The page Images as a person meets it: its list and the pull dialog.
import { expect, type Locator, type Page } from '@playwright/test';

export class ImagesPage {
  readonly page: Page;
  readonly list: Locator;
  readonly pullDialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Images' });
    this.pullDialog = page.getByRole('dialog', { name: /^Pull / });
  }

  row(reference: string): Locator {
    return this.list.getByRole('row').filter({ hasText: reference });
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Images/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Images', level: 1 })).toBeVisible();
  }

  /** Begins a pull by the dialog and leaves it to itself. */
  async begin(reference: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Pull…' }).first().click();
    await this.pullDialog.getByLabel(/^Reference/).fill(reference);
    await this.page.keyboard.press('Enter');
    // Enter again must not undo what it just began.
    await expect(this.pullDialog.getByRole('button', { name: 'Continue in background' })).toBeFocused();
    await this.page.keyboard.press('Enter');
    await expect(this.pullDialog).toBeHidden();
  }

  /** Pulls by the dialog and closes it when the image is here. */
  async pull(reference: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Pull…' }).first().click();
    await this.pullDialog.getByLabel(/^Reference/).fill(reference);
    await this.pullDialog.getByRole('button', { name: 'Pull', exact: true }).click();
    await expect(this.pullDialog.getByText('is here')).toBeVisible();
    await this.pullDialog.getByRole('button', { name: 'Close' }).last().click();
  }
}
