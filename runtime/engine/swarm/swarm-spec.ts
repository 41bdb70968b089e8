// A swarm's specification with all that users leave out. Most of it is about services and several managers: it is kept and shown.
import { EngineError } from '../errors.ts';
import type { SwarmSpec } from './swarm-types.ts';

/** Docker's least and usual life of a node's certificate, nanoseconds. */
const leastExpiryNs = 3_600_000_000_000;
const usualExpiryNs = 7_776_000_000_000_000;

interface CompleteSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Orchestration: { readonly TaskHistoryRetentionLimit: number };
  readonly Raft: {
    readonly SnapshotInterval: number;
    readonly KeepOldSnapshots: number;
    readonly LogEntriesForSlowFollowers: number;
    readonly ElectionTick: number;
    readonly HeartbeatTick: number;
  };
  readonly Dispatcher: { readonly HeartbeatPeriod: number };
  readonly CAConfig: { readonly NodeCertExpiry: number };
  readonly TaskDefaults: Readonly<Record<string, unknown>>;
  readonly EncryptionConfig: { readonly AutoLockManagers: boolean };
}

const usual: CompleteSpec = {
  Name: 'default',
  Labels: {},
  Orchestration: { TaskHistoryRetentionLimit: 5 },
  Raft: {
    SnapshotInterval: 10_000,
    KeepOldSnapshots: 0,
    LogEntriesForSlowFollowers: 500,
    ElectionTick: 10,
    HeartbeatTick: 1,
  },
  Dispatcher: { HeartbeatPeriod: 5_000_000_000 },
  CAConfig: { NodeCertExpiry: usualExpiryNs },
  TaskDefaults: {},
  EncryptionConfig: { AutoLockManagers: false },
};

/** The specification whole: what it leaves out is as `before`, a complete one, says. Throws in Docker's words, behind `prefix`. */
export function completeSpec(
  spec: SwarmSpec,
  before: Record<string, unknown> = { ...usual },
  prefix = '',
): Record<string, unknown> {
  // It was made here.
  const old = before as unknown as CompleteSpec;
  const { CAConfig } = spec;
  if (spec.Name !== '' && spec.Name !== 'default') {
    throw new EngineError('invalid', 'swarm spec must be named "default"');
  }
  if (CAConfig?.ExternalCAs != null && CAConfig.ExternalCAs.length > 0) throw notDone('an external CA');
  if (
    (CAConfig?.SigningCACert ?? '') !== '' ||
    (CAConfig?.SigningCAKey ?? '') !== '' ||
    (CAConfig?.ForceRotate ?? 0) > 0
  ) {
    throw notDone("rotating the swarm's CA");
  }
  const NodeCertExpiry = CAConfig?.NodeCertExpiry ?? 0;
  if (NodeCertExpiry > 0 && NodeCertExpiry < leastExpiryNs) {
    throw new EngineError(
      'invalid',
      `${prefix}rpc error: code = InvalidArgument desc = minimum certificate expiry time is: 1h0m0s`,
    );
  }
  const { Raft, Orchestration, Dispatcher } = spec;
  return {
    Name: 'default',
    Labels: spec.Labels,
    Orchestration: {
      TaskHistoryRetentionLimit:
        Orchestration?.TaskHistoryRetentionLimit ?? old.Orchestration.TaskHistoryRetentionLimit,
    },
    Raft: {
      SnapshotInterval: Raft?.SnapshotInterval ?? old.Raft.SnapshotInterval,
      KeepOldSnapshots: Raft?.KeepOldSnapshots ?? old.Raft.KeepOldSnapshots,
      LogEntriesForSlowFollowers: Raft?.LogEntriesForSlowFollowers ?? old.Raft.LogEntriesForSlowFollowers,
      ElectionTick: old.Raft.ElectionTick,
      HeartbeatTick: old.Raft.HeartbeatTick,
    },
    Dispatcher: { HeartbeatPeriod: nonZero(Dispatcher?.HeartbeatPeriod) ?? old.Dispatcher.HeartbeatPeriod },
    CAConfig: { NodeCertExpiry: nonZero(NodeCertExpiry) ?? old.CAConfig.NodeCertExpiry },
    TaskDefaults: spec.TaskDefaults ?? old.TaskDefaults,
    EncryptionConfig: { AutoLockManagers: false },
  };
}

/** How long certificates of nodes are valid. */
export function certificateLifeMs(spec: Record<string, unknown>): number {
  const { CAConfig } = spec as { CAConfig?: { NodeCertExpiry?: number } };
  return Math.max(leastExpiryNs, CAConfig?.NodeCertExpiry ?? 0) / 1_000_000;
}

function nonZero(value: number | null | undefined): number | undefined {
  return value === 0 || value === null ? undefined : value;
}

/** Refuses what would need a key by hand after each start of the engine. */
export function noLock(): EngineError {
  return notDone('locking managers (autolock)');
}

function notDone(what: string): EngineError {
  return new EngineError('notImplemented', `${what} is not implemented`);
}
