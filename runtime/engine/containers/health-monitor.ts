// Looks after the containers that have a health check: each has one timer while it runs, the others none. A look is an
// exec; what it found is kept in memory and written with the record's next change, as Docker does.
import { messageOf } from '../errors.ts';
import type { HealthConfig } from '../types.ts';
import { publishContainerEvent } from './container-events.ts';
import type { HealthRecord, HealthResult } from './container-record.ts';
import type { Container } from './container.ts';
import {
  goDuration,
  healthAfter,
  maxOutputBytes,
  nextProbeMs,
  probeCommand,
  probeTimeoutMs,
} from './health-check.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs a command in a container. */
export interface Prober {
  /** `late`: it was killed because it took too long. */
  probe(
    container: Container,
    command: readonly string[],
    limits: { readonly timeoutMs: number; readonly maxOutputBytes: number; readonly signal: AbortSignal },
  ): Promise<{ exitCode: number; output: string; late: boolean }>;
}

/** One container that is looked after. */
interface Watch {
  timer: NodeJS.Timeout | undefined;
  readonly leave: AbortController;
}

/** The health checks of an engine. */
export class HealthMonitor {
  readonly #events: Surroundings['events'];
  readonly #prober: Prober;
  readonly #watches = new Map<Container, Watch>();

  constructor(events: Surroundings['events'], prober: Prober) {
    this.#events = events;
    this.#prober = prober;
  }

  /** A container runs, started or taken over: its health is not known yet. */
  begin(container: Container): void {
    if (probeCommand(container.record.config) === undefined) return;
    this.#stop(container);
    const log = container.record.state.health?.log ?? [];
    container.note({ health: { status: 'starting', failingStreak: 0, log } });
    if (!container.paused) this.resume(container);
  }

  /** A container goes on after a pause. */
  resume(container: Container): void {
    const { Healthcheck } = container.record.config;
    const { health } = container.record.state;
    if (Healthcheck === null || health === undefined || probeCommand(container.record.config) === undefined)
      return;
    const watch: Watch = { timer: undefined, leave: new AbortController() };
    this.#watches.set(container, watch);
    this.#wait(container, Healthcheck, health, watch);
  }

  /** A container has ended or is paused. As Docker: nobody looks, so it is not healthy. */
  end(container: Container): void {
    const { health } = container.record.state;
    if (this.#stop(container) && health !== undefined) {
      container.note({ health: { ...health, status: 'unhealthy' } });
    }
  }

  /** Looks no more. */
  close(): void {
    for (const container of [...this.#watches.keys()]) this.#stop(container);
  }

  #stop(container: Container): boolean {
    const watch = this.#watches.get(container);
    if (watch === undefined) return false;
    clearTimeout(watch.timer);
    this.#watches.delete(container);
    watch.leave.abort();
    return true;
  }

  #wait(container: Container, check: HealthConfig, health: HealthRecord, watch: Watch): void {
    const upMs = Date.now() - Date.parse(container.record.state.startedAt);
    watch.timer = setTimeout(
      () => void this.#look(container, check, watch),
      nextProbeMs(check, health, upMs),
    );
  }

  async #look(container: Container, check: HealthConfig, watch: Watch): Promise<void> {
    const result = await this.#probe(container, check, watch.leave.signal);
    if (this.#watches.get(container) !== watch) return;
    const { health: before, startedAt } = container.record.state;
    if (before === undefined) return;
    const health = healthAfter(check, before, result, startedAt);
    container.note({ health });
    if (health.status !== before.status) {
      publishContainerEvent(this.#events, container, `health_status: ${health.status}`);
    }
    this.#wait(container, check, health, watch);
  }

  async #probe(container: Container, check: HealthConfig, signal: AbortSignal): Promise<HealthResult> {
    const start = new Date().toISOString();
    const result = (exitCode: number, output: string): HealthResult => ({
      start,
      end: new Date().toISOString(),
      exitCode,
      output,
    });
    const timeoutMs = probeTimeoutMs(check);
    try {
      const command = probeCommand(container.record.config) ?? [];
      const found = await this.#prober.probe(container, command, { timeoutMs, maxOutputBytes, signal });
      if (!found.late) return result(found.exitCode, found.output);
      const output = found.output === '' ? '' : `: ${found.output}`;
      return result(-1, `Health check exceeded timeout (${goDuration(timeoutMs)})${output}`);
    } catch (error) {
      return result(-1, messageOf(error));
    }
  }
}
