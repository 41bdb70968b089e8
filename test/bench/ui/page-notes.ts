// What a page under measurement notes of itself: frames, long tasks, when its first row appeared, and what goes through its
// socket. `notePage` runs in the page before anything of it: it may use nothing of this module.

/** The page's notes, as `window.berthNotes`. */
export interface PageNotes {
  /** Forgets what was noted, and begins anew. To note frames makes them: without need the page draws none. To count bytes costs time. */
  begin(what: { readonly frames: boolean; readonly count?: boolean }): void;
  end(): { readonly frameMs: number[]; readonly longTaskMs: number[] };
  /** When the first row of a list was drawn, ms since the navigation; 0 before. */
  firstRowMs: number;
  /** For each key pressed since `begin`: ms until the terminal had parsed what came back first. */
  readonly echoMs: number[];
  /** Bytes `x` in all data that came since `begin`, if they are to be counted. */
  countedBytes: number;
  /** Data bytes that the page has acknowledged, that is: worked in, since `begin`. */
  acknowledgedBytes: number;
  /** Data bytes that came since `begin`, without the ids of their streams. */
  receivedBytes: number;
  /** Resolves to the time (ms since the epoch) at which the row of this name shows this text. */
  rowShows(name: string, text: string): Promise<number>;
}

declare global {
  interface Window {
    berthNotes: PageNotes;
  }
}

/** Puts the notes into the page. */
export function notePage(): void {
  let frames: number[] = [];
  let tasks: number[] = [];
  let noting = false;
  let counting = false;
  let pressedMs = 0;

  const notes: PageNotes = {
    begin(what) {
      frames = [];
      tasks = [];
      notes.echoMs.length = 0;
      notes.countedBytes = notes.acknowledgedBytes = notes.receivedBytes = 0;
      noting = true;
      counting = what.count === true;
      if (!what.frames) return;
      let before = performance.now();
      const frame = (): void => {
        const now = performance.now();
        frames.push(now - before);
        before = now;
        if (noting) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    },
    end() {
      noting = false;
      return { frameMs: frames.slice(1), longTaskMs: tasks };
    },
    firstRowMs: 0,
    echoMs: [],
    countedBytes: 0,
    acknowledgedBytes: 0,
    receivedBytes: 0,
    rowShows(name, text) {
      return new Promise((resolve) => {
        const shows = (): boolean =>
          [...document.querySelectorAll('[data-row-id]')].some(
            (row) => row.textContent.includes(name) && row.textContent.includes(text),
          );
        const done = (): void => resolve(performance.timeOrigin + performance.now());
        if (shows()) {
          done();
          return;
        }
        const observer = new MutationObserver(() => {
          if (!shows()) return;
          observer.disconnect();
          done();
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      });
    },
  };
  window.berthNotes = notes;

  new PerformanceObserver((list) => {
    if (noting) tasks.push(...list.getEntries().map((entry) => entry.duration));
  }).observe({ type: 'longtask' });

  const firstRow = new MutationObserver(() => {
    if (document.querySelector('[data-row-id]') === null) return;
    firstRow.disconnect();
    requestAnimationFrame(() => (notes.firstRowMs = performance.now()));
  });
  firstRow.observe(document, { subtree: true, childList: true });

  addEventListener('keydown', () => (pressedMs = performance.now()), { capture: true });

  // The page acknowledges data once it has worked it in: a terminal when its parser has taken it.
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === 'string' && data.startsWith('{"type":"ack"')) {
      notes.acknowledgedBytes += Number(/"bytes":(\d+)/.exec(data)?.[1] ?? 0);
      if (pressedMs > 0) {
        notes.echoMs.push(performance.now() - pressedMs);
        pressedMs = 0;
      }
    }
    send.call(this, data);
  };
  const Native = WebSocket;
  window.WebSocket = class extends Native {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (!noting || !(data instanceof ArrayBuffer)) return;
        const bytes = new Uint8Array(data, 4);
        notes.receivedBytes += bytes.length;
        if (!counting) return;
        let counted = 0;
        for (const byte of bytes) if (byte === 0x78) counted += 1;
        notes.countedBytes += counted;
      });
    }
  };
}
