// Every command of the shell's menus with its shortcut: the one table that the application menu and the tray are made from.
// On Linux and Windows a shortcut with Ctrl alone and a letter would be taken from the terminal, so there are few.
import type { MenuItemConstructorOptions } from 'electron';

interface CommandText {
  readonly label: string;
  readonly accelerator?: string;
  /** Where macOS has a shortcut of its own. */
  readonly macAccelerator?: string;
}

/** The commands by name. */
export const commandTexts = {
  showContainers: { label: 'Containers', accelerator: 'CommandOrControl+1' },
  showImages: { label: 'Images', accelerator: 'CommandOrControl+2' },
  showVolumes: { label: 'Volumes', accelerator: 'CommandOrControl+3' },
  showNetworks: { label: 'Networks', accelerator: 'CommandOrControl+4' },
  showBuilds: { label: 'Builds', accelerator: 'CommandOrControl+5' },
  showSettings: { label: 'Settings', accelerator: 'CommandOrControl+,' },
  openBerth: { label: 'Open Berth' },
  closeWindow: { label: 'Close Window', accelerator: 'Control+Shift+W', macAccelerator: 'Command+W' },
  closeToTray: { label: 'Keep Running in the Tray When Closed' },
  startAtLogin: { label: 'Start at Login' },
  quit: { label: 'Quit', accelerator: 'CommandOrControl+Q' },
  quitAndStopAll: { label: 'Quit and Stop All Containers', accelerator: 'CommandOrControl+Shift+Q' },
} as const satisfies Record<string, CommandText>;
export type CommandName = keyof typeof commandTexts;

/** What each command does; the checks tell how it stands. */
export interface Commands {
  readonly platform: NodeJS.Platform;
  run(name: CommandName): void;
  /** Undefined for a command that is no choice. */
  checked(name: CommandName): boolean | undefined;
}

/** A menu's item for a command. */
export function commandItem(commands: Commands, name: CommandName): MenuItemConstructorOptions {
  const text: CommandText = commandTexts[name];
  const mac = commands.platform === 'darwin';
  const accelerator = (mac ? text.macAccelerator : undefined) ?? text.accelerator;
  const checked = commands.checked(name);
  return {
    id: name,
    label: text.label,
    click: () => commands.run(name),
    ...(accelerator === undefined ? {} : { accelerator }),
    ...(checked === undefined ? {} : { type: 'checkbox', checked }),
  };
}
