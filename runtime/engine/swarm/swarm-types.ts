// Swarm mode in Docker's API: what comes in, complete after parsing, and what goes out.
import { z } from 'zod';
import { flag, integer, mapOf, text, texts, type UntrustedMap } from '../types.ts';

/** A swarm's specification. What it does not name is kept as it was, or is Docker's default. */
export const swarmSpec = z.object({
  Name: text,
  Labels: mapOf(z.string()),
  Orchestration: z.object({ TaskHistoryRetentionLimit: z.int().min(0).nullish() }).nullish(),
  Raft: z
    .object({
      SnapshotInterval: z.int().min(0).nullish(),
      KeepOldSnapshots: z.int().min(0).nullish(),
      LogEntriesForSlowFollowers: z.int().min(0).nullish(),
      ElectionTick: integer,
      HeartbeatTick: integer,
    })
    .nullish(),
  Dispatcher: z.object({ HeartbeatPeriod: z.int().min(0).nullish() }).nullish(),
  CAConfig: z
    .object({
      NodeCertExpiry: z.int().min(0).nullish(),
      ExternalCAs: z.array(z.unknown()).nullish(),
      SigningCACert: text,
      SigningCAKey: text,
      ForceRotate: z.int().min(0).nullish(),
    })
    .nullish(),
  EncryptionConfig: z.object({ AutoLockManagers: flag }).nullish(),
  TaskDefaults: z.object({ LogDriver: z.unknown().optional() }).nullish(),
});
export type SwarmSpec = z.infer<typeof swarmSpec>;

/** `POST /swarm/init`. */
export const swarmInitBody = z.object({
  ListenAddr: text,
  AdvertiseAddr: text,
  DataPathAddr: text,
  DataPathPort: integer,
  DefaultAddrPool: texts,
  SubnetSize: integer,
  ForceNewCluster: flag,
  Availability: text,
  AutoLockManagers: flag,
  Spec: swarmSpec.nullish().transform((value) => value ?? swarmSpec.parse({})),
});
export type SwarmInitBody = z.infer<typeof swarmInitBody>;

/** `POST /swarm/join`. */
export const swarmJoinBody = z.object({
  ListenAddr: text,
  AdvertiseAddr: text,
  DataPathAddr: text,
  RemoteAddrs: texts,
  JoinToken: text,
  Availability: text,
});
export type SwarmJoinBody = z.infer<typeof swarmJoinBody>;

/** `POST /nodes/{id}/update`. */
export const nodeUpdateBody = z.object({
  Name: text,
  Labels: mapOf(z.string()),
  Role: text,
  Availability: text,
});
export type NodeUpdateBody = z.infer<typeof nodeUpdateBody>;

/** Whom certificates of a swarm are trusted from. */
export interface TlsInfo {
  /** PEM. */
  readonly TrustRoot: string;
  /** Base64 of DER, as the next. */
  readonly CertIssuerSubject: string;
  readonly CertIssuerPublicKey: string;
}

/** `GET /swarm`, without its tokens as `/info` shows it. */
export interface ClusterInfo {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly Spec: Readonly<Record<string, unknown>>;
  readonly TLSInfo: TlsInfo;
  readonly RootRotationInProgress: boolean;
  readonly DefaultAddrPool: readonly string[];
  readonly SubnetSize: number;
  readonly DataPathPort: number;
}

/** `GET /swarm`. */
export interface Swarm extends ClusterInfo {
  readonly JoinTokens: { readonly Worker: string; readonly Manager: string };
}

/** `GET /nodes/{id}`. */
export interface Node {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly Spec: {
    readonly Name?: string;
    readonly Labels: Readonly<UntrustedMap<string>>;
    readonly Role: 'manager' | 'worker';
    readonly Availability: 'active' | 'pause' | 'drain';
  };
  readonly Description: {
    readonly Hostname: string;
    readonly Platform: { readonly Architecture: string; readonly OS: string };
    readonly Resources: { readonly NanoCPUs: number; readonly MemoryBytes: number };
    readonly Engine: {
      readonly EngineVersion: string;
      readonly Plugins: readonly { readonly Type: string; readonly Name: string }[];
    };
    readonly TLSInfo: TlsInfo;
  };
  readonly Status: {
    readonly State: 'unknown' | 'down' | 'ready' | 'disconnected';
    readonly Message?: string;
    readonly Addr: string;
  };
  readonly ManagerStatus?: {
    readonly Leader: boolean;
    readonly Reachability: 'reachable';
    readonly Addr: string;
  };
}

/** What `/info` says of swarm mode. */
export interface SwarmInfo {
  readonly NodeID: string;
  readonly NodeAddr: string;
  readonly LocalNodeState: 'inactive' | 'active' | 'error';
  readonly ControlAvailable: boolean;
  readonly Error: string;
  readonly RemoteManagers: readonly { readonly NodeID: string; readonly Addr: string }[] | null;
  readonly Nodes?: number;
  readonly Managers?: number;
  readonly Cluster?: ClusterInfo;
}

/** {@link SwarmInfo} of an engine that is in no swarm. */
export const noSwarmInfo: SwarmInfo = {
  NodeID: '',
  NodeAddr: '',
  LocalNodeState: 'inactive',
  ControlAvailable: false,
  Error: '',
  RemoteManagers: null,
};
