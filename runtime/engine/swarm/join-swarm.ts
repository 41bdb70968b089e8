// `docker swarm join`: from a join token to the record of a worker. The manager is believed when its authority is the one that the
// token has the digest of; then it is told the token's secret, and not before.
import os from 'node:os';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { createSigningRequest } from './certificates.ts';
import { matchesDigest, parseToken } from './join-token.ts';
import { ManagerClient } from './manager-client.ts';
import {
  advertiseAddress,
  dataAddress,
  defaultSwarmPort,
  formatHostPort,
  parseHostPort,
} from './node-address.ts';
import { describeNode } from './node-description.ts';
import { joinAnswerSchema, paths, protocolVersion, type JoinRequest } from './protocol.ts';
import { parseAvailability, type SwarmRecord } from './swarm-record.ts';
import type { SwarmJoinBody } from './swarm-types.ts';

const authoritySchema = z.object({ certificate: z.string().max(16_384) });

const invalid = (message: string): EngineError => new EngineError('invalid', message);

/** The record of a node that a manager has taken in. Throws what the manager says, or unavailable when none is reached. */
export async function joinSwarm(body: SwarmJoinBody): Promise<SwarmRecord> {
  // A worker listens to nobody; as with Docker, it says where it would.
  if (body.ListenAddr === '') throw invalid('invalid ListenAddr "": invalid empty address');
  if (body.RemoteAddrs.length === 0) throw invalid('at least 1 RemoteAddr is required to join');
  const token = parseToken(body.JoinToken);
  if (token === undefined) throw invalid('invalid join token');
  let failure: unknown;
  for (const address of body.RemoteAddrs) {
    try {
      return await joinAt(address, token, body);
    } catch (error) {
      failure = error;
      // Another may answer where this one cannot be reached.
      if (!(error instanceof EngineError) || error.kind !== 'unavailable') throw error;
    }
  }
  throw failure;
}

async function joinAt(
  address: string,
  { digest, secret }: { readonly digest: string; readonly secret: string },
  body: SwarmJoinBody,
): Promise<SwarmRecord> {
  const authority = await askAuthority(address);
  if (!matchesDigest(authority, digest)) {
    throw invalid(`remote CA does not match fingerprint. Expected: ${digest}`);
  }
  const { key, request } = await createSigningRequest();
  const manager = new ManagerClient(address, { authority });
  try {
    // By which address it is reached is known when it has answered.
    await manager.ask('GET', paths.authority, undefined, authoritySchema);
    const where = ownAddresses(manager.localAddress, body);
    const joining: JoinRequest = {
      protocol: protocolVersion,
      secret,
      request,
      availability: parseAvailability(body.Availability),
      description: describeNode(),
      ...where,
    };
    const answer = await manager.ask('POST', paths.join, joining, joinAnswerSchema);
    return {
      schema: 1,
      ...where,
      ...answer,
      key,
      authority,
      managers: [formatHostPort(parseHostPort(address, defaultSwarmPort))],
    };
  } finally {
    manager.close();
  }
}

/** The certificate that somebody there shows as the swarm's. */
async function askAuthority(address: string): Promise<string> {
  const stranger = new ManagerClient(address, { authority: undefined });
  try {
    return (await stranger.ask('GET', paths.authority, undefined, authoritySchema)).certificate;
  } finally {
    stranger.close();
  }
}

/** Where this node is reached: as it is asked for, or by the address that leads to the manager. */
function ownAddresses(
  localAddress: string,
  { AdvertiseAddr, DataPathAddr }: SwarmJoinBody,
): { readonly address: string; readonly dataAddress: string } {
  const interfaces = os.networkInterfaces();
  const local = { host: localAddress.replace(/^::ffff:/, ''), port: defaultSwarmPort };
  const { host } =
    AdvertiseAddr === '' ? local : advertiseAddress(AdvertiseAddr, local, interfaces, () => false);
  return { address: host, dataAddress: dataAddress(DataPathAddr, host, interfaces) };
}
