import { describe, expect, it } from 'vitest';
import { type Batch, createBatches } from './batches.js';

const MIB = 2 ** 20;

function collecting() {
  const sent: Batch[] = [];
  const batches = createBatches((batch) => sent.push(batch));
  return { sent, batches };
}

describe('batches', () => {
  it('hold copies of datagrams one behind the other', () => {
    const { sent, batches } = collecting();
    const [a, b] = [{ destination: 'a' }, { destination: 'b' }];
    const datagram = Uint8Array.of(1, 2, 3);
    batches.add(datagram, a);
    datagram.fill(9);
    batches.add(datagram.subarray(1), b);
    batches.send();
    batches.send();
    expect(sent).toEqual([
      { bytes: Uint8Array.of(1, 2, 3, 9, 9), lengths: [3, 2], flows: [a, b], leftOut: 0 },
    ]);
  });

  it('leave out what has no room, and say so with the next', () => {
    const { sent, batches } = collecting();
    const datagram = new Uint8Array(64_000);
    let count = 0;
    while (batches.add(datagram, {})) count++;
    expect(count).toBe(Math.floor((64 * MIB) / datagram.length));
    batches.taken(10 * MIB);
    batches.add(datagram, {});
    batches.send();
    expect(sent.map(({ leftOut }) => leftOut).filter((leftOut) => leftOut > 0)).toEqual([1]);
  });

  it('tell who can wait when there is room', async () => {
    const { sent, batches } = collecting();
    await batches.room();
    const datagram = new Uint8Array(64_000);
    while (sent.length < 20) batches.add(datagram, {});
    let hasRoom = false;
    const waiting = batches.room().then(() => {
      hasRoom = true;
    });
    batches.taken(sent[0]!.bytes.length);
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    for (const { bytes } of sent.slice(1)) batches.taken(bytes.length);
    await waiting;
    expect(hasRoom).toBe(true);
  });
});
