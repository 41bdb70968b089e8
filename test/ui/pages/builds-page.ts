// The page Builds as a person meets it: the history, the editor of a folder, and a build with its steps.
import { expect, type Locator, type Page } from '@playwright/test';

export class BuildsPage {
  readonly page: Page;
  readonly list: Locator;
  readonly dialog: Locator;
  readonly editor: Locator;
  readonly tree: Locator;
  readonly problems: Locator;
  readonly steps: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Builds' });
    this.dialog = page.getByRole('dialog');
    this.editor = page.getByRole('textbox', { name: /^Text of/ });
    this.tree = page.getByRole('tree');
    this.problems = page.getByRole('list', { name: 'Problems' });
    this.steps = page.getByRole('list', { name: 'Steps of the build' });
  }

  row(name: string): Locator {
    return this.list.getByRole('row').filter({ hasText: name });
  }

  panel(name: string): Locator {
    return this.page.getByRole('region', { name: `Build of ${name}` });
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Builds/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Builds', level: 1 })).toBeVisible();
    // A mouse that rests on the rail shows a tooltip some time later.
    await this.page.mouse.move(640, 4);
  }

  /** Goes to a folder in the dialog's list, by clicks. */
  async goTo(folder: string, field = /^In the folder/): Promise<void> {
    const up = this.dialog.getByRole('button', { name: 'The folder above' });
    const place = this.dialog.getByRole('textbox', { name: field });
    await expect(place).not.toHaveValue('');
    while ((await place.inputValue()) !== '/') {
      const before = await place.inputValue();
      await up.click();
      await expect(place).not.toHaveValue(before);
    }
    let at = '';
    for (const name of folder.split('/').slice(1)) {
      at += `/${name}`;
      const list = this.dialog.getByRole('list', { name: 'Folders here' });
      await list
        .getByRole('button', { name: new RegExp(`^${name}\\b(?! *-)`) })
        .first()
        .click();
      await expect(place).toHaveValue(at);
    }
  }

  /** Opens a folder by the dialog. */
  async openFolder(folder: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Open folder/ }).click();
    await this.dialog.getByLabel(/^Folder/).fill(folder);
    await this.page.keyboard.press('Enter');
    await expect(this.editor).toBeVisible();
  }

  /** Replaces the text by typing, as a person does: what completion adds is closed first. */
  async write(text: string): Promise<void> {
    await this.editor.click();
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.insertText(text);
  }
}
