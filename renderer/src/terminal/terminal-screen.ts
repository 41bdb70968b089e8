// The screen of one terminal session: xterm and its view of the backend's session. It lives apart from React so that changing
// tabs or pages keeps it; React takes its element in and lets it go. Bytes are acknowledged when xterm has taken them in.
//
// What a program writes is a stranger's text: it cannot write the clipboard (OSC 52), name the window (OSC 0-2), or hide one
// address behind another (OSC 8).
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { ContractClient, StreamHandle } from '../transport/contract-client.ts';
import type { ContractFailure } from '../transport/contract-failure.ts';
import { findColours, themeOfPage } from './terminal-theme.ts';

/** How terminals look, as chosen in the settings. */
export interface TerminalLook {
  readonly fontPx: number;
  readonly scrollbackLines: number;
  /** Lines are also written for screen readers; costs time with much output. */
  readonly screenReader: boolean;
}

/** A new object whenever something changed. How the session itself ended is in the model. */
export interface ScreenState {
  readonly view: 'opening' | 'shown' | 'closed' | 'lost';
  readonly failure: ContractFailure | undefined;
  readonly found: { readonly index: number; readonly count: number };
}

export interface ScreenFind {
  readonly text: string;
  readonly regex: boolean;
  readonly matchCase: boolean;
}

/** Sequences that would act outside of the screen. */
const unwantedOsc = [0, 1, 2, 8, 52];
/** What is replayed holds questions that were answered long ago: until it is quiet for so long nothing is answered. */
const replayQuietMs = 150;
const replayMostBytes = 1_300_000;
const encoder = new TextEncoder();

export class TerminalScreen {
  readonly element = document.createElement('div');
  readonly #session: string;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #listeners = new Set<() => void>();
  #stream: StreamHandle<'terminal'> | undefined;
  #state: ScreenState = { view: 'opening', failure: undefined, found: { index: 0, count: 0 } };
  #replaying: boolean;
  #replayedBytes = 0;
  #replayTimer: ReturnType<typeof setTimeout> | undefined;
  /** What the person asks for by keys in the terminal. */
  #onKeys: { readonly leave: () => void; readonly find: () => void } | undefined;

  /** `fresh`: the session was begun just now, here; what it wrote was shown to nobody yet. */
  constructor(session: string, fresh: boolean, look: TerminalLook) {
    this.#session = session;
    this.#replaying = !fresh;
    this.element.className = 'terminal-screen';
    this.#terminal = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
      fontSize: look.fontPx,
      lineHeight: 1.2,
      scrollback: look.scrollbackLines,
      screenReaderMode: look.screenReader,
      cursorBlink: false,
      // Programs choose colours for a black screen; on ours they stay legible all the same.
      minimumContrastRatio: 4.5,
      // Marks of what was found are one.
      allowProposedApi: true,
      theme: themeOfPage(),
    });
    for (const code of unwantedOsc) this.#terminal.parser.registerOscHandler(code, () => true);
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(this.#search);
    this.#terminal.loadAddon(new WebLinksAddon(openLink));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#takesKey(event));
    this.#terminal.onKey(() => this.#endReplay());
    this.#terminal.onData((text) => this.#send(encoder.encode(text)));
    this.#terminal.onBinary((text) => this.#send(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    this.#terminal.onResize(({ rows, cols }) => this.#stream?.control({ resize: { rows, columns: cols } }));
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
      this.#publish({ found: { index: resultIndex + 1, count: resultCount } }),
    );
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): ScreenState => this.#state;

  /** Puts the screen into the page; its first time it is drawn there. */
  enter(parent: HTMLElement, onKeys: { readonly leave: () => void; readonly find: () => void }): void {
    this.#onKeys = onKeys;
    parent.replaceChildren(this.element);
    if (this.#terminal.element === undefined) this.#terminal.open(this.element);
    this.fit();
  }

  /** Opens its view of the session, anew after a lost connection: then all that is kept comes again. */
  connect(client: ContractClient): void {
    if (this.#state.view === 'lost') {
      this.#terminal.reset();
      this.#replaying = true;
      this.#replayedBytes = 0;
      this.#publish({ view: 'opening', failure: undefined });
    }
    const { rows, cols: columns } = this.#terminal;
    const stream = client.open(
      'terminal',
      { session: this.#session, rows, columns },
      {
        onData: (data) => {
          if (this.#state.view === 'opening') this.#publish({ view: 'shown' });
          this.#terminal.write(data, () => {
            stream.ack(data.length);
            this.#taken(data.length);
          });
        },
        onClosed: (failure) => {
          this.#stream = undefined;
          // Nobody reads what is typed any more: there is no cursor.
          if (failure === undefined) this.#terminal.write('\u001b[?25l');
          this.#publish({ view: failure === undefined ? 'closed' : 'lost', failure });
        },
      },
    );
    this.#stream = stream;
  }

  /** Fits rows and columns to the room there is. */
  fit(): void {
    if (this.element.isConnected && this.element.clientHeight > 0) this.#fit.fit();
  }

  /** Rows and columns now: what a session begun beside this one will have. */
  get size(): { readonly rows: number; readonly columns: number } {
    return { rows: this.#terminal.rows, columns: this.#terminal.cols };
  }

  focus(): void {
    this.#terminal.focus();
  }

  applyTheme(): void {
    this.#terminal.options.theme = themeOfPage();
  }

  applyLook(look: TerminalLook): void {
    this.#terminal.options.fontSize = look.fontPx;
    this.#terminal.options.scrollback = look.scrollbackLines;
    this.#terminal.options.screenReaderMode = look.screenReader;
    this.fit();
  }

  /** Goes to the next or the previous place that holds the text; the state tells which of how many. */
  find(wanted: ScreenFind, step: 'next' | 'previous' | 'here'): void {
    const options = {
      regex: wanted.regex,
      caseSensitive: wanted.matchCase,
      incremental: step === 'here',
      decorations: findColours(),
    };
    if (wanted.text === '' || (wanted.regex && !isExpression(wanted.text))) this.endFind();
    else if (step === 'previous') this.#search.findPrevious(wanted.text, options);
    else this.#search.findNext(wanted.text, options);
  }

  endFind(): void {
    this.#search.clearDecorations();
    this.#publish({ found: { index: 0, count: 0 } });
  }

  dispose(): void {
    clearTimeout(this.#replayTimer);
    this.#listeners.clear();
    this.#stream?.close();
    this.#stream = undefined;
    this.#terminal.dispose();
    this.element.remove();
  }

  #send(data: Uint8Array): void {
    if (!this.#replaying) this.#stream?.send(data);
  }

  #taken(bytes: number): void {
    if (!this.#replaying) return;
    this.#replayedBytes += bytes;
    clearTimeout(this.#replayTimer);
    if (this.#replayedBytes > replayMostBytes) this.#endReplay();
    else this.#replayTimer = setTimeout(() => this.#endReplay(), replayQuietMs);
  }

  #endReplay(): void {
    clearTimeout(this.#replayTimer);
    this.#replaying = false;
  }

  /** Keys that are ours; false keeps them from the program. */
  #takesKey(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    const ours = event.metaKey !== (event.ctrlKey && event.shiftKey) && !event.altKey;
    if (key === 'f6' && event.ctrlKey) {
      if (event.type === 'keydown') this.#onKeys?.leave();
    } else if (ours && key === 'f') {
      if (event.type === 'keydown') this.#onKeys?.find();
    } else if (ours && key === 'c') {
      const text = this.#terminal.getSelection();
      if (event.type === 'keydown' && text !== '') void navigator.clipboard.writeText(text);
      // Without a selection it still is not Ctrl C, which would end the program.
    } else if (ours && key === 'v') {
      // The browser pastes: it asks nobody for leave to read the clipboard.
      this.#endReplay();
      return false;
    } else if (this.#isPlainSpace(event)) {
      // xterm lets the browser write a space into its hidden field first; the echo then waits for a whole frame.
      this.#endReplay();
      this.#terminal.input(' ');
    } else return true;
    event.preventDefault();
    return false;
  }

  /** A space that is typed, not one of an input method; a screen reader reads what is in the hidden field. */
  #isPlainSpace(event: KeyboardEvent): boolean {
    return (
      event.type === 'keydown' &&
      event.code === 'Space' &&
      event.key === ' ' &&
      !(event.ctrlKey || event.altKey || event.metaKey || event.isComposing) &&
      this.#terminal.options.screenReaderMode !== true
    );
  }

  #publish(change: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}

/** Addresses in plain text; xterm finds only http and https, and so it stays. */
function openLink(_event: MouseEvent, address: string): void {
  const { protocol } = new URL(address);
  if (protocol === 'http:' || protocol === 'https:') window.open(address, '_blank', 'noopener,noreferrer');
}
