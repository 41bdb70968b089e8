// `/berth/stats` on real containers: who is asked for, what they use, and that nothing goes on when nobody listens.
import http from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

const line = z.strictObject({
  timeMs: z.number(),
  containers: z.array(
    z.strictObject({
      id: z.string(),
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().int().positive(),
      memoryLimitBytes: z.number().int().positive(),
      receivedBytes: z.number().int(),
      sentBytes: z.number().int(),
      readBytes: z.number().int(),
      writtenBytes: z.number().int(),
      pids: z.number().int().positive(),
    }),
  ),
  machine: z.strictObject({
    cpuPercent: z.number().min(0).max(100).nullable(),
    memoryBytes: z.number().int().positive(),
    memoryTotalBytes: z.number().int().positive(),
    diskUsedBytes: z.number().int().positive(),
    diskTotalBytes: z.number().int().positive(),
  }),
});

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(() => engine.stop());

/** The first lines of the stream; the connection is cut behind them. */
async function lines(count: number, target: string, body?: string): Promise<z.infer<typeof line>[]> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request({
      socketPath: engine.socket,
      path: target,
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      agent: false,
    });
    request.on('response', resolve).on('error', reject).end(body);
  });
  expect(response.statusCode).toBe(200);
  const found: z.infer<typeof line>[] = [];
  let rest = '';
  for await (const chunk of response) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) found.push(line.parse(JSON.parse(part)));
    if (found.length >= count) break;
  }
  response.destroy();
  return found;
}

it('tells what those that run use, by GET and by POST', async () => {
  const busy = await engine.docker.createContainer({
    Image: 'busybox',
    Cmd: ['sh', '-c', 'while :; do :; done'],
    HostConfig: { Memory: 64 << 20 },
  });
  await busy.start();
  const idle = await engine.docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'] });
  await idle.start();
  const stopped = await engine.docker.createContainer({ Image: 'busybox' });
  const ids = [busy.id, stopped.id, idle.id];
  const [first, second] = await lines(2, `/berth/stats?ids=${ids.join(',')}`);
  expect(first?.containers.map(({ id, cpuPercent }) => [id, cpuPercent])).toEqual([
    [busy.id, null],
    [idle.id, null],
  ]);
  expect(first?.containers[0]?.memoryLimitBytes).toBe(64 << 20);
  expect(first?.containers[1]?.memoryLimitBytes).toBe(first?.machine.memoryTotalBytes);
  expect(second?.containers[0]?.cpuPercent).toBeGreaterThan(5);
  expect(second?.containers[1]?.cpuPercent).toBeLessThan(5);
  const [posted] = await lines(1, '/v1.51/berth/stats', JSON.stringify({ ids }));
  expect(posted?.containers).toHaveLength(2);
  const [machine] = await lines(1, '/berth/stats');
  expect(machine?.containers).toEqual([]);
  await Promise.all([busy, idle, stopped].map((container) => container.remove({ force: true })));
});
