// Starts Berth when the user logs in: macOS and Windows keep a list of such programs, Linux desktops a folder of files
// (https://specifications.freedesktop.org/autostart-spec/).
import { app } from 'electron';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { autostartEntry } from './autostart-entry.ts';

/** The argument that makes Berth start into the tray, without a window. */
export const hiddenArgument = '--hidden';

/** Whether and how Berth starts at login. */
export interface LoginItem {
  readonly enabled: boolean;
  /** Throws when the system does not take it. */
  set(enabled: boolean): void;
}

/** The login item of this platform. `command` starts Berth. */
export function loginItem(platform: NodeJS.Platform, command: readonly [string, ...string[]]): LoginItem {
  return platform === 'linux' ? autostartFile(command) : systemLoginItem(command);
}

function systemLoginItem(command: readonly [string, ...string[]]): LoginItem {
  const [program, ...rest] = command;
  const options = { path: program, args: [...rest, hiddenArgument] };
  return {
    get enabled() {
      return app.getLoginItemSettings(options).openAtLogin;
    },
    set: (enabled) => app.setLoginItemSettings({ ...options, openAtLogin: enabled }),
  };
}

function autostartFile(command: readonly [string, ...string[]]): LoginItem {
  // `appData` is the folder that XDG_CONFIG_HOME names.
  const file = path.join(app.getPath('appData'), 'autostart', 'berth.desktop');
  return {
    get enabled() {
      return existsSync(file);
    },
    set: (enabled) => {
      if (!enabled) rmSync(file, { force: true });
      else {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, autostartEntry([...command, hiddenArgument]), { mode: 0o644 });
      }
    },
  };
}
