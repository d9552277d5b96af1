import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Ipv6Interface, requireIpv6Multicast } from '../../../fixtures/multicast.js';
import { WAIT } from '../../../fixtures/wait.js';
import { openListeningSocket, type SocketOptions } from '../../../receiver/live/index.js';
import type { Destination } from '../../session/destination.js';
import { openSocket } from './socket.js';

const fail = (error: Error) => {
  throw error;
};

async function hear(options: SocketOptions) {
  const heard: string[] = [];
  const { listensAt, close } = await openListeningSocket(
    options,
    (datagram) => heard.push(Buffer.from(datagram).toString()),
    fail,
  );
  onTestFinished(close);
  return { listensAt, heard };
}

async function send(text: string, destination: Destination, iface?: string) {
  const socket = await openSocket({ destination, iface, ttl: 1, onError: fail });
  socket.send(Buffer.from(text));
  await socket.close();
}

/** An address of each kind that the interface has: link-local with its zone, others without one. */
function addressKinds({ addresses }: Ipv6Interface): string[] {
  const isLinkLocal = (address: string) => address.includes('%');
  const kinds = [addresses.find(isLinkLocal), addresses.find((address) => !isLinkLocal(address))];
  return kinds.filter((address) => address !== undefined);
}

describe('a sending socket', () => {
  it.each(['127.0.0.1', '::1'])('sends to an address of this machine: %s', async (address) => {
    const { listensAt, heard } = await hear({ listenAt: { address, port: 0 } });
    await send('hello', listensAt);
    await vi.waitFor(() => expect(heard).toEqual(['hello']), WAIT);
  });

  it('refuses an interface for an address that is no group', async () => {
    await expect(send('hello', { address: '127.0.0.1', port: 9 }, '127.0.0.1')).rejects.toThrow(
      /belongs to a multicast group or a link-local address, and 127\.0\.0\.1 is none/,
    );
  });

  it('sends to a link-local address by the interface that it is told', async (context) => {
    const found = await requireIpv6Multicast(context);
    const own = found?.addresses.find((address) => address.includes('%'));
    if (own === undefined) return context.skip('No network interface here has a link-local address.');
    const { listensAt, heard } = await hear({ listenAt: { address: '::', port: 0 } });
    await send('hello', { address: own.split('%')[0]!, port: listensAt.port }, own);
    await vi.waitFor(() => expect(heard).toEqual(['hello']), WAIT);
    const stranger = { address: 'fe80::da7a', port: listensAt.port };
    await expect(send('hello', stranger, '2001:db8::9')).rejects.toThrow(
      /^No network interface that is up has/,
    );
  });

  // of the site, of the link, of the interface alone
  it.for(['ff15::da7a', 'ff12::da7a', 'ff11::da7a'])(
    'sends to the IPv6 group %s by the interface that it is told',
    async (address, context) => {
      const found = await requireIpv6Multicast(context);
      if (found === undefined) return;
      for (const iface of addressKinds(found)) {
        const { listensAt, heard } = await hear({ listenAt: { address, port: 0 }, iface });
        await send(`by ${iface}`, listensAt, iface);
        await vi.waitFor(() => expect(heard).toEqual([`by ${iface}`]), WAIT);
      }
    },
  );

  it('sends to an IPv6 group by the interface that the routes choose', async (context) => {
    if ((await requireIpv6Multicast(context)) === undefined) return;
    const { listensAt, heard } = await hear({ listenAt: { address: 'ff15::da7a', port: 0 } });
    await send('hello', listensAt);
    await vi.waitFor(() => expect(heard).toEqual(['hello']), WAIT);
  });

  it('is heard by those who asked for it as the source of an IPv6 group', async (context) => {
    const found = await requireIpv6Multicast(context);
    if (found === undefined) return;
    const iface = found.addresses[0]!;
    const stranger = await hear({
      listenAt: { address: 'ff35::8000:da7a', port: 0 },
      iface,
      source: '2001:db8::9',
    });
    const listenAt = stranger.listensAt;
    // the system chooses the address that it sends from
    const wanted = await Promise.all(
      found.addresses.map((address) => hear({ listenAt, iface, source: address.split('%')[0]! })),
    );
    await send('hello', listenAt, iface);
    await vi.waitFor(() => expect(wanted.flatMap(({ heard }) => heard)).toEqual(['hello']), WAIT);
    expect(stranger.heard).toEqual([]);
  });

  it.each([
    [
      '239.255.77.1',
      '192.0.2.200',
      /^No network interface that is up has the IPv4 address 192\.0\.2\.200\. Addresses here are: /,
    ],
    ['239.255.77.1', '::1', /^No network interface that is up has the IPv4 address ::1\. /],
    ['ff15::da7a', '127.0.0.1', /^No network interface that is up has the IPv6 address 127\.0\.0\.1\. /],
    ['ff15::da7a', '::1%nowhere', /^No network interface that is up has the IPv6 address ::1%nowhere\. /],
  ])('says which interfaces there are: %s by %s', async (address, iface, message) => {
    const opened = openSocket({ destination: { address, port: 4001 }, iface, onError: fail });
    await expect(opened).rejects.toThrow(message);
  });
});
