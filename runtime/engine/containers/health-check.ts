// Health checks by Docker's rules: what the user and the image ask for together, when to look next, and what a look's
// result makes of a container's health. Pure.
import { EngineError } from '../errors.ts';
import { longestTimerMs } from '../longest-timer.ts';
import type { ContainerConfig, HealthConfig } from '../types.ts';
import type { HealthRecord, HealthResult } from './container-record.ts';

const nsPerMs = 1_000_000;
const defaultIntervalMs = 30_000;
const defaultTimeoutMs = 30_000;
const defaultStartIntervalMs = 5_000;
const defaultRetries = 3;
const rememberedResults = 5;
/** Bytes of a check's output that are kept. */
export const maxOutputBytes = 4096;

/** The user's check with the image's where the user said nothing. */
export function mergeHealthCheck(user: HealthConfig | null, image: HealthConfig | null): HealthConfig | null {
  if (user === null || image === null) return user ?? image;
  return {
    Test: user.Test.length > 0 ? user.Test : image.Test,
    Interval: user.Interval || image.Interval,
    Timeout: user.Timeout || image.Timeout,
    StartPeriod: user.StartPeriod || image.StartPeriod,
    StartInterval: user.StartInterval || image.StartInterval,
    Retries: user.Retries || image.Retries,
  };
}

/** Throws invalid in Docker's words. */
export function validateHealthCheck(check: HealthConfig | null): void {
  if (check === null) return;
  const invalid = (message: string): EngineError => new EngineError('invalid', message);
  for (const field of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    if (check[field] !== 0 && check[field] < nsPerMs) {
      throw invalid(`${field} in Healthcheck cannot be less than 1ms`);
    }
  }
  if (check.Retries < 0) throw invalid('Retries in Healthcheck cannot be negative');
}

/** The command that is run, or undefined when there is no check. */
export function probeCommand({ Healthcheck, Shell }: ContainerConfig): readonly string[] | undefined {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  if (words.length === 0) return undefined;
  if (kind === 'CMD') return words;
  if (kind !== 'CMD-SHELL') return undefined;
  return [...(Shell !== null && Shell.length > 0 ? Shell : ['/bin/sh', '-c']), ...words];
}

/** How long a look may take, at most as long as a timer can be. */
export function probeTimeoutMs(check: HealthConfig): number {
  return waitMs(check.Timeout, defaultTimeoutMs);
}

/** How long to wait before the next look; `upMs` is how long the container has run. */
export function nextProbeMs(check: HealthConfig, health: HealthRecord, upMs: number): number {
  const starting = health.status === 'starting' && upMs < check.StartPeriod / nsPerMs;
  if (starting) return waitMs(check.StartInterval, defaultStartIntervalMs);
  return waitMs(check.Interval, defaultIntervalMs);
}

/** A time in nanoseconds as a timer can hold it. */
function waitMs(ns: number, defaultMs: number): number {
  return ns === 0 ? defaultMs : Math.min(ns / nsPerMs, longestTimerMs);
}

/** Health after one more result. Failures while the container is still starting up do not count. */
export function healthAfter(
  check: HealthConfig,
  health: HealthRecord,
  result: HealthResult,
  startedAt: string,
): HealthRecord {
  const log = [...health.log, result].slice(-rememberedResults);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  const upMs = Date.parse(result.start) - Date.parse(startedAt);
  if (health.status === 'starting' && upMs < check.StartPeriod / nsPerMs) return { ...health, log };
  const failingStreak = health.failingStreak + 1;
  const retries = check.Retries === 0 ? defaultRetries : check.Retries;
  return { status: failingStreak >= retries ? 'unhealthy' : health.status, failingStreak, log };
}

/** Milliseconds as Go writes a duration: `1s`, `1m30s`, `100ms`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${String(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${String((ms % 60_000) / 1000)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${seconds}`;
  return minutes > 0 ? `${String(minutes)}m${seconds}` : seconds;
}
