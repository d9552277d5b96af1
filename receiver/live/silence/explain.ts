import { formatSocketAddress, isMulticast, type SocketAddress } from '../../../codecs/net/index.js';
import { formatCount } from '../../../codecs/text.js';
import type { LinkState } from './link-state.js';

/** What is known of the time in which no datagram came. */
export interface Silence {
  readonly listensAt: SocketAddress;
  /** Name of the interface that has joined the group. */
  readonly joinedBy: string | undefined;
  /** The only sender that is heard. */
  readonly source: string | undefined;
  readonly before: LinkState;
  readonly now: LinkState;
  /** Datagrams for other addresses that came to the same port, and who sent them. */
  readonly others: OtherDatagrams;
}

/** Datagrams that came to the port and were not for us. */
export interface OtherDatagrams {
  readonly datagrams: number;
  /** Addresses, some of them. */
  readonly senders: readonly string[];
}

/** Why no datagram came, as far as the system knows, and what to try: sentences, those that explain most first. */
export function explainSilence(silence: Silence): string[] {
  return [
    ...explainDrops(silence),
    ...explainOthers(silence),
    ...explainLink(silence),
    ...adviseGroup(silence),
  ];
}

/** What arrived and was dropped by the kernel. */
export function explainDrops({
  joinedBy,
  before,
  now,
}: Pick<Silence, 'joinedBy' | 'before' | 'now'>): string[] {
  const { kernel } = now;
  const told: string[] = [];
  if (kernel === undefined || before.kernel === undefined) return told;
  const reversePath = kernel.reversePath - before.kernel.reversePath;
  const damaged = kernel.damaged - before.kernel.damaged;
  const noRoom = kernel.noRoom - before.kernel.noRoom;
  if (reversePath > 0) {
    const name = joinedBy ?? 'IFACE';
    told.push(
      `The kernel dropped ${formatCount(reversePath, 'packet')}, since it would not answer their sender by the interface that they came by (rp_filter). ` +
        `As root: sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${name}.rp_filter=0; or give it a route to the sender.`,
    );
  }
  if (damaged > 0) told.push(`The kernel dropped ${formatCount(damaged, 'datagram')} with a wrong checksum.`);
  if (noRoom > 0) {
    told.push(
      `The kernel dropped ${formatCount(noRoom, 'datagram')} for which a receive buffer had no room.`,
    );
  }
  return told;
}

function explainOthers({ listensAt: { address, port }, others }: Silence): string[] {
  if (others.datagrams === 0) return [];
  const one = others.datagrams === 1;
  return [
    `${formatCount(others.datagrams, 'datagram')} for ${one ? 'another address' : 'other addresses'} came to port ${port}, from ${others.senders.join(', ')}: ` +
      `compare ${address} with the address that the sender sends to.`,
  ];
}

function explainLink({ listensAt, joinedBy, before, now }: Silence): string[] {
  if (joinedBy === undefined) return [];
  const joined = `The network interface ${joinedBy} has joined ${formatSocketAddress(listensAt)}`;
  if (now.packets === undefined || before.packets === undefined) return [`${joined}.`];
  const packets = now.packets - before.packets;
  if (packets > 0)
    return [`${joined}, and has received ${formatCount(packets, 'packet')} of other kinds meanwhile.`];
  return [
    `${joined}, and has received nothing at all meanwhile: look at cable, modem and power. If the datagrams come by another interface, name it with --iface.`,
  ];
}

function adviseGroup({ listensAt: { address, port }, joinedBy, source }: Silence): string[] {
  const advice: string[] = [];
  if (source !== undefined) advice.push(`Only datagrams of ${source} are heard: try it without --source.`);
  if (!isMulticast(address)) {
    advice.push(`The sender must send to ${address} itself, and a firewall may drop datagrams.`);
    return advice;
  }
  const name = joinedBy ?? 'any';
  advice.push(
    `Compare group and port with the sender's. A firewall may drop datagrams (nft list ruleset), and a switch may not pass on the group (IGMP snooping without a querier). What arrives is shown by: tcpdump -ni ${name} udp port ${port}`,
  );
  return advice;
}
