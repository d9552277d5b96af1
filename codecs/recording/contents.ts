import { LctError, parseLct } from '../alc/index.js';
import type { PcapCounters } from '../pcap/index.js';
import { formatCount, formatNumber, printable } from '../text.js';
import { rtpPayload, transportPacketsIn } from './transport-packets.js';

/** Counts by what something is, in words. */
export type Kinds = Record<string, number>;

/** FEC schemes of others, by FEC Encoding ID (RFC 5053, RFC 5510, RFC 5170). */
const FEC_SCHEMES = new Map([
  [1, 'Raptor'],
  [2, 'Reed-Solomon'],
  [3, 'LDPC-Staircase'],
  [4, 'LDPC-Triangle'],
  [5, 'Reed-Solomon'],
]);
/** The first bit of PSI is set in source packets of ROUTE (ATSC A/331 section A.3.6). */
const ROUTE_SOURCE = 2;

/**
 * What a UDP datagram carries, as far as its first bytes tell.
 *
 * @param isKnown whether objects with this FEC Encoding ID can be rebuilt here
 */
export function kindOfPayload(payload: Uint8Array, isKnown: (encodingId: number) => boolean): string {
  if (payload.length === 0) return 'empty';
  const packets = transportPacketsIn(payload);
  if (packets !== undefined)
    return packets === payload ? 'MPEG transport packets' : 'MPEG transport packets in RTP';
  if (rtpPayload(payload) !== undefined) return 'RTP or RTCP, perhaps';
  try {
    const { psi, codepoint } = parseLct(payload);
    if ((psi & ROUTE_SOURCE) !== 0) return 'ROUTE (ATSC 3.0), which is not read here';
    if (isKnown(codepoint)) return 'ALC';
    const name = FEC_SCHEMES.get(codepoint);
    return `ALC with FEC Encoding ID ${codepoint}${name === undefined ? '' : ` (${name})`}, which is not decoded here`;
  } catch (error) {
    if (error instanceof LctError) return 'something else';
    throw error;
  }
}

/** The kinds as text, the most frequent first: `40 TCP, 3 ARP`. */
export function describeKinds(kinds: Readonly<Kinds>): string {
  return Object.entries(kinds)
    .sort(([, one], [, two]) => two - one)
    .map(([kind, count]) => `${formatNumber(count)} ${printable(kind)}`)
    .join(', ');
}

/** What a recording holds instead of UDP datagrams: `5 packets, of which 3 ARP, 2 damaged`. */
export function describePackets(counters: Readonly<PcapCounters>): string {
  const { records, others, fragments, badChecksums, malformed, cutShort } = counters;
  const rest: Kinds = {
    ...others,
    'IP fragments of packets that are not whole': fragments,
    'with a wrong checksum': badChecksums,
    damaged: malformed,
    'that the recorder cut short (record with -s 0)': cutShort,
  };
  const text = describeKinds(Object.fromEntries(Object.entries(rest).filter(([, count]) => count > 0)));
  return text === '' ? formatCount(records, 'packet') : `${formatCount(records, 'packet')}, of which ${text}`;
}
