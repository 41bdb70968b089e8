// How method calls, streams and model diffs travel between a window and the backend. A transport is anything that
// carries whole messages in order: text is JSON, binary is stream data. Electron adapts MessagePorts to it, the browser
// mode WebSockets.
import { z } from 'zod';
import type { ModelDiff } from './model.ts';

/** A sentence for a person, a stable code for code, and what to do about it. */
export interface ContractError {
  /** `notFound`, `conflict`, `invalid`, `unauthorized`, `unavailable`, `cancelled`, `internal`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** A message port: whole messages, in order, both ways. */
export interface Port {
  send(message: string | Uint8Array): void;
  /** Called once; messages that came before wait. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

const streamId = z.number().int().min(1).max(0xffff_ffff);

/** What a window may send as text. `ack` counts data bytes taken (without the 4 bytes of the id). */
export const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.number().int(), method: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('open'), id: streamId, stream: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('ack'), id: streamId, bytes: z.number().int().min(0) }),
  z.object({ type: z.literal('control'), id: streamId, message: z.unknown() }),
  /** No more input for this stream. */
  z.object({ type: z.literal('end'), id: streamId }),
  /** The window wants no more of it. */
  z.object({ type: z.literal('close'), id: streamId }),
  /** The window is hidden (no model diffs until it is shown) or shown (a reset diff follows). */
  z.object({ type: z.literal('visible'), visible: z.boolean() }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

/** What the backend sends as text. */
export type ServerMessage =
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ContractError }
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'closed'; readonly id: number; readonly error?: ContractError }
  | { readonly type: 'model'; readonly diff: ModelDiff };

/** Data bytes a sender may have unacknowledged on one stream before it must wait. */
export const streamWindowBytes = 512 * 1024;

/** A data frame: the stream's id (u32 BE), then the bytes. */
export function encodeData(id: number, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + data.length);
  new DataView(frame.buffer).setUint32(0, id);
  frame.set(data, 4);
  return frame;
}

/** The reverse of {@link encodeData}; undefined when the frame is shorter than an id. `data` is a view, not a copy. */
export function decodeData(frame: Uint8Array): { id: number; data: Uint8Array } | undefined {
  if (frame.length < 4) return undefined;
  const id = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0);
  return { id, data: frame.subarray(4) };
}
