// The networks every engine has: bridge, host and none. Their ids are kept, so that a restart does not change them.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { Filters, NetworkService } from '../services.ts';
import { readRecord, writeRecord } from '../store/records.ts';
import { untrustedMap, type NetworkInspect } from '../types.ts';

export const networkRecordSchema = z.object({
  schema: z.literal(1),
  created: z.string(),
  /** Ids by name. */
  ids: z.object({ bridge: z.string(), host: z.string(), none: z.string() }),
  bridgeAddress: z.string().optional(),
});
export type NetworkRecord = z.infer<typeof networkRecordSchema>;
export type NetworkName = keyof NetworkRecord['ids'];

const networkNames: readonly NetworkName[] = ['bridge', 'host', 'none'];

/** A container's place in a network, for inspect. */
export interface AttachedContainer {
  readonly id: string;
  readonly name: string;
  readonly endpointId: string;
  readonly mac: string;
  /** With its prefix length; empty where there is none. */
  readonly address: string;
}

/** What the service shows. */
export interface NetworkFacts {
  readonly record: NetworkRecord;
  readonly bridge: {
    readonly name: string;
    readonly subnet: string;
    readonly gateway: string;
    readonly mtu: number;
  };
  attached(network: NetworkName): readonly AttachedContainer[];
}

/** Reads the record of the networks, or makes it. */
export async function openNetworkRecord(dataRoot: string): Promise<NetworkRecord> {
  const file = recordFile(dataRoot);
  const known = await readRecord(file, networkRecordSchema);
  if (known !== undefined) return known;
  const id = (): string => randomBytes(32).toString('hex');
  const record: NetworkRecord = {
    schema: 1,
    created: new Date().toISOString(),
    ids: { bridge: id(), host: id(), none: id() },
  };
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeRecord(file, record);
  return record;
}

/** Remembers the bridge's address. */
export async function saveBridgeAddress(
  dataRoot: string,
  record: NetworkRecord,
  bridgeAddress: string,
): Promise<void> {
  if (record.bridgeAddress === bridgeAddress) return;
  await writeRecord(recordFile(dataRoot), { ...record, bridgeAddress });
}

/** The service over these facts. */
export function createNetworkService(facts: NetworkFacts): NetworkService {
  return {
    async list(filters) {
      return networkNames
        .map((name) => describe(name, facts))
        .filter((network) => matches(network, filters))
        .map((network) => ({ ...network, Containers: untrustedMap() }));
    },
    async inspect(nameOrId) {
      const networks = networkNames.map((name) => describe(name, facts));
      const exact = networks.find((network) => network.Name === nameOrId || network.Id === nameOrId);
      if (exact !== undefined) return exact;
      const similar = networks.filter((network) => nameOrId !== '' && network.Id.startsWith(nameOrId));
      if (similar.length > 1) {
        throw new EngineError(
          'invalid',
          `network ${nameOrId} is ambiguous (${String(similar.length)} matches found based on ID prefix)`,
        );
      }
      const [found] = similar;
      if (found === undefined) throw new EngineError('notFound', `network ${nameOrId} not found`);
      return found;
    },
  };
}

function describe(name: NetworkName, facts: NetworkFacts): NetworkInspect {
  const isBridge = name === 'bridge';
  return {
    Name: name,
    Id: facts.record.ids[name],
    Created: facts.record.created,
    Scope: 'local',
    Driver: name === 'none' ? 'null' : name,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: isBridge ? [{ Subnet: facts.bridge.subnet, Gateway: facts.bridge.gateway }] : [],
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: untrustedMap(
      facts.attached(name).map((container) => [
        container.id,
        {
          Name: container.name,
          EndpointID: container.endpointId,
          MacAddress: container.mac,
          IPv4Address: container.address,
          IPv6Address: '',
        },
      ]),
    ),
    Options: isBridge
      ? untrustedMap([
          ['com.docker.network.bridge.default_bridge', 'true'],
          ['com.docker.network.bridge.enable_icc', 'true'],
          ['com.docker.network.bridge.enable_ip_masquerade', 'true'],
          ['com.docker.network.bridge.host_binding_ipv4', '0.0.0.0'],
          ['com.docker.network.bridge.name', facts.bridge.name],
          ['com.docker.network.driver.mtu', String(facts.bridge.mtu)],
        ])
      : untrustedMap(),
    Labels: untrustedMap(),
  };
}

/** Docker's network filters; an unknown one is the API's business. Dangling networks are those without containers. */
function matches(network: NetworkInspect, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean): boolean => {
    const values = filters.get(name);
    return values === undefined || values.length === 0 || values.some(test);
  };
  return (
    any('name', (value) => network.Name.includes(value)) &&
    any('id', (value) => network.Id.startsWith(value)) &&
    any('driver', (value) => network.Driver === value) &&
    any('scope', (value) => value === 'local') &&
    any('type', (value) => value === 'builtin') &&
    any('label', () => false) &&
    // The networks every engine has are never dangling.
    any('dangling', (value) => value === 'false' || value === '0')
  );
}

function recordFile(dataRoot: string): string {
  return path.join(dataRoot, 'networks', 'built-in.json');
}
