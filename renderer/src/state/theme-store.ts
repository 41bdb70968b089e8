// Light, dark, or as the system says; remembered. The choice lands on <html data-theme>, from where the tokens take it.
import { create } from 'zustand';

export type ThemeChoice = 'light' | 'dark' | 'system';

interface ThemeState {
  readonly choice: ThemeChoice;
  readonly shown: 'light' | 'dark';
}

const key = 'berth.theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function remembered(): ThemeChoice {
  const value = localStorage.getItem(key);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function shownFor(choice: ThemeChoice): 'light' | 'dark' {
  if (choice !== 'system') return choice;
  return systemDark.matches ? 'dark' : 'light';
}

export const useTheme = create<ThemeState>(() => ({
  choice: remembered(),
  shown: shownFor(remembered()),
}));

/** Chooses a theme and remembers it. */
export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(key, choice);
  useTheme.setState({ choice, shown: shownFor(choice) });
}

/** Puts the theme on the page, now and after each change. */
export function startTheme(): void {
  const apply = (): void => {
    document.documentElement.dataset.theme = useTheme.getState().shown;
  };
  systemDark.addEventListener('change', () =>
    useTheme.setState((state) => ({ shown: shownFor(state.choice) })),
  );
  useTheme.subscribe(apply);
  apply();
}
