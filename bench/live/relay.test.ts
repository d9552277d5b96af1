import { createSocket } from 'node:dgram';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WAIT } from '../../fixtures/wait.js';
import { openListeningSocket } from '../../receiver/live/index.js';
import { createLossModel, createPrng, parseChannelSpec } from '../channel/index.js';
import { openRelay } from './relay.js';

const fail = (error: Error) => {
  throw error;
};
const own = { address: '127.0.0.1', port: 0 };
const DATAGRAMS = 400;

async function listen() {
  const numbers: number[] = [];
  const socket = await openListeningSocket(
    { listenAt: own },
    (datagram) => numbers.push(new DataView(datagram.buffer, datagram.byteOffset).getUint16(0)),
    fail,
  );
  onTestFinished(socket.close);
  return { at: socket.listensAt, numbers };
}

describe('the relay', () => {
  it('loses for each destination what the channel says', async () => {
    const channel = parseChannelSpec('gilbert-elliott:loss=20%,burst=4');
    const receivers = [await listen(), await listen()];
    const to = receivers.map(({ at }) => at);
    const relay = await openRelay({ from: { listenAt: own }, to, channel, seed: 3, onError: fail });
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    for (let number = 0; number < DATAGRAMS; number++) {
      const datagram = new Uint8Array(100);
      new DataView(datagram.buffer).setUint16(0, number);
      await new Promise((resolve) => socket.send(datagram, relay.listensAt.port, own.address, resolve));
    }
    const expected = [0, 1].map((index) => {
      const isLost = createLossModel(channel, createPrng(3).fork(`destination ${index}`));
      return Array.from({ length: DATAGRAMS }, (_, number) => number).filter(() => !isLost({ length: 100 }));
    });
    await vi.waitFor(() => expect(receivers.map(({ numbers }) => numbers)).toEqual(expected), WAIT);
    expect(expected[0]).not.toEqual(expected[1]);
    for (const [index, tally] of relay.tally().entries()) {
      const lost = DATAGRAMS - expected[index]!.length;
      expect(tally).toMatchObject({ to: `127.0.0.1:${to[index]!.port}`, sent: DATAGRAMS, lost });
    }
    await relay.close();
  });
});
