import { describe, expect, it } from 'vitest';
import { completeSpec } from '../../../runtime/engine/swarm/swarm-spec.ts';
import { swarmSpec } from '../../../runtime/engine/swarm/swarm-types.ts';

const hourNs = 3_600_000_000_000;
const spec = (fields: object = {}) => swarmSpec.parse({ Name: 'default', ...fields });
const usual = {
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
  CAConfig: { NodeCertExpiry: 7_776_000_000_000_000 },
  TaskDefaults: {},
  EncryptionConfig: { AutoLockManagers: false },
};

describe('the specification of a swarm', () => {
  it("has Docker's values where nothing is said", () => {
    expect(completeSpec(spec())).toEqual(usual);
    expect(completeSpec(spec({ Raft: null, Orchestration: {}, Dispatcher: null, CAConfig: {} }))).toEqual(
      usual,
    );
  });

  it.each([
    [{ Labels: { a: 'b' } }, { Labels: { a: 'b' } }],
    [
      { Orchestration: { TaskHistoryRetentionLimit: 7 } },
      { Orchestration: { TaskHistoryRetentionLimit: 7 } },
    ],
    [
      { Orchestration: { TaskHistoryRetentionLimit: 0 } },
      { Orchestration: { TaskHistoryRetentionLimit: 0 } },
    ],
    [{ Raft: { SnapshotInterval: 0 } }, { Raft: { ...usual.Raft, SnapshotInterval: 0 } }],
    [{ Raft: { KeepOldSnapshots: 2 } }, { Raft: { ...usual.Raft, KeepOldSnapshots: 2 } }],
    [{ Raft: { ElectionTick: 99, HeartbeatTick: 9 } }, { Raft: usual.Raft }],
    [{ Dispatcher: { HeartbeatPeriod: 0 } }, { Dispatcher: usual.Dispatcher }],
    [{ Dispatcher: { HeartbeatPeriod: 7 } }, { Dispatcher: { HeartbeatPeriod: 7 } }],
    [{ CAConfig: { NodeCertExpiry: 0 } }, { CAConfig: usual.CAConfig }],
    [{ CAConfig: { NodeCertExpiry: hourNs } }, { CAConfig: { NodeCertExpiry: hourNs } }],
    [{ TaskDefaults: { LogDriver: { Name: 'x' } } }, { TaskDefaults: { LogDriver: { Name: 'x' } } }],
  ])('is asked for as %j', (asked, expected) => {
    expect(completeSpec(spec(asked))).toEqual({ ...usual, ...expected });
  });

  it('keeps what was before, except for labels', () => {
    const before = completeSpec(
      spec({
        Labels: { a: 'b' },
        Orchestration: { TaskHistoryRetentionLimit: 7 },
        Raft: { SnapshotInterval: 1, KeepOldSnapshots: 2, LogEntriesForSlowFollowers: 3 },
        Dispatcher: { HeartbeatPeriod: 7 },
        CAConfig: { NodeCertExpiry: hourNs },
        TaskDefaults: { LogDriver: { Name: 'x' } },
      }),
    );
    expect(completeSpec(spec(), before)).toEqual({ ...before, Labels: {} });
    expect(completeSpec(spec({ CAConfig: { NodeCertExpiry: 2 * hourNs } }), before)).toEqual({
      ...before,
      Labels: {},
      CAConfig: { NodeCertExpiry: 2 * hourNs },
    });
  });

  it('keeps labels of any name', () => {
    const Labels = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    expect(Object.entries(completeSpec(spec({ Labels }))['Labels'] as object)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it.each([
    [{ Name: 'x' }, 'invalid', 'swarm spec must be named "default"'],
    [{ Name: 'x' }, 'invalid', 'swarm spec must be named "default"'],
    [{ CAConfig: { ExternalCAs: [{}] } }, 'notImplemented', 'an external CA is not implemented'],
    [{ CAConfig: { SigningCACert: 'x' } }, 'notImplemented', "rotating the swarm's CA is not implemented"],
    [{ CAConfig: { SigningCAKey: 'x' } }, 'notImplemented', "rotating the swarm's CA is not implemented"],
    [{ CAConfig: { ForceRotate: 1 } }, 'notImplemented', "rotating the swarm's CA is not implemented"],
    [
      { CAConfig: { NodeCertExpiry: hourNs - 1 } },
      'invalid',
      'in words: rpc error: code = InvalidArgument desc = minimum certificate expiry time is: 1h0m0s',
    ],
  ])('is not %j', (fields, kind, message) => {
    expect(() => completeSpec(spec(fields), undefined, 'in words: ')).toThrow(
      expect.objectContaining({ kind, message }),
    );
  });
});
