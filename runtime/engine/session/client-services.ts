// What else a client serves over its session: credentials of registries, secrets, its ssh agent. Each answers undefined where the client has
// none, or serves no such thing.
// https://github.com/moby/buildkit/tree/master/session
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { RegistryAuth } from '../services.ts';
import { GrpcError, grpcStatus, type GrpcStream } from './grpc-connection.ts';
import type { Session } from './sessions.ts';

const methods = {
  credentials: '/moby.filesync.v1.Auth/Credentials',
  secret: '/moby.buildkit.secrets.v1.Secrets/GetSecret',
  checkAgent: '/moby.sshforward.v1.SSH/CheckAgent',
  forwardAgent: '/moby.sshforward.v1.SSH/ForwardAgent',
} as const;

/** The credential for a registry, by the host that is asked: Docker Hub's is `registry-1.docker.io`. */
export async function sessionCredentials(
  session: Session,
  host: string,
  signal: AbortSignal,
): Promise<RegistryAuth | undefined> {
  const answer = await ask(session, methods.credentials, text(1, host), signal);
  if (answer === undefined) return undefined;
  const [username = '', password = ''] = fieldsOf(answer, 2).map((bytes) => bytes.toString());
  if (username === '' && password === '') return undefined;
  // A token in place of a name is one that others are got with.
  return username === '' ? { identityToken: password } : { username, password };
}

/** The bytes of a secret. */
export async function sessionSecret(
  session: Session,
  id: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const answer = await ask(session, methods.secret, text(1, id), signal);
  return answer === undefined ? undefined : (fieldsOf(answer, 1)[0] ?? Buffer.alloc(0));
}

/** Whether the client has this agent. */
export async function hasAgent(session: Session, id: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(session, methods.checkAgent, text(1, id), signal)) !== undefined;
}

/** A connection to the client's agent: {@link agentBytes} go both ways. */
export function openAgent(session: Session, id: string, signal: AbortSignal): GrpcStream {
  return session.connection.open(methods.forwardAgent, { 'buildkit.ssh.id': [id] }, signal);
}

/** Bytes of an agent's connection, as a message and out of one. */
export const agentBytes = {
  pack: (bytes: Uint8Array): Uint8Array =>
    new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(bytes).finish(),
  unpack: (message: Uint8Array): Buffer => fieldsOf(message, 1)[0] ?? Buffer.alloc(0),
};

async function ask(
  session: Session,
  method: string,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    return await session.connection.call(method, message, signal);
  } catch (error) {
    const none: readonly number[] = [grpcStatus.notFound, grpcStatus.unimplemented];
    if (error instanceof GrpcError && none.includes(error.code)) return undefined;
    throw error;
  }
}

function text(field: number, value: string): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish();
}

/** The first `count` fields of a message whose fields are all bytes or text, by number from 1; one that is absent is empty. */
function fieldsOf(message: Uint8Array, count: number): Buffer[] {
  const fields = Array.from({ length: count }, () => Buffer.alloc(0));
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field <= count && wire === WireType.LengthDelimited) fields[field - 1] = Buffer.from(reader.bytes());
    else reader.skip(wire);
  }
  return fields;
}
