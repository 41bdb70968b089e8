// Every shortcut of the window, as it is printed in the settings and by `?`.
import { chordText, onMac } from '../components/page-key.ts';
import { en } from '../strings/en.ts';

export interface Shortcut {
  /** Alternatives; each is pressed as it is printed. */
  readonly keys: readonly string[];
  readonly text: string;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

const words = en.shortcuts;

export const shortcutGroups: readonly ShortcutGroup[] = [
  {
    title: words.everywhere,
    shortcuts: [
      { keys: [chordText('K'), onMac ? '⇧⌘P' : 'Ctrl Shift P'], text: words.palette },
      { keys: ['1', '2', '3', '4', '5', '6'], text: words.pages },
      { keys: [chordText(',')], text: words.settings },
      { keys: ['?'], text: words.list },
      { keys: ['Esc'], text: words.escape },
    ],
  },
  {
    title: words.lists,
    shortcuts: [
      { keys: ['/'], text: words.filter },
      { keys: ['↑', '↓', 'Home', 'End'], text: words.move },
      { keys: ['Enter'], text: words.open },
      { keys: ['Space'], text: words.select },
    ],
  },
  {
    title: words.containers,
    shortcuts: [
      { keys: ['n'], text: words.run },
      { keys: ['s'], text: words.startStop },
      { keys: ['r'], text: words.restart },
      { keys: ['p'], text: words.pause },
      { keys: ['k'], text: words.kill },
      { keys: ['R', 'F2'], text: words.rename },
      { keys: ['m'], text: words.logs },
      { keys: ['e'], text: words.shell },
      { keys: ['i'], text: words.inspect },
      { keys: ['d'], text: words.remove },
    ],
  },
  {
    title: words.images,
    shortcuts: [
      { keys: ['p'], text: words.pull },
      { keys: ['Enter'], text: words.runImage },
      { keys: ['t'], text: words.tagImage },
      { keys: ['u'], text: words.pushImage },
      { keys: ['h'], text: words.imageHistory },
      { keys: ['d'], text: words.remove },
    ],
  },
  {
    title: words.volumes,
    shortcuts: [
      { keys: ['c'], text: words.createVolume },
      { keys: ['f'], text: words.volumeFiles },
      { keys: ['Backspace'], text: words.folderUp },
      { keys: ['d'], text: words.remove },
    ],
  },
  {
    title: words.networks,
    shortcuts: [
      { keys: ['c'], text: words.createNetwork },
      { keys: ['j'], text: words.connectNetwork },
      { keys: ['i'], text: words.inspect },
      { keys: ['d'], text: words.remove },
    ],
  },
  {
    title: words.builds,
    shortcuts: [
      { keys: ['o'], text: words.openFolder },
      { keys: ['t'], text: words.template },
      { keys: [chordText('Enter')], text: words.buildFolder },
      { keys: [chordText('S')], text: words.saveFile },
      { keys: ['Ctrl Space'], text: words.complete },
      { keys: ['F8', 'Shift F8'], text: words.nextProblem },
      { keys: ['F2', 'Del'], text: words.renameEntry },
      { keys: ['r'], text: words.rebuild },
      { keys: ['v'], text: words.compareBuilds },
      { keys: ['d'], text: words.remove },
    ],
  },
  {
    title: words.logsTitle,
    shortcuts: [
      { keys: [chordText('F')], text: words.find },
      { keys: ['Enter', 'Shift Enter'], text: words.matches },
      { keys: ['Alt R', 'Alt C'], text: words.matchHow },
      { keys: ['Alt M', 'Alt E'], text: words.matchWhat },
    ],
  },
  {
    title: words.terminal,
    shortcuts: [
      { keys: ['Ctrl F6'], text: words.leave },
      { keys: [onMac ? '⇧⌘P' : 'Ctrl Shift P'], text: words.paletteThere },
    ],
  },
];
