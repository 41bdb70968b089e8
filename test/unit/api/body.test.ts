// JSON bodies as Go would read them.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseJson } from '../../../runtime/engine/api/body.ts';
import { containerCreateBody } from '../../../runtime/engine/types.ts';

const create = (body: unknown) => parseJson(JSON.stringify(body), containerCreateBody);

it('reads the names of fields in any case, at every level', () => {
  const body = create({
    image: 'busybox',
    HOSTCONFIG: {
      CPURealtimePeriod: 1000,
      cpurealtimeruntime: 500,
      mounts: [{ type: 'tmpfs', TARGET: '/t' }],
    },
  });
  expect(body.Image).toBe('busybox');
  expect(body.HostConfig).toMatchObject({
    CpuRealtimePeriod: 1000,
    CpuRealtimeRuntime: 500,
    Mounts: [{ Type: 'tmpfs', Target: '/t' }],
  });
});

it('finds them behind a schema that looks at the whole first', () => {
  const looked = z
    .unknown()
    .refine(() => true)
    .transform((value) => value)
    .pipe(z.object({ Name: z.string() }));
  expect(parseJson('{"NAME":"x"}', looked)).toEqual({ Name: 'x' });
});

it('prefers the very name to another case of it', () => {
  expect(create({ HostConfig: { memory: 1, Memory: 2 } }).HostConfig.Memory).toBe(2);
});

it('leaves the keys of maps as they are', () => {
  expect(create({ Labels: { IMAGE: 'a', image: 'b' } }).Labels).toEqual({ IMAGE: 'a', image: 'b' });
});
