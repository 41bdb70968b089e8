// What the summary shows of an inspected container, read leniently: engines differ, and what one leaves out is not shown. Pure.
import { z } from 'zod';
import { formatSize } from '../../format/number.ts';
import { en } from '../../strings/en.ts';

const text = z.string().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();
const texts = z.array(z.string()).nullish();

export const inspectedContainer = z.object({
  Path: text,
  Args: texts,
  RestartCount: number,
  Platform: text,
  State: z.object({
    OOMKilled: flag,
    Pid: number,
    Health: z
      .object({
        FailingStreak: number,
        Log: z.array(z.object({ Start: text, ExitCode: number, Output: text })).nullish(),
      })
      .nullish(),
  }),
  Config: z.object({
    Env: texts,
    Hostname: text,
    User: text,
    WorkingDir: text,
    StopSignal: text,
    Healthcheck: z.object({ Test: texts }).nullish(),
  }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: text, MaximumRetryCount: number }).nullish(),
    AutoRemove: flag,
    Privileged: flag,
    ReadonlyRootfs: flag,
    LogConfig: z.object({ Type: text }).nullish(),
    Memory: number,
    MemorySwap: number,
    MemoryReservation: number,
    NanoCpus: number,
    CpuQuota: number,
    CpuPeriod: number,
    CpuShares: number,
    CpusetCpus: text,
    PidsLimit: number,
  }),
});
export type InspectedContainer = z.infer<typeof inspectedContainer>;

const words = en.details;

/** `always`, `on-failure, at most 3 times`; then how often it happened. */
export function restartPolicyText({ HostConfig, RestartCount }: InspectedContainer): string {
  const policy = HostConfig.RestartPolicy;
  const name = policy?.Name ?? '';
  const most = policy?.MaximumRetryCount ?? 0;
  const rule =
    name === '' || name === 'no' ? words.restartNever : most > 0 ? words.restartAtMost(name, most) : name;
  const count = RestartCount ?? 0;
  return count > 0 ? `${rule} · ${words.restarted(count)}` : rule;
}

/** Its limits as names and values; empty when it has none. */
export function limitsOf({ HostConfig: host }: InspectedContainer): readonly (readonly [string, string])[] {
  const limits: (readonly [string, string])[] = [];
  const memory = host.Memory ?? 0;
  const swap = host.MemorySwap ?? 0;
  const quota = host.CpuQuota ?? 0;
  const period = host.CpuPeriod ?? 0;
  const cpus = (host.NanoCpus ?? 0) / 1e9 || (quota > 0 ? quota / (period > 0 ? period : 100_000) : 0);
  if (cpus > 0) limits.push([words.limitCpus, String(Math.round(cpus * 100) / 100)]);
  if ((host.CpusetCpus ?? '') !== '') limits.push([words.limitCpuset, host.CpusetCpus ?? '']);
  if ((host.CpuShares ?? 0) > 0) limits.push([words.limitShares, String(host.CpuShares)]);
  if (memory > 0) limits.push([words.limitMemory, formatSize(memory)]);
  if (swap > 0) limits.push([words.limitSwap, formatSize(swap)]);
  if (swap < 0) limits.push([words.limitSwap, words.unlimited]);
  if ((host.MemoryReservation ?? 0) > 0)
    limits.push([words.limitReservation, formatSize(host.MemoryReservation ?? 0)]);
  if ((host.PidsLimit ?? 0) > 0) limits.push([words.limitPids, String(host.PidsLimit)]);
  return limits;
}

export interface HealthCheck {
  readonly key: string;
  /** undefined when the engine gave no readable time. */
  readonly startMs: number | undefined;
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** The last health checks, the newest first. */
export function healthChecks({ State }: InspectedContainer): readonly HealthCheck[] {
  return (State.Health?.Log ?? [])
    .map((entry, index) => {
      const ms = Date.parse(entry.Start ?? '');
      return {
        key: `${index} ${entry.Start ?? ''}`,
        startMs: Number.isNaN(ms) ? undefined : ms,
        exitCode: entry.ExitCode ?? undefined,
        output: (entry.Output ?? '').trim(),
      };
    })
    .reverse();
}

/** `NAME=value` lines as pairs. */
export function environmentOf({ Config }: InspectedContainer): readonly (readonly [string, string])[] {
  return (Config.Env ?? []).map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? ([line, ''] as const) : ([line.slice(0, at), line.slice(at + 1)] as const);
  });
}
