// The requests of helper protocol section 1, as types: a subset of the OCI runtime-spec's config.json, and what
// berth-spawn needs beside it.

export interface OciCapabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids: readonly number[];
  };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: OciCapabilities;
  readonly rlimits: readonly { readonly type: string; readonly hard: number; readonly soft: number }[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
}

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  /** Ours: what is mounted lies there below the source, reached by no link that leads out of it. */
  readonly subpath?: string;
  /** Ours, for type `image`: layers, top first and relative to the source, and an empty folder. */
  readonly lower?: readonly string[];
  readonly empty?: string;
  /** Ours: a bind mount's source is looked up in this mount namespace; absent: on the host. */
  readonly namespace?: string;
}

export interface OciDevice {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface OciNamespace {
  readonly type: 'mount' | 'pid' | 'ipc' | 'uts' | 'network' | 'cgroup';
  readonly path?: string;
}

/** The subset of the OCI runtime-spec's config.json that berth-spawn understands. */
export interface OciConfig {
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly domainname: string;
  readonly mounts: readonly OciMount[];
  readonly linux: {
    readonly namespaces: readonly OciNamespace[];
    readonly devices: readonly OciDevice[];
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly sysctl: Readonly<Record<string, string>>;
    readonly rootfsPropagation: string;
  };
}

/** A cgroup a process is put into. `files` are written in order, before it joins. */
export interface CgroupPlace {
  readonly path: string;
  readonly version: 1 | 2;
  readonly files: readonly (readonly [file: string, value: string])[];
  /** v2: the program that decides on devices, in hexadecimal digits; absent allows all. */
  readonly deviceProgram?: string;
}

/** A published port; `hostPort` 0 asks for one that is free. */
export interface PublishedPort {
  readonly proto: 'tcp' | 'udp' | 'sctp';
  readonly hostIp: string;
  readonly hostPort: number;
  /** Any from `hostPort` to this one will do. */
  readonly lastHostPort: number;
  /** Gets the host port of the one before it. */
  readonly sameHostPort: boolean;
  readonly address: string;
  readonly port: number;
}

/** The device by which a bridge of an overlay network reaches other machines. */
export interface VxlanRequest {
  readonly name: string;
  readonly bridge: string;
  /** The network's number on the wire, 24 bits. */
  readonly vni: number;
  /** UDP. */
  readonly port: number;
  /** This machine's address, and those of all others that frames go to; of one family. */
  readonly local: string;
  readonly peers: readonly string[];
  readonly mtu: number;
}

/** A place in a network: a veth pair with one end on a bridge, or a macvlan or an ipvlan on a device of the host. */
export type NetworkPlace = {
  /** Its name inside. */
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  /** Of the default routes; at most one of each family. */
  readonly gateways: readonly string[];
  readonly mtu: number;
  readonly ipv6: boolean;
} & (
  | { readonly bridge: string; readonly hostName: string; readonly isolated: boolean }
  | { readonly parent: string; readonly mode: string }
  | { readonly parent: string; readonly ipvlanFlag: string }
);

/** What a process needs beside its OCI description, for `start` and `exec` alike. */
interface ProcessPlace {
  readonly id: string;
  /** The monitor's room. */
  readonly dir: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** A compiled filter; absent is unconfined. */
  readonly seccomp?: string;
  readonly stdin: 'none' | 'open' | 'once';
  readonly hold: boolean;
}

export interface StartRequest {
  readonly config: OciConfig;
  readonly berth: ProcessPlace & {
    readonly overlay: {
      readonly layers: string;
      readonly lower: readonly string[];
      readonly init: string;
      readonly upper: string;
      readonly work: string;
      readonly volatile: boolean;
    };
    readonly cgroups: readonly CgroupPlace[];
    readonly networks: readonly NetworkPlace[];
    /** The monitor answers at 127.0.0.11:53 as this file says. */
    readonly resolver?: string;
    readonly ports: readonly PublishedPort[];
    readonly log?: {
      readonly driver: 'json-file' | 'local';
      readonly path: string;
      /** A file with what every record says beside its text: `"attrs":{...},`. */
      readonly attrs?: string;
      readonly maxSize: number;
      readonly maxFile: number;
      /** Bytes that may wait before lines are dropped; 0: none are. */
      readonly maxBuffer: number;
    };
    readonly init: boolean;
  };
}

export interface ExecRequest {
  /** The container's init. */
  readonly pid: number;
  readonly process: OciProcess;
  readonly berth: ProcessPlace & {
    readonly cgroups: readonly Pick<CgroupPlace, 'path' | 'version'>[];
  };
}

/** `[hostIp?, proto, hostPort, address, port]`: with the host address only in a map that is keyed by it. */
export type PortMapElement =
  | readonly [proto: string, hostPort: number, address: string, port: number]
  | readonly [hostIp: string, proto: string, hostPort: number, address: string, port: number];
