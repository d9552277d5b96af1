import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../error.js';
import { testClock } from '../testing.js';
import { openOutput } from './output.js';
import type { DatagramSocket, openSocket } from './socket.js';

const TO = '192.0.2.9:4001';
const destination = { address: '192.0.2.9', port: 4001 };

/** Sockets made for tests: `open` says whether one can be opened, the rest is kept. */
function sockets() {
  const clock = testClock();
  const told: string[] = [];
  const network = { isUp: true, isFast: true, refuses: false, taken: 0 };
  const open: typeof openSocket = async ({ onError }) => {
    if (!network.isUp) throw new EncodeError('No network interface has the IPv4 address 192.0.2.7.');
    const socket: DatagramSocket = {
      send(_, onSent) {
        if (network.refuses) onError(new Error('send ENETUNREACH'));
        network.taken++;
        if (network.isFast) onSent?.();
      },
      close: async () => {},
    };
    return socket;
  };
  const options = { to: TO, destination, clock, open, onRefused: (message: string) => told.push(message) };
  return { clock, told, network, options };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an output', () => {
  it('counts what is refused, and tells of it once a minute', async () => {
    const { clock, told, network, options } = sockets();
    const output = await openOutput(options);
    network.refuses = true;
    let freed = 0;
    for (let i = 0; i < 100; i++) output.send(new Uint8Array(1), () => freed++);
    expect(output.stats).toEqual({ to: TO, datagrams: 100, errors: 100 });
    expect(freed).toBe(100);
    expect(told).toEqual([`The system refuses datagrams to ${TO}: send ENETUNREACH. They are lost.`]);
    await clock.advance(60_000);
    output.send(new Uint8Array(1));
    expect(told[1]).toMatch(/They are lost; 101 of them so far\.$/);
  });

  it('tells when datagrams are taken again, after a while without a refusal', async () => {
    const { clock, told, network, options } = sockets();
    const output = await openOutput({ ...options, onTaken: () => told.push('taken') });
    const send = () => output.send(new Uint8Array(1));
    network.refuses = true;
    for (let i = 0; i < 100; i++) send();
    network.refuses = false;
    send();
    await clock.advance(4000);
    send();
    expect(told).toHaveLength(1);
    await clock.advance(1000);
    send();
    send();
    expect(told.slice(1)).toEqual(['taken']);
    network.refuses = true;
    send();
    expect(told[2]).toMatch(/^The system refuses datagrams/);
  });

  it('is tried again when it cannot be opened', async () => {
    const { clock, told, network, options } = sockets();
    network.isUp = false;
    const output = await openOutput(options);
    expect(output.failure).toBeInstanceOf(EncodeError);
    let freed = 0;
    output.send(new Uint8Array(1), () => freed++);
    network.isUp = true;
    output.send(new Uint8Array(1));
    await turn();
    expect([output.stats.errors, network.taken, freed]).toEqual([2, 0, 1]);
    await clock.advance(10_000);
    output.send(new Uint8Array(1));
    await turn();
    expect(output.failure).toBe(undefined);
    output.send(new Uint8Array(1));
    expect(output.stats).toEqual({ to: TO, datagrams: 4, errors: 3 });
    expect(network.taken).toBe(1);
    expect(told).toHaveLength(1);
    await output.close();
  });

  it('loses what a network takes too slowly, so that memory stays bounded', async () => {
    const { told, network, options } = sockets();
    network.isFast = false;
    const output = await openOutput(options);
    for (let i = 0; i < 5000; i++) output.send(new Uint8Array(1));
    expect(network.taken).toBe(4096);
    expect(output.stats.errors).toBe(5000 - 4096);
    expect(told).toEqual([expect.stringContaining('the network takes them too slowly')]);
  });
});
