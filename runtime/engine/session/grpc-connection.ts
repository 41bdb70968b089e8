// gRPC over a connection that a client gave away: here the engine asks and the client serves, so the roles of HTTP/2 are swapped. No
// library takes a connection that is open already; what remains of the protocol is five bytes before each message and two trailers.
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { whenDrained } from '../when-drained.ts';

/** The largest message that is taken, as gRPC's own clients have it. */
const maxMessageBytes = 4 * 1024 * 1024;
const prefixBytes = 5;
/** What may be on its way in one call; a file goes no faster than one of these for each round trip. */
const windowBytes = 1024 * 1024;
const sessionOver = 'the session of the client is over';

/** Status codes that somebody asks for. */
export const grpcStatus = { ok: 0, unknown: 2, notFound: 5, unimplemented: 12, unavailable: 14 } as const;

/** A call that the client did not carry out. */
export class GrpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GrpcError';
    this.code = code;
  }
}

/** Names in small letters, values in ASCII; several values are sent as several headers. */
export type GrpcMetadata = Readonly<Record<string, string[]>>;

/** A call with messages both ways. */
export interface GrpcStream {
  /** What the other side sends, to its end; throws {@link GrpcError} when it ends otherwise. To be read once. */
  readonly messages: AsyncIterable<Buffer>;
  /** Resolves as more may be sent. */
  send(message: Uint8Array): Promise<void>;
  /** No more is sent. */
  end(): void;
  /** Ends the call at once, both ways. */
  cancel(): void;
}

/** One connection, until either side closes it. */
export class GrpcConnection {
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  readonly #session: ClientHttp2Session;

  constructor(socket: Duplex) {
    this.#session = connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    this.#session.once('connect', () => this.#session.setLocalWindowSize(4 * windowBytes));
    // What happens to a call, the call says.
    this.#session.on('error', () => undefined);
    // The sockets of a server stay open when the other side has ended; this one has nothing to say then.
    socket.once('end', () => this.close());
    this.closed = new Promise((resolve) => {
      this.#session.once('close', resolve);
      socket.once('close', resolve);
    });
  }

  /** Asks and waits for the one answer. Throws {@link GrpcError}. */
  async call(method: string, message: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    const stream = this.open(method, {}, signal);
    await stream.send(message);
    stream.end();
    let answer: Buffer | undefined;
    for await (const received of stream.messages) answer ??= received;
    if (answer === undefined) throw new GrpcError(grpcStatus.unknown, `${method} was not answered`);
    return answer;
  }

  /** Begins a call with messages both ways. `method` with its service: `/moby.filesync.v1.Auth/Credentials`. */
  open(method: string, metadata: GrpcMetadata, signal: AbortSignal): GrpcStream {
    if (this.#session.destroyed || this.#session.closed) {
      throw new GrpcError(grpcStatus.unavailable, sessionOver);
    }
    const stream = this.#session.request(
      {
        ...metadata,
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: method,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        [constants.HTTP2_HEADER_TE]: 'trailers',
      },
      { endStream: false, signal },
    );
    stream.on('error', () => undefined); // Whoever reads is told.
    return {
      messages: messagesOf(stream, method, statusOf(stream)),
      async send(message) {
        if (!stream.writable) return; // Why, the reader is told.
        const prefix = Buffer.alloc(prefixBytes);
        prefix.writeUInt32BE(message.length, 1);
        stream.cork();
        stream.write(prefix);
        const more = stream.write(message);
        stream.uncork();
        if (!more) await whenDrained(stream);
      },
      end: () => stream.end(),
      cancel: () => stream.close(constants.NGHTTP2_CANCEL),
    };
  }

  close(): void {
    this.#session.destroy();
  }
}

interface Status {
  readonly code: number;
  readonly message: string;
}

/** How a call ends is told in headers; from now on it is listened for. */
function statusOf(stream: ClientHttp2Stream): () => Status | undefined {
  let status: Status | undefined;
  const heed = (headers: Record<string, unknown>): void => {
    const { 'grpc-status': code, 'grpc-message': message } = headers;
    if (typeof code !== 'string') return;
    status = { code: Number(code), message: typeof message === 'string' ? percentDecoded(message) : '' };
  };
  // A call that fails at once has its trailers in place of the headers.
  stream.on('response', heed).on('trailers', heed);
  return () => status;
}

/** Takes the prefixes off. */
async function* messagesOf(
  stream: ClientHttp2Stream,
  method: string,
  ended: () => Status | undefined,
): AsyncGenerator<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      while (received.length >= prefixBytes) {
        const end = prefixBytes + received.readUInt32BE(1);
        if (received[0] !== 0 || end > prefixBytes + maxMessageBytes) {
          stream.close(constants.NGHTTP2_CANCEL);
          throw new GrpcError(grpcStatus.unknown, `${method}: a message that is too long, or compressed`);
        }
        if (received.length < end) break;
        yield received.subarray(prefixBytes, end);
        received = received.subarray(end);
      }
    }
  } catch (error) {
    if (error instanceof GrpcError) throw error;
    if (ended() === undefined) throw new GrpcError(grpcStatus.unavailable, sessionOver, { cause: error });
  }
  // The trailers may be told after the end of the data.
  stream.end();
  if (ended() === undefined && !stream.destroyed) await once(stream, 'close').catch(() => undefined);
  const status = ended();
  if (status === undefined) throw new GrpcError(grpcStatus.unavailable, sessionOver);
  if (status.code !== grpcStatus.ok) throw new GrpcError(status.code, status.message);
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
