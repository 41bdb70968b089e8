// The desktop shell once Electron is ready: makes its parts and holds them together. The backend runs here, as the user; the
// engine has processes of its own.
import { app, dialog, Menu, Notification } from 'electron';
import path from 'node:path';
import { createBackend, type Backend } from '../runtime/backend/backend.ts';
import { createEngineClient } from '../runtime/client/engine-client.ts';
import { embeddedSocketPath, findEngine, unixEndpoint, type Endpoint } from '../runtime/client/endpoint.ts';
import { appMenuTemplate } from './app-menu.ts';
import type { CommandName, Commands } from './commands.ts';
import { ContainerActions } from './container-actions.ts';
import { containerAddress } from './deep-link.ts';
import { engineFiles } from './engine-files.ts';
import { EngineProcess } from './engine-process.ts';
import { denyPermissions } from './locked-contents.ts';
import { loginItem, type LoginItem } from './login-item.ts';
import { MainWindow } from './main-window.ts';
import { servePage } from './page-protocol.ts';
import { servePorts } from './page-ports.ts';
import { Settings, settingsSchema } from './settings.ts';
import { shellCommand } from './shell-command.ts';
import { StateFile } from './state-file.ts';
import { EngineTray } from './tray.ts';
import { savedWindow } from './window-bounds.ts';

/** The bundle lies in dist/electron/. */
const folder = import.meta.dirname;
const icon = (name: string) => path.join(folder, 'icons', name);

/** The running shell. */
export class Shell {
  readonly #settings: Settings;
  readonly #backend: Backend;
  readonly #engine: EngineProcess | undefined;
  readonly #window: MainWindow;
  readonly #tray: EngineTray;
  readonly #actions: ContainerActions;
  readonly #loginItem: LoginItem;
  readonly #commands: Commands;
  #ended = false;

  constructor() {
    const inUserData = (name: string) => path.join(app.getPath('userData'), name);
    denyPermissions();
    servePage(path.join(folder, '../renderer'));
    this.#settings = new Settings(new StateFile(inUserData('settings.json'), settingsSchema));
    const { endpoint, engine } = this.#chooseEngine();
    this.#engine = engine;
    this.#backend = createBackend(createEngineClient(endpoint), { keeper: engine });
    servePorts(this.#backend);
    this.#window = new MainWindow({
      preload: path.join(folder, 'preload.cjs'),
      icon: icon('berth.png'),
      file: new StateFile(inUserData('window.json'), savedWindow),
      staysInTray: () => this.#settings.values.closeTo === 'tray',
    });
    this.#loginItem = loginItem(process.platform, shellCommand());
    this.#commands = {
      platform: process.platform,
      run: (name) => this.#run(name),
      checked: (name) => this.#checked(name),
    };
    this.#actions = new ContainerActions(this.#backend, (title, detail) => this.#complain(title, detail));
    this.#tray = new EngineTray(
      icon('tray.png'),
      this.#backend.model,
      {
        start: (id) => this.#actions.start(id),
        stop: (id) => this.#actions.stop(id),
        showLogs: (id) => this.#window.show(containerAddress(id, 'logs')),
      },
      this.#commands,
    );
    this.#drawMenus();
    this.#settings.onChange(() => this.#drawMenus());
    app.on('activate', () => this.#window.show());
    app.on('window-all-closed', () => {
      if (this.#settings.values.closeTo === 'quit') app.quit();
    });
    app.on('will-quit', (event) => {
      if (this.#ended) return;
      event.preventDefault();
      void this.#end().finally(() => app.quit());
    });
    this.#engine?.start();
  }

  /** Brings the window to the front, with `address` on that page. */
  show(address?: string): void {
    this.#window.show(address);
  }

  #chooseEngine(): { endpoint: Endpoint; engine: EngineProcess | undefined } {
    const named = (process.env['DOCKER_HOST'] ?? '') !== '';
    const { engineArguments } = this.#settings.values;
    const files = engineFiles(process.env);
    // Elsewhere than on Linux there is no engine of ours yet: the window says that none is running.
    if (named || process.platform !== 'linux' || files === undefined) {
      return { endpoint: findEngine(process.env), engine: undefined };
    }
    const socketPath = socketOf(engineArguments);
    const options = { ...files, socketPath, engineArguments: [...engineArguments] };
    const engine: EngineProcess = new EngineProcess(path.join(folder, 'engine-host.js'), options, {
      asksForRights: (why) => new Notification({ title: 'Berth starts its engine', body: why }).show(),
      says: (sentence) => void process.stderr.write(`${sentence}\n`),
      ready: (ours) => this.#backend.setKeeper(ours ? engine : undefined),
      failed: (reason) => void this.#offerRetry(engine, reason),
    });
    return { endpoint: unixEndpoint(socketPath), engine };
  }

  async #offerRetry(engine: EngineProcess, reason: string): Promise<void> {
    const { response } = await dialog.showMessageBox({
      type: 'warning',
      title: 'Berth',
      message: 'The engine does not run.',
      detail: reason,
      buttons: ['Try Again', 'Go On Without'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response === 0 && !this.#ended) engine.start();
  }

  #run(name: CommandName): void {
    switch (name) {
      case 'showContainers':
        this.#window.show('/containers');
        return;
      case 'showImages':
        this.#window.show('/images');
        return;
      case 'showVolumes':
        this.#window.show('/volumes');
        return;
      case 'showNetworks':
        this.#window.show('/networks');
        return;
      case 'showBuilds':
        this.#window.show('/builds');
        return;
      case 'showSettings':
        this.#window.show('/settings');
        return;
      case 'openBerth':
        this.#window.show();
        return;
      case 'closeWindow':
        this.#window.browserWindow?.close();
        return;
      case 'closeToTray':
        this.#choose(() =>
          this.#settings.set({ closeTo: this.#settings.values.closeTo === 'tray' ? 'quit' : 'tray' }),
        );
        return;
      case 'startAtLogin':
        this.#choose(() => this.#loginItem.set(!this.#loginItem.enabled));
        return;
      case 'quit':
        app.quit();
        return;
      case 'quitAndStopAll':
        void this.#stopAllAndQuit();
        return;
    }
  }

  #checked(name: CommandName): boolean | undefined {
    if (name === 'closeToTray') return this.#settings.values.closeTo === 'tray';
    if (name === 'startAtLogin') return this.#loginItem.enabled;
    return undefined;
  }

  /** Makes a choice, says so when it cannot be kept, and shows in both menus how it stands now. */
  #choose(change: () => void): void {
    try {
      change();
    } catch (error) {
      void this.#complain(
        'Your choice could not be kept.',
        error instanceof Error ? error.message : String(error),
      );
    }
    this.#drawMenus();
  }

  async #stopAllAndQuit(): Promise<void> {
    const left = await this.#actions.stopAll();
    if (left.length > 0) {
      const { response } = await dialog.showMessageBox({
        type: 'warning',
        title: 'Berth',
        message: 'Some containers could not be stopped.',
        detail: left.join('\n'),
        buttons: ['Quit Anyway', 'Stay'],
        defaultId: 1,
        cancelId: 1,
      });
      if (response !== 0) return;
    }
    app.quit();
  }

  #drawMenus(): void {
    Menu.setApplicationMenu(Menu.buildFromTemplate(appMenuTemplate(this.#commands, !app.isPackaged)));
    this.#tray.refresh();
  }

  async #complain(title: string, detail: string): Promise<void> {
    await dialog.showMessageBox({ type: 'error', title: 'Berth', message: title, detail, buttons: ['OK'] });
  }

  /** Lets go of everything; the engine that is ours ends, its containers go on. */
  async #end(): Promise<void> {
    this.#ended = true;
    this.#tray.dispose();
    this.#backend.dispose();
    await this.#engine?.stop();
  }
}

/** Where an engine with these options listens. */
function socketOf(engineArguments: readonly string[]): string {
  for (const [index, word] of engineArguments.entries()) {
    const value =
      /^--exec-root=(.+)$/.exec(word)?.[1] ??
      (word === '--exec-root' ? engineArguments[index + 1] : undefined);
    if (value !== undefined && path.isAbsolute(value)) return path.join(value, 'berth.sock');
  }
  return embeddedSocketPath;
}
