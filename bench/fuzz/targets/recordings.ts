/** Recordings of either kind. */

import { isDeepStrictEqual } from 'node:util';
import { concatBytes, fromHex } from '../../../codecs/bytes.js';
import {
  type Carrier,
  createTelevisionMultiplexer,
  createTransportStreamReader,
  type TransportStreamReader,
} from '../../../codecs/mpegts/index.js';
import { MESSAGE_UUID } from '../../../codecs/mpegts/messages/format.js';
import { programStream } from '../../../codecs/mpegts/program-stream/testing.js';
import { seiMessage } from '../../../codecs/mpegts/television/messages.js';
import { ipPacket, isNull, packetsOf, streamOf } from '../../../codecs/mpegts/testing.js';
import {
  createPcapReader,
  LinkType,
  PcapError,
  type PcapReader,
  pcapHeader,
  pcapRecord,
  type UdpDatagram,
} from '../../../codecs/pcap/index.js';
import { bytesOf, fragment6, packet, pcapngWriter } from '../../../codecs/pcap/testing.js';
import { createRecordingReader } from '../../../codecs/recording/index.js';
import { attempt, type FuzzTarget, hold, passes } from '../target.js';
import { mendPcap, mendTransportStream } from './mend-packets.js';

const FLOW4 = { source: '192.0.2.1', destination: '239.1.2.3', sourcePort: 4000, destinationPort: 4001 };
const FLOW6 = { ...FLOW4, source: '2001:db8::1', destination: 'ff15::1' };
const PAYLOADS = [10, 0, 60, 100].map((length) => new Uint8Array(length).fill(length));

function pcapSeeds(): Uint8Array[] {
  return [FLOW4, FLOW6].flatMap((flow) =>
    [LinkType.raw, LinkType.ethernet].map((link) =>
      concatBytes(
        pcapHeader(link as 1 | 101),
        ...PAYLOADS.map((payload) => pcapRecord({ ...flow, timestampNs: 5n, payload }, link as 1 | 101)),
      ),
    ),
  );
}

/** An IPv4 header of 77 bytes in all, without checksum, and a GRE header. */
const GRE = '4500004d00004000402f0000c0000201c0000202' + '00000800';

/** Pcapng in both byte orders: mixed interfaces, a tunnel, fragments. */
function pcapngSeeds(): Uint8Array[] {
  return [true, false].map((littleEndian) => {
    const to = pcapngWriter(littleEndian);
    const whole = packet(FLOW6, bytesOf(60, 1));
    const [first, second] = [fragment6(whole, 0, 40), fragment6(whole, 40, 28)] as const;
    const tunnel = concatBytes(fromHex(GRE), packet(FLOW4, bytesOf(25, 1)));
    return concatBytes(
      ...[to.section(), to.interface(LinkType.raw), to.interface(LinkType.ppp), to.block(4, bytesOf(9, 1))],
      ...[to.enhanced(0, 7n, first), to.obsolete(0, 8n, second), to.simple(tunnel)],
      to.enhanced(1, 9n, concatBytes(fromHex('ff030021'), packet(FLOW4, bytesOf(30, 2)))),
    );
  });
}

/** A transport stream over UDP. */
function carriedSeed(): Uint8Array {
  const payload = streamOf(PAYLOADS);
  return concatBytes(pcapHeader(), pcapRecord({ ...FLOW4, timestampNs: 5n, payload }));
}

const streamSeeds = () => [streamOf(PAYLOADS), streamOf([...PAYLOADS, new Uint8Array(700)])];

type Reader = PcapReader | TransportStreamReader;

/** All that a reader gives, as values; undefined when it has refused the whole. */
function readIn(reader: Reader, input: Uint8Array, chunkBytes: number) {
  const datagrams: object[] = [];
  const take = (some: readonly UdpDatagram[]) => {
    for (const each of some) datagrams.push({ ...each, payload: each.payload.slice() });
  };
  let isRefused = false;
  for (let at = 0; at < input.length && !isRefused; at += chunkBytes) {
    const chunk = input.slice(at, at + chunkBytes);
    isRefused = !passes(() => take(reader.push(chunk)), PcapError);
  }
  isRefused ||= !passes(() => take(reader.end()), PcapError);
  return { datagrams, isRefused, counters: { ...reader.counters } };
}

/** The same comes out however a recording is cut. */
function readsAlike(create: () => Reader, input: Uint8Array): boolean {
  const whole = readIn(create(), input, Math.max(1, input.length));
  const cut = Math.max(Math.ceil(input.length / 24), 1 + ((input[input.length >> 1] ?? 0) % 211));
  const inPieces = readIn(create(), input, cut);
  hold(isDeepStrictEqual(inPieces, whole), `In pieces of ${cut} bytes the recording says something else.`);
  checkCounters(whole.counters, whole.datagrams.length);
  return whole.datagrams.length > 0;
}

function checkCounters(counters: { readonly datagrams: number }, datagrams: number): void {
  for (const [name, value] of Object.entries(counters))
    if (typeof value === 'number') hold(Number.isSafeInteger(value) && value >= 0, `${name} is ${value}.`);
  hold(counters.datagrams === datagrams, `${counters.datagrams} datagrams are counted, ${datagrams} given.`);
}

const pcap: FuzzTarget = {
  name: 'pcap',
  holds: 'The recording says the same in pieces of any length; each record is counted once.',
  open: () => ({
    seeds: [...pcapSeeds(), ...pcapngSeeds()],
    mend: mendPcap,
    run(input) {
      const isRead = readsAlike(createPcapReader, input);
      const reader = createPcapReader();
      attempt(() => reader.push(input), PcapError);
      attempt(() => reader.end(), PcapError);
      const { records, datagrams, fragments, reassembled, badChecksums, otherPackets, malformed, cutShort } =
        reader.counters;
      const sum = datagrams + fragments + reassembled + badChecksums + otherPackets + malformed + cutShort;
      hold(records === sum, `Of ${records} records ${sum} are counted.`);
      return isRead;
    },
  }),
};

const transportStream: FuzzTarget = {
  name: 'transport-stream',
  holds: 'Nothing is thrown; the stream says the same in pieces of any length.',
  open: () => ({
    seeds: [...streamSeeds(), streamOf(PAYLOADS).subarray(99)],
    words: [ipPacket(PAYLOADS[0]!, FLOW6), streamOf(PAYLOADS).subarray(0, 188)],
    mend: mendTransportStream,
    run: (input) => readsAlike(createTransportStreamReader, input),
  }),
};

/** The beginning of a television service, with the datagrams in it once, tables and sound: as few packets as hold them. */
function televisionStream(carrier: Carrier): Uint8Array {
  const multiplexer = createTelevisionMultiplexer({ tsRate: 700_000, carrier });
  const waiting = [...MESSAGES];
  const packets = [0, 1, 2].flatMap(() =>
    packetsOf(
      multiplexer.next(() => {
        const bytes = waiting.shift();
        return bytes && { bytes };
      }),
    ),
  );
  return concatBytes(...packets.filter((packet) => !isNull(packet)).slice(0, FEW_PACKETS));
}

const FEW_PACKETS = 16;

const MESSAGES = [10, 60, 300].map((length) => new Uint8Array(length).fill(length & 3));

const television: FuzzTarget = {
  name: 'television',
  holds:
    'Nothing is thrown; transport streams, program streams and other files say the same in pieces of any length.',
  open: () => {
    const messages = concatBytes(...MESSAGES.map((datagram, i) => seiMessage(datagram, i)));
    return {
      seeds: [
        televisionStream('video'),
        televisionStream('subtitles'),
        programStream(messages, 150, true),
        programStream(messages, 150, false),
        messages,
      ],
      words: [
        MESSAGE_UUID,
        Uint8Array.of(0, 0, 1, 0xba),
        Uint8Array.of(0, 0, 1, 0xe0),
        Uint8Array.of(0, 0, 3),
      ],
      run: (input) => readsAlike(createTransportStreamReader, input),
    };
  },
};

const recording: FuzzTarget = {
  name: 'recording',
  holds: 'The recording says the same in pieces of any length, whatever kind it is.',
  open: () => ({
    seeds: [...pcapSeeds(), ...pcapngSeeds(), ...streamSeeds(), carriedSeed()],
    mend: (input, prng) => (prng.chance(0.5) ? mendPcap(input) : mendTransportStream(input)),
    run: (input) => readsAlike(createRecordingReader, input),
  }),
};

export const targets: readonly FuzzTarget[] = [pcap, transportStream, television, recording];
