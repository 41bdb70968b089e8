// The tray's icon, kept in step with the live model. The menu is made anew only when something it shows has changed.
import { Menu, nativeImage, Tray } from 'electron';
import type { Backend } from '../runtime/backend/backend.ts';
import type { ContainerModel } from '../runtime/contract/model.ts';
import type { Commands } from './commands.ts';
import { engineLine, trayMenuTemplate, type TrayActions, type TrayState } from './tray-menu.ts';

/** A menu that is open closes when it is replaced, so changes are gathered. */
const gatherMs = 100;

/** The tray, from construction to disposal. */
export class EngineTray {
  readonly #tray: Tray;
  readonly #model: Backend['model'];
  readonly #actions: TrayActions;
  readonly #commands: Commands;
  readonly #containers = new Map<string, TrayState['containers'][number]>();
  readonly #subscription: { dispose(): void };
  #timer: NodeJS.Timeout | undefined;
  #shown = '';

  constructor(icon: string, model: Backend['model'], actions: TrayActions, commands: Commands) {
    this.#tray = new Tray(nativeImage.createFromPath(icon));
    this.#model = model;
    this.#actions = actions;
    this.#commands = commands;
    this.#subscription = model.subscribe(({ containers }) => {
      for (const container of containers?.set ?? []) this.#keep(container);
      for (const id of containers?.remove ?? []) this.#containers.delete(id);
      this.#timer ??= setTimeout(() => this.#draw(), gatherMs);
    });
    for (const container of model.snapshot().containers?.set ?? []) this.#keep(container);
    // On Windows and Linux a click means the window; macOS opens the menu by itself.
    this.#tray.on('click', () => {
      if (commands.platform !== 'darwin') commands.run('openBerth');
    });
    this.#draw();
  }

  /** Draws anew after a choice in the menu was made elsewhere. */
  refresh(): void {
    this.#shown = '';
    this.#draw();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#tray.destroy();
  }

  #keep({ id, name, state }: ContainerModel): void {
    this.#containers.set(id, { id, name, state });
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { state, reason, product, version } = this.#model.engine;
    const shown: TrayState = {
      engine: { state, reason, product, version },
      containers: [...this.#containers.values()],
    };
    const text = JSON.stringify(shown);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#tray.setToolTip(`Berth: ${engineLine(shown)}`);
    this.#tray.setContextMenu(Menu.buildFromTemplate(trayMenuTemplate(shown, this.#actions, this.#commands)));
  }
}
