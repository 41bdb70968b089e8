// What the palette offers: every object, page and command, each with what it does. Made when the palette opens.
import type { ContainerModel, EngineModel, Model } from '../../../../runtime/contract/model.ts';
import { command } from '../../pages/containers/container-commands.ts';
import { canDo, containerStatus, type Mark } from '../../pages/containers/container-status.ts';
import { imageName } from '../../pages/images/image-reference.ts';
import { containerPath, pagePath, settingsPath, settingsSections } from '../../route.ts';
import type { ContainerVerb } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { restartEngine } from '../../state/engine-control.ts';
import { placeDetails } from '../../state/layout-store.ts';
import { openPanel } from '../../state/panel-store.ts';
import { forgetEnded } from '../../state/tasks.ts';
import { chooseTheme } from '../../state/theme-store.ts';
import { en } from '../../strings/en.ts';
import { chordText } from '../../components/page-key.ts';
import { pages } from '../page-list.ts';
import { verbsTyped, type PaletteEntry } from './palette-search.ts';

export interface PaletteItem extends PaletteEntry {
  readonly mark?: Mark;
  /** The key that does the same on the page. */
  readonly keys?: string;
  /** The container that it stands for: its own actions are one key away. */
  readonly container?: string;
  readonly act: () => void;
}

export type Navigate = (path: string) => void;

type Maps = {
  readonly [K in 'containers' | 'images' | 'volumes' | 'networks' | 'tasks' | 'terminals']: ReadonlyMap<
    string,
    Model[K][string]
  >;
};

const words = en.palette;

/** Every object of the model. */
export function objectItems(model: Maps, navigate: Navigate): PaletteItem[] {
  const items: PaletteItem[] = [];
  for (const container of model.containers.values()) {
    const { mark, text } = containerStatus(container);
    items.push({
      id: `container ${container.id}`,
      group: 'containers',
      title: container.name,
      detail: container.image,
      also: `${container.image} ${container.id.slice(0, 12)} ${text} ${container.ports.map((port) => port.hostPort ?? '').join(' ')}`.toLowerCase(),
      mark,
      container: container.id,
      act: () => navigate(containerPath(container.id)),
    });
  }
  for (const image of model.images.values()) {
    // Each of its names is something to run; one without any goes by its id.
    for (const name of image.tags.length > 0 ? image.tags : [imageName(image)]) {
      items.push({
        id: `image ${image.id} ${name}`,
        group: 'images',
        title: name,
        detail: words.runImage,
        also: image.id.slice(7, 19),
        act: () => openDialog({ kind: 'run', image: name }),
      });
    }
  }
  for (const volume of model.volumes.values()) {
    items.push({
      id: `volume ${volume.id}`,
      group: 'volumes',
      title: volume.id,
      detail: volume.driver,
      also: '',
      act: () => navigate(pagePath('volumes', volume.id)),
    });
  }
  for (const network of model.networks.values()) {
    const subnets = network.pools.map(({ subnet }) => subnet);
    items.push({
      id: `network ${network.id}`,
      group: 'networks',
      title: network.name,
      detail: subnets[0] ?? network.driver,
      also: `${subnets.join(' ')} ${network.driver} ${network.id.slice(0, 12)}`.toLowerCase(),
      act: () => navigate(pagePath('networks', network.id)),
    });
  }
  for (const terminal of model.terminals.values()) {
    const name = model.containers.get(terminal.container)?.name ?? terminal.container.slice(0, 12);
    const command = terminal.command.join(' ');
    items.push({
      id: `terminal ${terminal.id}`,
      group: 'terminals',
      title: words.terminalIn(name),
      detail: terminal.ended === undefined ? command : words.terminalEnded,
      also: command.toLowerCase(),
      act: () => navigate(containerPath(terminal.container, 'terminal')),
    });
  }
  for (const task of model.tasks.values()) {
    items.push({
      id: `task ${task.id}`,
      group: 'tasks',
      title: en.tasks.kinds[task.kind].title(task.subject),
      detail: en.tasks.states[task.state],
      also: '',
      act: () => openPanel('tasks'),
    });
  }
  return items;
}

/** The pages, and the sections of the settings. */
export function pageItems(navigate: Navigate): PaletteItem[] {
  const rail = pages.map(({ page, key }): PaletteItem => ({
    id: `page ${page}`,
    group: 'pages',
    title: en.rail[page],
    detail: '',
    also: '',
    keys: key,
    act: () => navigate(pagePath(page)),
  }));
  const sections = settingsSections.map((section): PaletteItem => ({
    id: `settings ${section}`,
    group: 'pages',
    title: words.settings(en.settings.sections[section]),
    detail: '',
    also: '',
    act: () => navigate(settingsPath(section)),
  }));
  return [...rail, ...sections];
}

/** What one can do that is about no single object. */
export function commandItems(engine: EngineModel | undefined, endedTasks: number): PaletteItem[] {
  const entry = (
    name: keyof typeof words.commands,
    act: () => void,
    more: { readonly keys?: string; readonly also?: string } = {},
  ): PaletteItem => ({
    id: `command ${name}`,
    group: 'commands',
    title: words.commands[name],
    detail: '',
    also: more.also ?? '',
    ...(more.keys === undefined ? {} : { keys: more.keys }),
    act,
  });
  return [
    entry('run', () => openDialog({ kind: 'run', image: '' }), { also: 'create container new' }),
    entry('pull', () => openDialog({ kind: 'pull', reference: '' }), { also: 'download image' }),
    entry('openFolder', () => openDialog({ kind: 'openFolder', path: '' }), {
      also: 'build dockerfile editor',
    }),
    entry('template', () => openDialog({ kind: 'newContext' }), { also: 'build dockerfile start' }),
    entry('prune', () => openDialog({ kind: 'pruneContainers' }), { also: 'clean remove delete' }),
    entry('pruneCache', () => openDialog({ kind: 'pruneCache' }), { also: 'build clean disk space' }),
    entry('tasks', () => openPanel('tasks'), { also: 'jobs progress pulls' }),
    entry('messages', () => openPanel('messages'), { also: 'notifications failures' }),
    ...(endedTasks > 0 ? [entry('clearTasks', () => void forgetEnded())] : []),
    entry('light', () => chooseTheme('light'), { also: 'appearance mode' }),
    entry('dark', () => chooseTheme('dark'), { also: 'appearance mode night' }),
    entry('system', () => chooseTheme('system'), { also: 'appearance mode automatic' }),
    entry('beside', () => placeDetails('beside'), { also: 'layout panel right' }),
    entry('below', () => placeDetails('below'), { also: 'layout panel bottom' }),
    entry('shortcuts', () => openDialog({ kind: 'shortcuts' }), { keys: '?', also: 'keys help keyboard' }),
    ...(engine?.keeper === true
      ? [
          engine.state === 'running'
            ? entry('restartEngine', () => openDialog({ kind: 'restartEngine' }), { also: 'daemon' })
            : entry('startEngine', () => void restartEngine(), { also: 'daemon restart' }),
        ]
      : []),
  ];
}

type Verb = ContainerVerb | 'open' | 'logs' | 'terminal' | 'rename' | 'copyId';

const verbs: readonly { readonly verb: Verb; readonly keys?: string }[] = [
  { verb: 'open', keys: 'Enter' },
  { verb: 'logs', keys: 'm' },
  { verb: 'terminal', keys: 'e' },
  { verb: 'start', keys: 's' },
  { verb: 'stop', keys: 's' },
  { verb: 'restart', keys: 'r' },
  { verb: 'pause', keys: 'p' },
  { verb: 'unpause', keys: 'p' },
  { verb: 'rename', keys: 'R' },
  { verb: 'kill', keys: 'k' },
  { verb: 'remove', keys: 'd' },
  { verb: 'copyId' },
];

function applies(verb: Verb, container: ContainerModel): boolean {
  switch (verb) {
    case 'open':
    case 'logs':
    case 'copyId':
    case 'rename':
      return true;
    case 'terminal':
      return container.state === 'running';
    default:
      return canDo(verb, container);
  }
}

function doVerb(verb: Verb, { id }: ContainerModel, navigate: Navigate): void {
  switch (verb) {
    case 'open':
      return navigate(containerPath(id, 'summary'));
    case 'logs':
    case 'terminal':
      return navigate(containerPath(id, verb));
    case 'rename':
      return openDialog({ kind: 'renameContainer', id });
    case 'copyId':
      return void navigator.clipboard.writeText(id);
    default:
      return command(verb, [id]);
  }
}

/** What can be done with one container as it is now. */
export function verbItems(container: ContainerModel, navigate: Navigate): PaletteItem[] {
  return verbs
    .filter(({ verb }) => applies(verb, container))
    .map(({ verb, keys }) => ({
      id: `${verb} ${container.id}`,
      group: 'actions',
      title: words.verbs[verb],
      detail: '',
      also: '',
      ...(keys === undefined ? {} : { keys }),
      act: () => doVerb(verb, container, navigate),
    }));
}

/** The actions that `stop web` may mean: a verb first, then words that a container is found by. */
export function typedVerbItems(
  containers: ReadonlyMap<string, ContainerModel>,
  text: string,
  navigate: Navigate,
): { readonly items: readonly PaletteItem[]; readonly rest: string } {
  const named = verbs.map(({ verb }) => ({ verb, name: words.verbs[verb] }));
  const typed = verbsTyped(text, named);
  const items: PaletteItem[] = [];
  for (const verb of typed.verbs) {
    for (const container of containers.values()) {
      if (!applies(verb, container)) continue;
      items.push({
        id: `${verb} ${container.id}`,
        group: 'actions',
        title: words.verbOn(words.verbs[verb], container.name),
        detail: '',
        also: container.image.toLowerCase(),
        act: () => doVerb(verb, container, navigate),
      });
    }
  }
  return { items, rest: typed.rest };
}

export const paletteChord = chordText('K');
