// The contract from the window's side: calls, streams with acknowledged bytes, diffs, and the end of a port.
import { describe, expect, it } from 'vitest';
import type { ModelDiff } from '../../../runtime/contract/model.ts';
import { encodeData, type Port } from '../../../runtime/contract/wire.ts';
import { ContractClient } from '../../../renderer/src/transport/contract-client.ts';
import { ContractFailure } from '../../../renderer/src/transport/contract-failure.ts';

class TestPort implements Port {
  readonly sent: unknown[] = [];
  #listener: (message: string | Uint8Array) => void = () => undefined;
  #closed: () => void = () => undefined;
  send(message: string | Uint8Array): void {
    this.sent.push(typeof message === 'string' ? JSON.parse(message) : message);
  }
  onMessage(listener: (message: string | Uint8Array) => void): void {
    this.#listener = listener;
  }
  onClose(listener: () => void): void {
    this.#closed = listener;
  }
  close(): void {
    this.#closed();
  }
  say(message: object | Uint8Array): void {
    this.#listener(message instanceof Uint8Array ? message : JSON.stringify(message));
  }
}

function connected() {
  const port = new TestPort();
  const diffs: ModelDiff[] = [];
  const ends: string[] = [];
  const client = new ContractClient(
    port,
    (diff) => diffs.push(diff),
    () => ends.push('closed'),
  );
  return { port, client, diffs, ends };
}

describe('ContractClient', () => {
  it('matches answers to calls, in any order', async () => {
    const { port, client } = connected();
    const first = client.call('containers.inspect', { id: 'a' });
    const second = client.call('containers.inspect', { id: 'b' });
    port.say({ type: 'result', id: 2, value: { json: 'second' } });
    port.say({ type: 'result', id: 1, value: { json: 'first' } });
    expect([await first, await second]).toEqual([{ json: 'first' }, { json: 'second' }]);
  });

  it('rejects with the sentence and the hint, and when the answer is not what the contract says', async () => {
    const { port, client } = connected();
    const refused = client.call('containers.start', { id: 'a' });
    const odd = client.call('containers.inspect', { id: 'a' });
    port.say({ type: 'error', id: 1, error: { code: 'conflict', message: 'No.', hint: 'Wait.' } });
    port.say({ type: 'result', id: 2, value: { json: 7 } });
    await expect(refused).rejects.toMatchObject({ code: 'conflict', message: 'No.', hint: 'Wait.' });
    await expect(odd).rejects.toBeInstanceOf(ContractFailure);
  });

  it('gives a stream its data and acknowledges what was taken', () => {
    const { port, client } = connected();
    const seen: string[] = [];
    const stream = client.open(
      'logs',
      { id: 'a', tail: 1, follow: true, sinceMs: null, untilMs: null, tellsCaughtUp: false },
      {
        onData: (data) => seen.push(new TextDecoder().decode(data)),
        onClosed: (failure) => seen.push(`closed ${failure?.code ?? 'well'}`),
      },
    );
    port.say(encodeData(1, new TextEncoder().encode('abc')));
    port.say(encodeData(9, new TextEncoder().encode('of nobody')));
    stream.ack(3);
    port.say({ type: 'closed', id: 1 });
    stream.ack(3);
    port.say(encodeData(1, new TextEncoder().encode('late')));
    expect(seen).toEqual(['abc', 'closed well']);
    expect(port.sent).toEqual([
      {
        type: 'open',
        id: 1,
        stream: 'logs',
        params: { id: 'a', tail: 1, follow: true, sinceMs: null, untilMs: null, tellsCaughtUp: false },
      },
      { type: 'ack', id: 1, bytes: 3 },
    ]);
  });

  it('says nothing more to a stream that the window closed', () => {
    const { port, client } = connected();
    const seen: string[] = [];
    const stream = client.open('stats', { ids: ['a'] }, { onClosed: () => seen.push('closed') });
    stream.close();
    port.say({ type: 'closed', id: 1 });
    port.close();
    expect(seen).toEqual([]);
    expect(port.sent.at(-1)).toEqual({ type: 'close', id: 1 });
  });

  it('fails everything under way, once, when the port closes, and everything asked later', async () => {
    const { port, client, ends } = connected();
    const call = client.call('containers.stop', { id: 'a' });
    const closed: (string | undefined)[] = [];
    client.open('stats', { ids: ['a'] }, { onClosed: (failure) => closed.push(failure?.code) });
    port.close();
    port.close();
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await expect(client.call('containers.stop', { id: 'a' })).rejects.toMatchObject({ code: 'unavailable' });
    client.open('stats', { ids: ['a'] }, { onClosed: (failure) => closed.push(failure?.code) });
    await Promise.resolve();
    expect(closed).toEqual(['unavailable', 'unavailable']);
    expect(ends.length).toBeGreaterThan(0);
  });

  it('passes on model diffs, and refuses what is no message of the contract', () => {
    const { port, diffs } = connected();
    port.say({ type: 'model', diff: { sequence: 1, reset: true, containers: { set: [], remove: [] } } });
    expect(diffs).toEqual([{ sequence: 1, reset: true, containers: { set: [], remove: [] } }]);
    expect(() => port.say({ type: 'model', diff: { sequence: 'one' } })).toThrow(/cannot read/);
  });
});
