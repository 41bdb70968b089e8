// The record of the networks every engine has: bridge, host and none. Their ids are kept, so that a restart does not
// change them.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readRecord, writeRecord } from '../store/records.ts';

export const builtInRecordSchema = z.object({
  schema: z.literal(1),
  created: z.string(),
  /** Ids by name. */
  ids: z.object({ bridge: z.string(), host: z.string(), none: z.string() }),
  bridgeAddress: z.string().optional(),
});
export type BuiltInRecord = z.infer<typeof builtInRecordSchema>;
export type BuiltInName = keyof BuiltInRecord['ids'];

export const builtInNames: readonly BuiltInName[] = ['bridge', 'host', 'none'];

/** Whether a name is that of a network every engine has. */
export function isBuiltIn(name: string): name is BuiltInName {
  return name === 'bridge' || name === 'host' || name === 'none';
}

/** Reads the record of the networks, or makes it. */
export async function openBuiltInRecord(dataRoot: string): Promise<BuiltInRecord> {
  const file = recordFile(dataRoot);
  const known = await readRecord(file, builtInRecordSchema);
  if (known !== undefined) return known;
  const id = (): string => randomBytes(32).toString('hex');
  const record: BuiltInRecord = {
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
  record: BuiltInRecord,
  bridgeAddress: string,
): Promise<void> {
  if (record.bridgeAddress === bridgeAddress) return;
  await writeRecord(recordFile(dataRoot), { ...record, bridgeAddress });
}

function recordFile(dataRoot: string): string {
  return path.join(dataRoot, 'networks', 'built-in.json');
}
