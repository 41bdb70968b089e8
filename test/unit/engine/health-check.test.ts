import { describe, expect, it } from 'vitest';
import type { HealthRecord } from '../../../runtime/engine/containers/container-record.ts';
import {
  goDuration,
  healthAfter,
  mergeHealthCheck,
  nextProbeMs,
  probeCommand,
  probeTimeoutMs,
  validateHealthCheck,
} from '../../../runtime/engine/containers/health-check.ts';
import { containerConfig, healthConfig, type HealthConfig } from '../../../runtime/engine/types.ts';

const check = (fields: Partial<HealthConfig>): HealthConfig => healthConfig.parse(fields);
const starting: HealthRecord = { status: 'starting', failingStreak: 0, log: [] };
const startedAt = '2026-01-01T00:00:00.000Z';
const result = (exitCode: number, start = '2026-01-01T00:00:05.000Z') => ({
  start,
  end: start,
  exitCode,
  output: '',
});

describe('a health check', () => {
  it('takes from the image what the user leaves out', () => {
    const image = check({ Test: ['CMD', 'a'], Interval: 1e9, Retries: 7 });
    expect(mergeHealthCheck(null, image)).toEqual(image);
    expect(mergeHealthCheck(image, null)).toEqual(image);
    expect(mergeHealthCheck(check({ Interval: 2e9 }), image)).toEqual({ ...image, Interval: 2e9 });
    expect(mergeHealthCheck(check({ Test: ['NONE'] }), image)?.Test).toEqual(['NONE']);
  });

  it('runs a command as it is, or by the shell of the image', () => {
    const command = (Test: string[], Shell?: string[]) =>
      probeCommand(containerConfig.parse({ Healthcheck: { Test }, Shell }));
    expect(command(['CMD', 'test', '-f', '/x'])).toEqual(['test', '-f', '/x']);
    expect(command(['CMD-SHELL', 'test -f /x'])).toEqual(['/bin/sh', '-c', 'test -f /x']);
    expect(command(['CMD-SHELL', 'x'], ['/bin/ash', '-ec'])).toEqual(['/bin/ash', '-ec', 'x']);
    for (const test of [['NONE'], [], ['CMD'], ['WHAT', 'x']]) expect(command(test)).toBeUndefined();
  });

  it.each([
    [{ Interval: 999_999 }, 'Interval in Healthcheck cannot be less than 1ms'],
    [{ Timeout: -1 }, 'Timeout in Healthcheck cannot be less than 1ms'],
    [{ StartPeriod: 1 }, 'StartPeriod in Healthcheck cannot be less than 1ms'],
    [{ StartInterval: 1 }, 'StartInterval in Healthcheck cannot be less than 1ms'],
    [{ Retries: -1 }, 'Retries in Healthcheck cannot be negative'],
  ])('%j is refused', (fields, message) => {
    expect(() => validateHealthCheck(check(fields))).toThrow(message);
  });

  it('looks more often while the container starts up', () => {
    const own = check({ Interval: 60e9, StartPeriod: 10e9, StartInterval: 1e9 });
    expect(nextProbeMs(own, starting, 0)).toBe(1000);
    expect(nextProbeMs(own, starting, 10_000)).toBe(60_000);
    expect(nextProbeMs(own, { ...starting, status: 'healthy' }, 0)).toBe(60_000);
    expect(nextProbeMs(check({ StartPeriod: 10e9 }), starting, 0)).toBe(5000);
    expect(nextProbeMs(check({}), starting, 0)).toBe(30_000);
  });

  it('waits no longer than a timer can, which would fire at once', () => {
    const month = 30 * 24 * 3600e9;
    const own = check({ Interval: month, StartPeriod: month, StartInterval: month, Timeout: month });
    expect([nextProbeMs(own, starting, 0), nextProbeMs(own, { ...starting, status: 'healthy' }, 0)]).toEqual([
      2 ** 31 - 1,
      2 ** 31 - 1,
    ]);
    expect(probeTimeoutMs(own)).toBe(2 ** 31 - 1);
  });

  it('is failed after so many failures in a row, not counting those of the start', () => {
    const own = check({ Retries: 2, StartPeriod: 5e9 });
    const early = healthAfter(own, starting, result(1, '2026-01-01T00:00:04.999Z'), startedAt);
    expect(early).toMatchObject({ status: 'starting', failingStreak: 0 });
    const first = healthAfter(own, early, result(1), startedAt);
    expect(first).toMatchObject({ status: 'starting', failingStreak: 1 });
    const second = healthAfter(own, first, result(-1), startedAt);
    expect(second).toMatchObject({ status: 'unhealthy', failingStreak: 2 });
    expect(healthAfter(own, second, result(0), startedAt)).toMatchObject({
      status: 'healthy',
      failingStreak: 0,
    });
  });

  it('remembers the last five results', () => {
    let health = starting;
    for (let code = 1; code <= 7; code += 1) health = healthAfter(check({}), health, result(code), startedAt);
    expect(health.log.map(({ exitCode }) => exitCode)).toEqual([3, 4, 5, 6, 7]);
  });

  it.each([
    [100, '100ms'],
    [1500, '1.5s'],
    [30_000, '30s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
  ])('tells %i ms as Go does', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });
});
