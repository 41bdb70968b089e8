// Holds on to the engine: connects, learns what it is, follows its events, notices that it is slow or gone, and comes back
// when it does. The model keeps its last data meanwhile; its engine part says how things are.
// Timers: one ping every second, and only while a window is visible; and the back-off while there is no engine.
import { eventLine, infoAnswer, versionAnswer } from '../client/engine-answers.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { EngineFailure, failureFromError } from '../client/engine-failure.ts';
import { probeFeatures } from '../client/embedded-engine.ts';
import type { EngineModel } from '../contract/model.ts';
import type { Disposable } from './disposable.ts';
import { JsonLines } from './json-lines.ts';
import type { LiveModel } from './live-model.ts';
import { ModelSync } from './model-sync.ts';
import { SocketWatch } from './socket-watch.ts';

/** The link's times; tests shorten them. */
export interface LinkTimes {
  readonly pingEveryMs: number;
  /** An engine that has not answered a ping for so long is hung. */
  readonly hungAfterMs: number;
  /** And after so long the connection is given up and made anew. */
  readonly abandonAfterMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

// An engine that stops just after a ping is known to hang within the sum of the first two: less than 3 s.
const defaultTimes: LinkTimes = {
  pingEveryMs: 1000,
  hungAfterMs: 1700,
  abandonAfterMs: 60_000,
  firstRetryMs: 250,
  lastRetryMs: 5000,
};

/** A connection that held for so long starts the back-off anew. */
const stableAfterMs = 5000;

/** The model's engine before anything is known of it. `keeper`: whether it is ours to start again. */
export function unknownEngine(endpoint: string, keeper = false): EngineModel {
  return {
    state: 'connecting',
    reason: `Connecting to ${endpoint}.`,
    sinceMs: Date.now(),
    endpoint,
    product: '',
    version: '',
    apiVersion: '',
    cpus: 0,
    memoryBytes: 0,
    features: [],
    keeper,
  };
}

/** The link to one engine, from construction to disposal. */
export class EngineLink implements Disposable {
  readonly #client: EngineClient;
  readonly #model: LiveModel;
  readonly #times: LinkTimes;
  #disposed = false;
  #watched = false;
  /** Ends the rest between two attempts, or between two pings. */
  #stopResting: () => void = () => undefined;
  #session: AbortController | undefined;
  readonly #pings = new Set<() => void>();

  constructor(client: EngineClient, model: LiveModel, times: Partial<LinkTimes> = {}) {
    this.#client = client;
    this.#model = model;
    this.#times = { ...defaultTimes, ...times };
    void this.#run();
  }

  /** Whether a window is visible: only then is the engine pinged, and sought at once when it is away. */
  setWatched(watched: boolean): void {
    if (this.#watched === watched) return;
    this.#watched = watched;
    if (!watched) return;
    for (const resume of [...this.#pings]) resume();
    if (this.#session === undefined) this.#stopResting();
  }

  dispose(): void {
    this.#disposed = true;
    this.#session?.abort();
    this.#stopResting();
  }

  async #run(): Promise<void> {
    let retryMs = this.#times.firstRetryMs;
    while (!this.#disposed) {
      const beganMs = Date.now();
      const session = new AbortController();
      this.#session = session;
      try {
        await this.#live(session);
      } catch (error) {
        if (!this.#disposed) this.#sayLost(failureFromError(error));
      }
      session.abort();
      this.#session = undefined;
      if (this.#disposed) return;
      if (Date.now() - beganMs > stableAfterMs) retryMs = this.#times.firstRetryMs;
      await this.#rest(this.#watched ? retryMs : Math.max(retryMs, this.#times.lastRetryMs));
      retryMs = Math.min(retryMs * 2, this.#times.lastRetryMs);
    }
  }

  /** One session. Always ends in a rejection, unless it was aborted. */
  async #live(session: AbortController): Promise<void> {
    const signal = session.signal;
    const lost = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
    });
    lost.catch(() => undefined);
    const known = await Promise.race([this.#greet(session), lost]);
    const sync = new ModelSync(this.#client, this.#model, known.features.includes('containers'));
    signal.addEventListener('abort', () => sync.dispose(), { once: true });
    const ended = await Promise.race([this.#timed(session, () => this.#followEvents(sync, signal)), lost]);
    await Promise.race([sync.start(), ended(), lost]);
    this.#model.setEngine({ ...known, state: 'running', reason: '', sinceMs: Date.now() });
    void this.#pingForever(session);
    await Promise.race([ended(), lost]);
  }

  /** Learns whose engine it is. */
  async #greet(session: AbortController): Promise<EngineModel> {
    const signal = session.signal;
    return this.#timed(session, async () => {
      await this.#client.text({ method: 'GET', path: '/_ping', signal });
      const [version, info, features] = await Promise.all([
        this.#client.json({ method: 'GET', path: '/version', signal }, versionAnswer),
        this.#client.json({ method: 'GET', path: '/info', signal }, infoAnswer),
        probeFeatures(this.#client, signal),
      ]);
      const platform = version.Platform?.Name ?? '';
      return {
        ...this.#model.engine,
        product: features === undefined ? (platform === '' ? 'Docker' : platform) : 'Berth',
        version: version.Version,
        apiVersion: version.ApiVersion,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        features: [...(features ?? [])],
      };
    });
  }

  /** Subscribes; resolves once subscribed, to a function whose promise rejects when the events end. */
  async #followEvents(sync: ModelSync, signal: AbortSignal): Promise<() => Promise<never>> {
    const response = await this.#client.stream({ method: 'GET', path: '/events', signal });
    signal.addEventListener('abort', () => response.destroy());
    if (signal.aborted) response.destroy();
    const lines = new JsonLines();
    const ended = new Promise<never>((_, reject) => {
      const lose = (error: unknown) => {
        response.destroy();
        reject(failureFromError(error));
      };
      response.on('data', (chunk: Buffer) => {
        try {
          for (const value of lines.push(chunk)) {
            const parsed = eventLine.safeParse(value);
            // Events of a form we do not know concern things we do not show.
            if (parsed.success) sync.event(parsed.data);
          }
        } catch (error) {
          lose(error);
        }
      });
      response.on('error', lose);
      response.on('close', () =>
        lose(new EngineFailure('The engine closed the connection.', { errno: 'ECONNRESET' })),
      );
    });
    ended.catch(() => undefined);
    return () => ended;
  }

  /** Pings while a window is visible; a failed ping ends the session. */
  async #pingForever(session: AbortController): Promise<void> {
    const signal = session.signal;
    while (!signal.aborted) {
      await this.#untilNextPing(signal);
      if (signal.aborted) return;
      try {
        await this.#timed(session, () => this.#client.text({ method: 'GET', path: '/_ping', signal }));
      } catch (error) {
        session.abort(error);
        return;
      }
      const { engine } = this.#model;
      if (engine.state === 'hung') {
        this.#model.setEngine({ ...engine, state: 'running', reason: '', sinceMs: Date.now() });
      }
    }
  }

  #untilNextPing(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#pings.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      // While no window is visible nothing is timed: becoming visible calls `finish`.
      const timer = this.#watched
        ? setTimeout(() => this.#watched && finish(), this.#times.pingEveryMs)
        : undefined;
      this.#pings.add(finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }

  /** Does `work`; says that the engine is hung when it takes long, and gives up when it takes too long. */
  async #timed<T>(session: AbortController, work: () => Promise<T>): Promise<T> {
    const { hungAfterMs, abandonAfterMs } = this.#times;
    const hung = setTimeout(() => {
      const { engine } = this.#model;
      this.#model.setEngine({
        ...engine,
        state: 'hung',
        reason: `The engine at ${this.#client.endpoint.url} does not answer. It may be very busy, or stopped.`,
        sinceMs: engine.state === 'hung' ? engine.sinceMs : Date.now() - hungAfterMs,
      });
    }, hungAfterMs);
    const abandon = setTimeout(() => {
      session.abort(new EngineFailure('The engine does not answer.', { errno: 'ETIMEDOUT' }));
    }, abandonAfterMs);
    try {
      return await work();
    } finally {
      clearTimeout(hung);
      clearTimeout(abandon);
    }
  }

  #sayLost(failure: EngineFailure): void {
    const { engine } = this.#model;
    const { state, reason } = explainLoss(failure, this.#client.endpoint.url);
    const sinceMs = engine.state === state ? engine.sinceMs : Date.now();
    this.#model.setEngine({ ...engine, state, reason, sinceMs });
  }

  /** Waits before the next attempt; ends early when the engine's socket appears or a window is shown. */
  async #rest(ms: number): Promise<void> {
    const { endpoint } = this.#client;
    await new Promise<void>((resolve) => {
      const watch =
        endpoint.kind === 'unix'
          ? new SocketWatch(endpoint.socketPath, () => this.#stopResting())
          : undefined;
      const timer = setTimeout(() => this.#stopResting(), ms);
      this.#stopResting = () => {
        clearTimeout(timer);
        watch?.dispose();
        this.#stopResting = () => undefined;
        resolve();
      };
    });
  }
}

function abortReason(signal: AbortSignal): EngineFailure {
  return failureFromError(signal.reason);
}

/** What a lost or refused connection means, for a person. */
export function explainLoss(
  failure: EngineFailure,
  endpoint: string,
): { state: 'down' | 'denied' | 'hung'; reason: string } {
  switch (failure.errno) {
    case 'EACCES':
    case 'EPERM':
      return {
        state: 'denied',
        reason:
          `You may not use the engine's socket ${endpoint.replace(/^unix:\/\//, '')}. Add yourself to the group that owns it ` +
          '(`sudo usermod -aG berth $USER`), log out and in again, and start Berth anew.',
      };
    case 'ENOENT':
      return { state: 'down', reason: `No engine is running: there is no socket at ${endpoint}.` };
    case 'ECONNREFUSED':
      return { state: 'down', reason: `No engine is running at ${endpoint}.` };
    // EAGAIN: the queue of connections that it has not accepted is full.
    case 'ETIMEDOUT':
    case 'EAGAIN':
      return { state: 'hung', reason: `The engine at ${endpoint} does not answer.` };
    case 'ECONNRESET':
    case 'EPIPE':
      return { state: 'down', reason: `The engine at ${endpoint} has gone.` };
    default:
      return { state: 'down', reason: `The engine at ${endpoint} cannot be used: ${failure.message}` };
  }
}
