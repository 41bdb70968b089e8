// The application menu, in the order each platform expects. Editing, zoom and windows are Electron's own roles.
import type { MenuItemConstructorOptions } from 'electron';
import { commandItem, type Commands } from './commands.ts';

const separator = { type: 'separator' } as const;

/** The menu's template. `developer` adds what only helps who works on Berth. */
export function appMenuTemplate(commands: Commands, developer: boolean): MenuItemConstructorOptions[] {
  const mac = commands.platform === 'darwin';
  const item = (name: Parameters<typeof commandItem>[1]) => commandItem(commands, name);
  const choices = [item('closeToTray'), item('startAtLogin')];
  const ends = [item('quitAndStopAll'), item('quit')];
  const first: MenuItemConstructorOptions = mac
    ? {
        label: 'Berth',
        submenu: [
          { role: 'about' },
          separator,
          ...choices,
          separator,
          { role: 'hide' },
          { role: 'hideOthers' },
          { role: 'unhide' },
          separator,
          ...ends,
        ],
      }
    : { label: '&File', submenu: [...choices, separator, item('closeWindow'), separator, ...ends] };
  return [
    first,
    {
      label: mac ? 'Edit' : '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: mac ? 'View' : '&View',
      submenu: [
        item('showContainers'),
        item('showImages'),
        item('showVolumes'),
        item('showNetworks'),
        item('showBuilds'),
        separator,
        item('showSettings'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(developer ? [separator, { role: 'toggleDevTools' } as const] : []),
      ],
    },
    ...(mac ? [{ label: 'Window', submenu: [{ role: 'minimize' } as const, item('closeWindow')] }] : []),
  ];
}
