// The terminal's colours, taken from the page's theme.
import type { ITheme } from '@xterm/xterm';
import type { ISearchDecorationOptions } from '@xterm/addon-search';

/** The theme as it is now. */
export function themeOfPage(): ITheme {
  const token = tokens();
  const colours = {
    black: token('ansi-black'),
    red: token('ansi-red'),
    green: token('ansi-green'),
    yellow: token('ansi-yellow'),
    blue: token('ansi-blue'),
    magenta: token('ansi-magenta'),
    cyan: token('ansi-cyan'),
    white: token('ansi-white'),
  };
  return {
    ...colours,
    brightBlack: token('ink-3'),
    brightRed: colours.red,
    brightGreen: colours.green,
    brightYellow: colours.yellow,
    brightBlue: colours.blue,
    brightMagenta: colours.magenta,
    brightCyan: colours.cyan,
    brightWhite: token('ink'),
    background: token('sunken'),
    foreground: token('ink'),
    cursor: token('accent'),
    cursorAccent: token('sunken'),
    selectionBackground: `${token('accent')}55`,
  };
}

/** How what was found is marked; xterm wants plain colours. */
export function findColours(): ISearchDecorationOptions {
  const token = tokens();
  return {
    matchBackground: token('warn-soft'),
    matchBorder: token('warn'),
    matchOverviewRuler: token('warn'),
    activeMatchBackground: '#f5c542',
    activeMatchBorder: token('accent'),
    activeMatchColorOverviewRuler: token('accent'),
  };
}

function tokens(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}
