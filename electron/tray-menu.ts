// The tray's menu as plain data: how the engine is, the containers with what can be done to each, and the ways out.
import type { MenuItemConstructorOptions } from 'electron';
import type { ContainerModel, EngineModel } from '../runtime/contract/model.ts';
import { commandItem, type Commands } from './commands.ts';
import { menuLabel } from './menu-label.ts';

/** As many as fit beside each other on a small screen; the window has them all. */
const maxContainers = 20;

/** What the menu shows. */
export interface TrayState {
  readonly engine: Pick<EngineModel, 'state' | 'reason' | 'product' | 'version'>;
  readonly containers: readonly Pick<ContainerModel, 'id' | 'name' | 'state'>[];
}

/** What the menu does with a container. */
export interface TrayActions {
  start(id: string): void;
  stop(id: string): void;
  showLogs(id: string): void;
}

const engineWords: Readonly<Record<EngineModel['state'], string>> = {
  connecting: 'Connecting to the engine',
  running: 'Engine running',
  hung: 'Engine does not answer',
  down: 'No engine',
  denied: 'Engine may not be used',
};

/** States in which "Stop" is what one wants. */
const up: ReadonlySet<string> = new Set(['running', 'paused', 'restarting']);

/** The engine's state in a few words: the tray's tooltip, and its menu's first line. */
export function engineLine({ engine }: TrayState): string {
  const whose = engine.state === 'running' ? ` (${engine.product} ${engine.version})` : '';
  return menuLabel(`${engineWords[engine.state]}${whose}`);
}

/** The menu's template. Containers that are up come first, then by name. */
export function trayMenuTemplate(
  state: TrayState,
  actions: TrayActions,
  commands: Commands,
): MenuItemConstructorOptions[] {
  const rank = (container: TrayState['containers'][number]) => (up.has(container.state) ? 0 : 1);
  const sorted = [...state.containers].sort(
    (a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const usable = state.engine.state === 'running';
  const containers = sorted.slice(0, maxContainers).map((container): MenuItemConstructorOptions => {
    const { id, name } = container;
    const isUp = up.has(container.state);
    return {
      id: `container:${id}`,
      label: `${isUp ? '●' : '○'} ${menuLabel(name)}`,
      submenu: [
        { label: 'Start', enabled: usable && !isUp, click: () => actions.start(id) },
        { label: 'Stop', enabled: usable && isUp, click: () => actions.stop(id) },
        { label: 'Logs', click: () => actions.showLogs(id) },
      ],
    };
  });
  const rest = sorted.length - containers.length;
  const more: MenuItemConstructorOptions[] =
    rest > 0 ? [{ label: `${String(rest)} more…`, click: () => commands.run('showContainers') }] : [];
  const none: MenuItemConstructorOptions[] =
    containers.length === 0 && usable ? [{ label: 'No containers', enabled: false }] : [];
  return [
    { id: 'engine', label: engineLine(state), enabled: false },
    { type: 'separator' },
    ...containers,
    ...more,
    ...none,
    { type: 'separator' },
    commandItem(commands, 'openBerth'),
    commandItem(commands, 'closeToTray'),
    commandItem(commands, 'startAtLogin'),
    { type: 'separator' },
    commandItem(commands, 'quitAndStopAll'),
    commandItem(commands, 'quit'),
  ];
}
