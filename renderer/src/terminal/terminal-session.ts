// A shell in a container, with the screen it draws on. It lives apart from React so that changing tabs or pages keeps it;
// the view takes the screen's element in and lets it go. Bytes are acknowledged when xterm has drawn them.
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal, type ITheme } from '@xterm/xterm';
import type { StreamHandle } from '../transport/contract-client.ts';
import type { ContractClient } from '../transport/contract-client.ts';
import { useModel } from '../state/model-store.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';

export interface TerminalState {
  readonly phase: 'opening' | 'running' | 'ended' | 'failed';
  readonly exitCode: number | undefined;
  readonly failure: ContractFailure | undefined;
}

const encoder = new TextEncoder();

export class TerminalSession {
  readonly element: HTMLDivElement;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #listeners = new Set<() => void>();
  #stream: StreamHandle<'terminal'> | undefined;
  /** Ends the backend's session. */
  #end: () => void = () => undefined;
  #disposed = false;
  /** Typed before the session was there. */
  #early: Uint8Array[] = [];
  #state: TerminalState = { phase: 'opening', exitCode: undefined, failure: undefined };

  /** `leave` is called when the person asks, by Ctrl F6, to leave the terminal by keyboard. */
  constructor(client: ContractClient, containerId: string, parent: HTMLElement, leave: () => void) {
    this.element = document.createElement('div');
    parent.append(this.element);
    this.#terminal = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
      fontSize: 12.5,
      lineHeight: 1.2,
      scrollback: 10_000,
      cursorBlink: false,
      // Programs choose colours for a black screen; on ours they stay legible all the same.
      minimumContrastRatio: 4.5,
      // Links and titles of the container stay text: OSC 8 would show one address and open another.
      linkHandler: null,
      allowProposedApi: false,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(new WebLinksAddon(openLink));
    this.#terminal.open(this.element);
    this.#terminal.attachCustomKeyEventHandler((event) => {
      if (event.key !== 'F6' || !event.ctrlKey) return true;
      if (event.type === 'keydown') leave();
      event.preventDefault();
      return false;
    });
    this.applyTheme();
    this.#fit.fit();

    void this.#begin(client, containerId);
    this.#terminal.onData((text) => this.#send(encoder.encode(text)));
    this.#terminal.onBinary((text) => this.#send(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    this.#terminal.onResize(({ rows, cols }) => {
      this.#stream?.control({ resize: { rows, columns: cols } });
    });
  }

  async #begin(client: ContractClient, container: string): Promise<void> {
    const { rows, cols: columns } = this.#terminal;
    const request = { container, kind: 'exec' as const, command: [], user: '', rows, columns };
    try {
      const { id } = await client.call('terminals.create', request);
      this.#end = () => void client.call('terminals.close', { id }).catch(() => undefined);
      if (this.#disposed) this.#end();
      else this.#show(client, id);
    } catch (error) {
      this.#publish({ phase: 'failed', failure: asFailure(error) });
    }
  }

  #show(client: ContractClient, session: string): void {
    const { rows, cols: columns } = this.#terminal;
    this.#stream = client.open(
      'terminal',
      { session, rows, columns },
      {
        onData: (data) => {
          if (this.#state.phase === 'opening') this.#publish({ phase: 'running' });
          this.#terminal.write(data, () => this.#stream?.ack(data.length));
        },
        onClosed: (failure) => {
          this.#stream = undefined;
          this.#terminal.options.disableStdin = true;
          const ended = useModel.getState().terminals.get(session)?.ended;
          if (failure !== undefined) this.#publish({ phase: 'failed', failure });
          else if (ended !== undefined && ended.reason !== '') {
            this.#publish({
              phase: 'failed',
              failure: asFailure(new Error(ended.reason)),
              exitCode: ended.exitCode ?? undefined,
            });
          } else this.#publish({ phase: 'ended', exitCode: ended?.exitCode ?? undefined });
        },
      },
    );
    for (const data of this.#early.splice(0)) this.#stream.send(data);
  }

  #send(data: Uint8Array): void {
    if (this.#stream !== undefined) this.#stream.send(data);
    else if (this.#state.phase === 'opening') this.#early.push(data);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): TerminalState => this.#state;

  /** Fits rows and columns to the room there is. */
  fit(): void {
    if (this.element.isConnected && this.element.clientHeight > 0) this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Takes the colours of the page's theme. */
  applyTheme(): void {
    this.#terminal.options.theme = themeOfPage();
  }

  dispose(): void {
    this.#disposed = true;
    this.#listeners.clear();
    this.#stream?.close();
    this.#end();
    this.#stream = undefined;
    this.#terminal.dispose();
    this.element.remove();
  }

  #publish(change: Partial<TerminalState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function openLink(_event: MouseEvent, address: string): void {
  window.open(address, '_blank', 'noopener,noreferrer');
}

function themeOfPage(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
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
