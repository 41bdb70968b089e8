// The page Containers as a person meets it: its list, its dialogs, its details.
import { expect, type Locator, type Page } from '@playwright/test';

export interface RunFields {
  readonly image: string;
  readonly name?: string;
  readonly command?: string;
  readonly ports?: readonly (readonly [host: string, container: string])[];
  readonly mounts?: readonly (readonly [source: string, destination: string])[];
  readonly environment?: string;
}

export class ContainersPage {
  readonly page: Page;
  readonly list: Locator;
  readonly runDialog: Locator;
  readonly log: Locator;
  readonly terminal: Locator;
  /** What can be done to those selected. */
  readonly bulk: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Containers' });
    this.runDialog = page.getByRole('dialog', { name: /^Run / });
    this.log = page.getByRole('log');
    this.terminal = page.locator('.xterm');
    this.bulk = page.getByRole('toolbar', { name: 'With the selected containers' });
  }

  /** The row of a container: found by its name's cell. */
  row(name: string): Locator {
    return this.list.getByRole('row').filter({ has: this.page.getByRole('gridcell', { name, exact: true }) });
  }

  /** The row above the containers of a Compose project. */
  project(name: string): Locator {
    return this.list.getByRole('row').filter({ has: this.page.getByRole('button', { name, exact: true }) });
  }

  /** The box that selects a container. */
  box(name: string): Locator {
    return this.list.getByRole('checkbox', { name: `Select ${name}`, exact: true });
  }

  /** The cell of a row below this column's title. */
  cell(name: string, column: 'CPU' | 'Memory'): Locator {
    return this.row(name).locator(`[data-column="${column.toLowerCase()}"]`);
  }

  details(name: string): Locator {
    return this.page.getByRole('region', { name: `Details of ${name}` });
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Containers/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Containers', level: 1 })).toBeVisible();
  }

  /** Opens the run dialog by its button and fills it; does not submit. */
  async fillRun(fields: RunFields): Promise<void> {
    if (!(await this.runDialog.isVisible()))
      await this.page.getByRole('button', { name: 'Run…' }).first().click();
    const dialog = this.runDialog;
    await dialog.getByRole('combobox', { name: /^Image/ }).fill(fields.image);
    await dialog.getByRole('textbox', { name: /^Name/ }).fill(fields.name ?? '');
    await dialog.getByRole('textbox', { name: /^Command/ }).fill(fields.command ?? '');
    for (const [index, [host, container]] of (fields.ports ?? []).entries()) {
      await dialog.getByRole('button', { name: 'Add port' }).click();
      await dialog.getByRole('textbox', { name: `Port here ${index + 1}` }).fill(host);
      await dialog.getByRole('textbox', { name: `Container port ${index + 1}` }).fill(container);
    }
    for (const [index, [source, destination]] of (fields.mounts ?? []).entries()) {
      await dialog.getByRole('button', { name: 'Add mount' }).click();
      await dialog.getByLabel(`Folder or volume ${index + 1}`).fill(source);
      await dialog.getByRole('textbox', { name: `Path in the container ${index + 1}` }).fill(destination);
    }
    if (fields.environment !== undefined) {
      await dialog.getByRole('button', { name: 'Add variable' }).click();
      await this.page.evaluate((text) => navigator.clipboard.writeText(text), fields.environment);
      await dialog.getByRole('textbox', { name: 'Variable 1' }).press('Control+v');
    }
  }

  async submitRun(): Promise<void> {
    await this.runDialog.getByRole('button', { name: /^(Run|Pull and run)$/ }).click();
  }

  /** Fills the dialog, submits it, and waits for the details that open. */
  async run(fields: RunFields & { readonly name: string }): Promise<void> {
    await this.fillRun(fields);
    await this.submitRun();
    await expect(this.details(fields.name)).toBeVisible();
  }

  async openTab(name: 'Summary' | 'Logs' | 'Terminal' | 'Stats' | 'Inspect' | 'Processes'): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  async chooseFromMenu(container: string, item: RegExp): Promise<void> {
    await this.row(container)
      .getByRole('button', { name: `More for ${container}` })
      .click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** The terminal's visible text. */
  async terminalText(): Promise<string> {
    return (await this.terminal.locator('.xterm-rows').innerText()).replaceAll('\u00a0', ' ');
  }
}
