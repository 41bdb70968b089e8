// The one window. It remembers where it was, hides or ends when it is closed, and can be told which page to show. Nothing of
// what it shows is trusted.
import { app, BrowserWindow, dialog, screen } from 'electron';
import { pageUrl } from './app-origin.ts';
import type { StateFile } from './state-file.ts';
import { fitBounds, minimumSize, type SavedWindow } from './window-bounds.ts';

/** Where the user drags a window to is saved when the hand has come to rest. */
const restMs = 400;
/** A page that died is loaded again, but not more often than this. */
const reviveSpacingMs = 10_000;

/** What the window needs. */
export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly file: StateFile<SavedWindow>;
  /** Whether closing the window leaves the program running, to be found in the tray. */
  readonly staysInTray: () => boolean;
}

/** The window, whether it is open or not. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #quitting = false;
  #saveTimer: NodeJS.Timeout | undefined;
  /** To be shown as soon as the page is there. */
  #wantedAddress: string | undefined;
  #pageIsThere = false;
  #revivedMs = 0;

  constructor(options: MainWindowOptions) {
    this.#options = options;
    app.on('before-quit', () => {
      this.#quitting = true;
    });
  }

  /** The window, for dialogs that belong to it. */
  get browserWindow(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Brings the window to the front, opening it first where it must be; with `address` on that page. */
  show(address?: string): void {
    if (address !== undefined) this.#wantedAddress = address;
    const window = this.#window ?? this.#open();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    this.#tellAddress();
  }

  #open(): BrowserWindow {
    const saved = this.#options.file.read();
    const workAreas = screen.getAllDisplays().map((display) => display.workArea);
    const window = new BrowserWindow({
      ...fitBounds(saved?.bounds, workAreas),
      minWidth: minimumSize.width,
      minHeight: minimumSize.height,
      title: 'Berth',
      icon: this.#options.icon,
      autoHideMenuBar: true,
      webPreferences: {
        preload: this.#options.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webviewTag: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        navigateOnDragDrop: false,
        // It would fetch dictionaries.
        spellcheck: false,
      },
    });
    this.#window = window;
    this.#pageIsThere = false;
    if (saved?.maximized === true) window.maximize();
    window.on('resize', () => this.#saveSoon());
    window.on('move', () => this.#saveSoon());
    window.on('close', (event) => {
      this.#save();
      if (this.#quitting || !this.#options.staysInTray()) return;
      event.preventDefault();
      window.hide();
    });
    window.on('closed', () => {
      clearTimeout(this.#saveTimer);
      this.#window = undefined;
    });
    // The page says by it that something is not saved; without an answer the window would not close and not say why.
    window.webContents.on('will-prevent-unload', (event) => {
      const leaves = dialog.showMessageBoxSync(window, {
        type: 'question',
        title: 'Berth',
        message: 'A file of the build’s folder is not saved.',
        detail: 'What you typed since is lost when the window is closed.',
        buttons: ['Stay', 'Close without saving'],
        defaultId: 0,
        cancelId: 0,
      });
      if (leaves === 1) event.preventDefault();
      else this.#quitting = false;
    });
    window.webContents.on('did-finish-load', () => {
      this.#pageIsThere = true;
      this.#tellAddress();
    });
    window.webContents.on('render-process-gone', (_event, details) => {
      this.#pageIsThere = false;
      if (details.reason === 'clean-exit' || this.#quitting) return;
      // One that dies again and again is left as it is; opening the window anew tries once more.
      if (Date.now() - this.#revivedMs < reviveSpacingMs) window.destroy();
      else window.webContents.reload();
      this.#revivedMs = Date.now();
    });
    window.loadURL(pageUrl).catch(() => {
      // Closed while it loaded.
    });
    return window;
  }

  #tellAddress(): void {
    if (!this.#pageIsThere || this.#wantedAddress === undefined) return;
    this.#window?.webContents.send('berth:show', this.#wantedAddress);
    this.#wantedAddress = undefined;
  }

  #saveSoon(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#save(), restMs);
  }

  #save(): void {
    clearTimeout(this.#saveTimer);
    const window = this.#window;
    if (window === undefined || window.isMinimized()) return;
    try {
      this.#options.file.write({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
    } catch {
      // A full disk must not keep a window from closing; it opens at its usual place then.
    }
  }
}
