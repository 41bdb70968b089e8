// The window's frame as a person meets it: rail, palette, tasks, notifications, strip.
import { expect, type Locator, type Page } from '@playwright/test';

export class Frame {
  readonly page: Page;
  readonly rail: Locator;
  readonly strip: Locator;
  readonly palette: Locator;
  readonly tasks: Locator;
  readonly messages: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole('navigation', { name: 'Pages' });
    this.strip = page.getByRole('contentinfo');
    this.palette = page.getByRole('dialog', { name: 'Search' });
    this.tasks = page.getByRole('dialog', { name: 'Tasks' });
    this.messages = page.getByRole('dialog', { name: 'Notifications' });
  }

  /** Goes to a page by the rail. */
  async goTo(name: string): Promise<void> {
    await this.rail.getByRole('link', { name: new RegExp(`^${name}`) }).click();
    await expect(this.page.getByRole('heading', { name, level: 1 })).toBeVisible();
  }

  /** Opens the palette by its keys and types. */
  async search(text: string): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await expect(this.palette).toBeVisible();
    await this.page.keyboard.type(text);
  }

  /** An entry of the palette. */
  option(name: string | RegExp): Locator {
    return this.palette.getByRole('option', { name, exact: true });
  }

  async openTasks(): Promise<void> {
    await this.page.getByRole('button', { name: /^Tasks:/ }).click();
    await expect(this.tasks).toBeVisible();
  }

  task(subject: string): Locator {
    return this.tasks.getByRole('listitem', { name: `Pull of ${subject}` });
  }

  async openMessages(): Promise<void> {
    await this.page.getByRole('button', { name: /^Notifications/ }).click();
    await expect(this.messages).toBeVisible();
  }
}
