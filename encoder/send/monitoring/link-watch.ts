import { isGroupOfLink, isIpv6, isMulticast } from '../../../codecs/net/index.js';
import { interfaceNow, linkMtu, routedInterface } from '../../../codecs/node/network/interface.js';
import { silentNextHop } from '../../../codecs/node/network/neighbour.js';
import type { Destination } from '../../session/destination.js';
import type { Link } from '../channel/channel.js';
import type { Clock } from '../transmit/clock.js';
import type { OnUplinkEvent } from './events.js';
import type { Problems } from './problems.js';

/** Milliseconds between two looks. */
const INTERVAL = 5000;

export interface LinkWatchOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly problems: Problems;
  readonly onEvent: OnUplinkEvent;
}

/** Tells of what the kernel keeps to itself on the way to the destinations, until `stop` aborts. */
export async function watchLink(
  { link, clock, problems, onEvent }: LinkWatchOptions,
  stop: AbortSignal,
): Promise<void> {
  const all = [...link.destinations, ...(link.stream?.to ?? [])];
  if (all.some((to) => staysOnLink(to, link))) onEvent({ type: 'notice', message: SHORT_TTL });
  const crowd = crowdedStream(link);
  if (crowd !== undefined) onEvent({ type: 'notice', message: crowd });
  const unicast = all.map(({ address }) => address).filter((address) => !isMulticast(address));
  let wasSilent = new Set<string>();
  while (!stop.aborted) {
    // transport packets go in smaller datagrams
    for (const { address } of link.destinations) tell(`link mtu ${address}`, await smallMtu(address, link));
    const silent = new Set<string>();
    for (const address of unicast) {
      const hop = await silentNextHop(address);
      if (hop !== undefined) silent.add(address);
      // the first answer takes some seconds
      const isSure = hop !== undefined && wasSilent.has(address);
      tell(`neighbour ${address}`, isSure ? describeSilence(hop.address, hop.device) : undefined);
    }
    wasSilent = silent;
    await clock.until(clock.now() + INTERVAL, stop);
  }

  function tell(cause: string, message: string | undefined): void {
    if (message === undefined) problems.mend(cause);
    else problems.raise(cause, message);
  }
}

const SHORT_TTL =
  'Datagrams leave with a time to live of 1: no router passes them on, and no modem that routes. If receivers are behind one, give --ttl 16 (ttl in a channel file).';

/** Bits per second of a stream for each programme: a sixth of it are slate, tables and sound (docs/television.md). */
const ADVISED_RATE = 600_000;

/** What is to be said of a stream with more programmes than its rate has room for. */
export function crowdedStream({ stream }: Pick<Link, 'stream'>): string | undefined {
  const { programmes = [], tsRate = 0 } = stream ?? {};
  if (programmes.length < 2 || tsRate >= programmes.length * ADVISED_RATE) return undefined;
  return (
    `The transport stream of ${tsRate} bit/s has ${programmes.length} programmes, and slates, tables and sound take about 100 kbit/s of each: ` +
    `little is left for content. ${programmes.length * ADVISED_RATE} bit/s or more are advised.`
  );
}

/** Groups of the local network have no use for more (RFC 5771 section 4, RFC 4291 section 2.7). */
function staysOnLink({ address }: Destination, { ttl = 1 }: Link): boolean {
  return ttl === 1 && isMulticast(address) && !address.startsWith('224.0.0.') && !isGroupOfLink(address);
}

async function smallMtu(address: string, { iface, mtu }: Link): Promise<string | undefined> {
  const isChosen = iface !== undefined && isMulticast(address);
  const by = isChosen ? interfaceNow(iface, address) : await routedInterface(address);
  const largest = by && linkMtu(by.name);
  if (largest === undefined || largest >= mtu) return undefined;
  return (
    `Packets of ${mtu} bytes do not fit the network interface ${by!.name}, which takes ${largest}: they are cut into fragments, ` +
    `and a datagram is lost with any of them. Give --mtu ${largest} (mtu in a channel file).`
  );
}

/** @param to destination, as the operator has named it */
export function describeLostInterface(iface: string | undefined, to: string): string {
  return `The network interface ${iface} is gone, and datagrams to ${to} are lost. They leave by it again when it is back.`;
}

function describeSilence(address: string, device: string): string {
  const how = isIpv6(address) ? 'neighbour discovery' : 'ARP';
  return (
    `Nobody at ${device} answers for ${address} (${how}): the kernel drops what is sent there, and reports no error. Look at cable and address; ` +
    `a receiver that cannot answer needs an entry: ip neigh replace ${address} lladdr MAC dev ${device} nud permanent`
  );
}
