// `docker swarm init`: from a request to the record of a swarm of one, which this engine leads. Nothing is written or opened here.
import os from 'node:os';
import { EngineError } from '../errors.ts';
import { parseCidr } from '../../syntax/ip.ts';
import type { SubnetPools } from '../networks/overlay-options.ts';
import { createAuthority, createSigningRequest, signNode } from './certificates.ts';
import { createId, createSecret } from './join-token.ts';
import { advertiseAddress, dataAddress, formatHostPort, listenAddress } from './node-address.ts';
import { describeNode } from './node-description.ts';
import { newNode, parseAvailability, type ClusterRecord, type SwarmRecord } from './swarm-record.ts';
import { certificateLifeMs, completeSpec, noLock } from './swarm-spec.ts';
import type { SwarmInitBody } from './swarm-types.ts';

/** Docker's port of VXLAN. */
const defaultDataPort = 4789;
/** What a refusal of the specification begins with here. */
const specPrefix = 'error updating cluster settings: ';

const invalid = (message: string): EngineError => new EngineError('invalid', message);

/** The record of a new swarm. `isOwnDevice`: whether containers hang on a device. Throws invalid in Docker's words. */
export async function newSwarm(
  body: SwarmInitBody,
  isOwnDevice: (device: string) => boolean,
): Promise<SwarmRecord> {
  if (body.AutoLockManagers || body.Spec.EncryptionConfig?.AutoLockManagers === true) throw noLock();
  const interfaces = os.networkInterfaces();
  const listen = listenAddress(body.ListenAddr, interfaces);
  const advertise = advertiseAddress(body.AdvertiseAddr, listen, interfaces, isOwnDevice);
  const data = dataAddress(body.DataPathAddr, advertise.host, interfaces);
  const pools = poolsOf(body);
  const availability = parseAvailability(body.Availability);
  const dataPort = dataPortOf(body.DataPathPort);
  const spec = completeSpec({ ...body.Spec, Name: 'default' }, undefined, specPrefix);
  const authority = await createAuthority();
  const { key, request } = await createSigningRequest();
  const [nodeId, clusterId] = [createId(), createId()];
  const now = new Date().toISOString();
  const own = newNode({
    ...{ id: nodeId, version: 1, role: 'manager', availability },
    ...{ description: describeNode(), address: advertise.host, dataAddress: data },
  });
  const cluster: ClusterRecord = {
    created: now,
    updated: now,
    version: 1,
    counter: 1,
    spec,
    listen: formatHostPort(listen),
    pools: [...pools.pools],
    subnetSize: pools.subnetSize,
    secrets: { worker: createSecret(), manager: createSecret() },
    nodes: [own],
  };
  return {
    schema: 1,
    nodeId,
    clusterId,
    address: formatHostPort(advertise),
    dataAddress: data,
    dataPort,
    certificate: await signNode(
      authority,
      request,
      { nodeId, role: 'manager', clusterId },
      certificateLifeMs(spec),
    ),
    key,
    authority: authority.certificate,
    managers: [],
    lead: { authorityKey: authority.key, cluster },
  };
}

function dataPortOf(port: number): number {
  if (port === 0) return defaultDataPort;
  if (port >= 1024 && port <= 49_151) return port;
  throw invalid(`Datapath port number is not in valid range (1024-49151) : ${String(port)}`);
}

function poolsOf({ DefaultAddrPool, SubnetSize }: SwarmInitBody): SubnetPools {
  const subnetSize = SubnetSize === 0 ? 24 : SubnetSize;
  const pools = DefaultAddrPool.length === 0 ? ['10.0.0.0/8'] : DefaultAddrPool;
  for (const text of pools) {
    const pool = parseCidr(text);
    if (pool?.family !== 4) throw invalid(`invalid base pool ${text}: invalid CIDR address: ${text}`);
    if (subnetSize < pool.prefixLength) {
      throw invalid(
        `invalid CIDR: ${JSON.stringify(text)}. Subnet size is too small for pool: ${String(subnetSize)}`,
      );
    }
    if (subnetSize > 29) {
      throw invalid(`invalid Subnet size: ${String(subnetSize)}. Must be at most 29, or no address is left`);
    }
  }
  return { pools, subnetSize };
}
