import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputQueue } from '../../../runtime/backend/output-queue.ts';

const windowBytes = 100;

function setUp() {
  const sent: string[] = [];
  let sentBytes = 0;
  const queue = new OutputQueue<string>(
    {
      data: (bytes) => {
        sent.push(`data ${String(bytes.length)}`);
        sentBytes += bytes.length;
      },
      event: (event) => sent.push(`event ${event}`),
      closed: (error) => sent.push(`closed ${error?.code ?? 'well'}`),
    },
    windowBytes,
  );
  return { queue, sent, sentBytes: () => sentBytes };
}

describe('an output queue', () => {
  it('holds data back when the window is full, and the end behind it', () => {
    const { queue, sent } = setUp();
    queue.data(new Uint8Array(60));
    queue.data(new Uint8Array(60));
    queue.event('exit');
    queue.close();
    expect(sent).toEqual(['data 60']);
    expect(queue.blocked).toBe(true);
    queue.acknowledge(60);
    expect(sent).toEqual(['data 60', 'data 60', 'event exit', 'closed well']);
  });

  it('sends a frame larger than the window alone', () => {
    const { queue, sent } = setUp();
    queue.data(new Uint8Array(1));
    queue.data(new Uint8Array(500));
    expect(sent).toEqual(['data 1']);
    queue.acknowledge(1);
    expect(sent).toEqual(['data 1', 'data 500']);
  });

  it('wakes its source once the waiting data has gone', () => {
    const { queue } = setUp();
    let woken = 0;
    queue.onOpen(() => (woken += 1));
    queue.data(new Uint8Array(100));
    queue.acknowledge(10);
    expect(woken).toBe(0);
    queue.data(new Uint8Array(50));
    queue.data(new Uint8Array(50));
    queue.acknowledge(50);
    expect(woken).toBe(0);
    queue.acknowledge(40);
    expect(woken).toBe(1);
    expect(queue.blocked).toBe(false);
  });

  it('drops what comes after the end', () => {
    const { queue, sent } = setUp();
    queue.close({ code: 'internal', message: 'x' });
    queue.data(new Uint8Array(1));
    queue.event('late');
    queue.close();
    expect(sent).toEqual(['closed internal']);
  });

  it('never has more than a window unacknowledged, and loses nothing', () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: windowBytes }) }),
      fc.record({ acknowledge: fc.integer({ min: 0, max: windowBytes }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { queue, sentBytes } = setUp();
        let written = 0;
        let acknowledged = 0;
        for (const each of steps) {
          if ('write' in each) {
            queue.data(new Uint8Array(each.write));
            written += each.write;
          } else {
            const bytes = Math.min(each.acknowledge, sentBytes() - acknowledged);
            acknowledged += bytes;
            queue.acknowledge(bytes);
          }
          expect(queue.outstandingBytes).toBe(sentBytes() - acknowledged);
          expect(queue.outstandingBytes).toBeLessThanOrEqual(windowBytes);
          expect(queue.blocked).toBe(sentBytes() < written);
        }
        while (queue.blocked) queue.acknowledge(windowBytes);
        expect(sentBytes()).toBe(written);
      }),
    );
  });
});
