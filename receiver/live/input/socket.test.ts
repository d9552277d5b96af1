import { createSocket } from 'node:dgram';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { isIpv6 } from '../../../codecs/net/index.js';
import { requireIpv6Multicast } from '../../../fixtures/multicast.js';
import { WAIT } from '../../../fixtures/wait.js';
import { type ListeningSocket, openListeningSocket, type SocketOptions } from './socket.js';

const fail = (error: Error) => {
  throw error;
};

async function hear(options: SocketOptions) {
  const heard: string[] = [];
  const socket = await openListeningSocket(
    options,
    (datagram) => heard.push(Buffer.from(datagram).toString()),
    fail,
  );
  onTestFinished(socket.close);
  return { socket, heard };
}

/** Joins a group on the loopback interface, or skips the test and says why. */
async function join(options: SocketOptions, context: TestContext) {
  try {
    return await hear(options);
  } catch (error) {
    const message = `Multicast on the loopback interface is impossible here: ${(error as Error).message}`;
    console.warn(`Skipped: ${message}`);
    return context.skip(message);
  }
}

async function send(text: string, { listensAt: { address, port } }: ListeningSocket, iface: string) {
  const family = isIpv6(address) ? 6 : 4;
  const socket = createSocket(`udp${family}`);
  await new Promise<void>((resolve) => socket.bind(0, family === 4 ? iface : '::', resolve));
  socket.setMulticastInterface(iface);
  // no packet leaves this machine
  socket.setMulticastTTL(0);
  const error = await new Promise<Error | null>((resolve) => socket.send(text, port, address, resolve));
  socket.close();
  if (error) throw error;
}

describe('a listening socket', () => {
  it('hears what is sent to an address of this machine, alone', async () => {
    const { socket, heard } = await hear({ listenAt: { address: '127.0.0.1', port: 0 } });
    const sender = createSocket('udp4');
    sender.send('hello', socket.listensAt.port, '127.0.0.1', () => sender.close());
    await vi.waitFor(() => expect(heard).toEqual(['hello']), WAIT);
    expect(socket.bufferBytes).toBeGreaterThan(0);
    const again = openListeningSocket({ listenAt: socket.listensAt }, () => {}, fail);
    await expect(again).rejects.toThrow(/^Another program listens at 127\.0\.0\.1:\d+ already: end it/);
  });

  it('says where a link-local address is heard', async () => {
    const listening = hear({ listenAt: { address: 'fe80::1', port: 4001 } });
    await expect(listening).rejects.toThrow(/listen at \[::\]:4001, which hears it too\.$/);
  });

  it('hears a group by the interface that it is told, and no other group of the port', async (context) => {
    const iface = '127.0.0.1';
    const one = await join({ listenAt: { address: '239.255.77.1', port: 0 }, iface }, context);
    const { port } = one.socket.listensAt;
    const two = await hear({ listenAt: { address: '239.255.77.2', port }, iface });
    await send('to one', one.socket, iface);
    await send('to two', two.socket, iface);
    await vi.waitFor(() => expect([one.heard, two.heard]).toEqual([['to one'], ['to two']]), WAIT);
  });

  it('hears only the source that it is told', async (context) => {
    const iface = '127.0.0.1';
    const listenAt = { address: '232.77.1.1', port: 0 };
    const wanted = await join({ listenAt, iface, source: '127.0.0.1' }, context);
    const { listensAt } = wanted.socket;
    const other = await hear({ listenAt: listensAt, iface, source: '127.0.0.9' });
    await send('hello', wanted.socket, iface);
    await vi.waitFor(() => expect(wanted.heard).toEqual(['hello']), WAIT);
    expect(other.heard).toEqual([]);
  });

  it('hears an IPv6 group by the interface that it is told, and no other group of the port', async (context) => {
    const found = await requireIpv6Multicast(context);
    if (found === undefined) return;
    const iface = found.addresses[0]!;
    const one = await hear({ listenAt: { address: 'ff15::77', port: 0 }, iface });
    const { port } = one.socket.listensAt;
    const two = await hear({ listenAt: { address: 'ff12::77', port }, iface });
    await send('to one', one.socket, `::%${found.name}`);
    await send('to two', two.socket, `::%${found.name}`);
    await vi.waitFor(() => expect([one.heard, two.heard]).toEqual([['to one'], ['to two']]), WAIT);
  });

  const group = { address: '239.255.77.1', port: 0 };
  it.each<[SocketOptions, RegExp]>([
    [
      { listenAt: { address: '192.0.2.200', port: 0 } },
      /^This machine has no address 192\.0\.2\.200: give one/,
    ],
    [
      { listenAt: group, iface: '192.0.2.200' },
      /^No network interface that is up has the IPv4 address 192\.0\.2\.200\. Add/,
    ],
    [{ listenAt: group, iface: '::1' }, /^No network interface that is up has the IPv4 address ::1/],
    [
      { listenAt: { address: '127.0.0.1', port: 0 }, source: '192.0.2.1' },
      /^--source belongs to a multicast group/,
    ],
    [
      { listenAt: { address: '127.0.0.1', port: 0 }, iface: '127.0.0.1' },
      /^--iface belongs to a multicast group/,
    ],
    [{ listenAt: group, source: '2001:db8::1' }, /^Give --source as an IPv4 address/],
    [
      { listenAt: { address: 'ff15::77', port: 0 }, iface: '::1%nowhere' },
      /^No network interface that is up has the IPv6 address ::1%nowhere\. Add/,
    ],
    [
      { listenAt: { address: 'ff02::77', port: 0 } },
      /^The group ff02::77 is a different one on each link: name the interface that joins with --iface \(/,
    ],
    [
      { listenAt: { address: 'ff::77', port: 0 }, iface: '::1' },
      /^--iface belongs to a multicast group, and ff::77 is none/,
    ],
  ])('says what cannot be: %j', async (options, message) => {
    await expect(openListeningSocket(options, () => {}, fail)).rejects.toThrow(message);
  });
});
