// The durable record of a volume, and what it may be called.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { textMapOrNull } from '../types.ts';

/** The label of a volume that nobody gave a name: Docker's. */
export const anonymousLabel = 'com.docker.volume.anonymous';

export const volumeRecordSchema = z.object({
  schema: z.literal(1),
  name: z.string(),
  created: z.string(),
  labels: textMapOrNull,
  /** The local driver's options, as they were given. */
  options: textMapOrNull,
});
export type VolumeRecord = Readonly<z.infer<typeof volumeRecordSchema>>;

/** File names are at most this long, in bytes. */
const nameMax = 255;

/** Throws invalid, in Docker's words, for what no volume may be called: it is the name of its folder, too. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw new EngineError(
      'invalid',
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new EngineError(
      'invalid',
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  if (name.length > nameMax) {
    throw new EngineError(
      'invalid',
      `create ${name}: volume name is too long, names should be at most ${String(nameMax)} characters`,
    );
  }
}
