// What answers of the worker's jobs are made of (PROTOCOL.md, section 3).
import { z } from 'zod';

export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
/** Any count, of bytes or of files. */
export const byteCount = z.int().nonnegative();

/** A layer that was read through: digest and size as read, diffID and size of the plain tar, bytes in its files. */
export const layerFound = z.object({
  ok: z.literal(true),
  digest,
  size: byteCount,
  diffId: digest,
  diffSize: byteCount,
  fileBytes: byteCount,
  entries: byteCount,
});

/** What an archive had in it. */
export const unpackedFiles = z.object({ ok: z.literal(true), files: byteCount, bytes: byteCount });
