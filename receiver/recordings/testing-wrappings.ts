/** Recordings of one session in many wrappings, for tests. */

import { gzipSync } from 'node:zlib';
import { concatBytes, utf8Encode } from '../../codecs/bytes.js';
import { createRtpPacketizer } from '../../codecs/mpegts/index.js';
import { FLOW4, FLOW6, packetOf, packetsOf, streamOf } from '../../codecs/mpegts/testing.js';
import type { UdpFlow } from '../../codecs/pcap/index.js';
import { fragments, type Layer, LINKS, layered } from '../../codecs/pcap/packet/testing.js';
import { fileOf, packet, pcapngWriter } from '../../codecs/pcap/testing.js';
import { compress } from '../../codecs/zstd/index.js';

export type Payloads = readonly Uint8Array[];
type Link = keyof typeof LINKS;
/** A recording of payloads. */
export type Wrap = (sent: Payloads) => Uint8Array | Promise<Uint8Array>;

export const packets = (payloads: Payloads, flow: UdpFlow = FLOW4) =>
  payloads.map((each) => packet(flow, each));

function frames(link: Link, packets: Payloads, ...layers: readonly Layer[]): Uint8Array[] {
  return layered(packets, ...layers).map(LINKS[link][1]);
}

/** A pcap file with layers on a link, the innermost named first. */
export function pcap(link: Link, ...layers: readonly Layer[]): Wrap {
  return (sent) => fileOf(LINKS[link][0], frames(link, packets(sent), ...layers));
}

export function pcap6(link: Link, ...layers: readonly Layer[]): Wrap {
  return (sent) => fileOf(LINKS[link][0], frames(link, packets(sent, FLOW6), ...layers));
}

/** A pcapng section with one interface. */
export function pcapng(littleEndian: boolean, link: Link = 'ethernet', resolution?: number): Wrap {
  const to = pcapngWriter(littleEndian);
  const options = resolution === undefined ? [] : [to.resolution(resolution)];
  return (sent) =>
    concatBytes(
      to.section(),
      to.interface(LINKS[link][0], { options }),
      ...frames(link, packets(sent)).map((frame, i) => to.enhanced(0, BigInt(i), frame)),
    );
}

/** Blocks of every kind, with options, around packets in enhanced, simple and obsolete packet blocks. */
export function everyBlock(littleEndian: boolean): Wrap {
  const to = pcapngWriter(littleEndian);
  const comment = to.option(1, utf8Encode('a comment'));
  const unknown = to.option(0x7abc, utf8Encode('?'));
  const others = [4, 5, 0xa, 0xbad, 0x4000_0bad].map((type) => to.block(type, new Uint8Array(40)));
  return (sent) =>
    concatBytes(
      to.section(comment, unknown),
      ...others,
      to.interface(LINKS.ethernet[0], { options: [comment, unknown, to.offset(-5n)] }),
      ...frames('ethernet', packets(sent)).flatMap((frame, i) => [
        i % 3 === 0
          ? to.simple(frame)
          : i % 3 === 1
            ? to.obsolete(0, 1n, frame)
            : to.enhanced(0, 1n, frame, comment),
        others[i % others.length]!,
      ]),
    );
}

/** Two interfaces in turn, and packets of other protocols between. */
export function twoInterfaces(first: Link, second: Link, between: Payloads = []): Wrap {
  const to = pcapngWriter(true);
  return (sent) => {
    const links = [first, second];
    const blocks = packets(sent).flatMap((each, i) => [
      to.enhanced(i & 1, BigInt(i), frames(links[i & 1]!, [each])[0]!),
      ...frames(links[i & 1]!, between).map((frame) => to.enhanced(i & 1, BigInt(i), frame)),
    ]);
    return concatBytes(to.section(), ...links.map((link) => to.interface(LINKS[link][0])), ...blocks);
  };
}

/** In gzip. */
export const gzip =
  (wrap: Wrap): Wrap =>
  async (sent) =>
    new Uint8Array(gzipSync(await wrap(sent)));

export const zstd =
  (wrap: Wrap): Wrap =>
  async (sent) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of compress([await wrap(sent)], { level: 1 })) pieces.push(piece.slice());
    return concatBytes(...pieces);
  };

/** Recordings of some of the datagrams each, one behind the other. */
export const joined =
  (...wraps: readonly Wrap[]): Wrap =>
  async (sent) => {
    const share = Math.ceil(sent.length / wraps.length);
    const files = wraps.map((wrap, i) => wrap(sent.slice(i * share, (i + 1) * share)));
    return concatBytes(...(await Promise.all(files)));
  };

const NULL_PACKETS = Array.from({ length: 8 }, () => packetOf(0x1fff, new Uint8Array(184)));

/** The transport stream in UDP datagrams of so many bytes, which layers go around. */
export function overUdp(bytes: number, isRtp: boolean, ...layers: readonly Layer[]): Wrap {
  return (sent) => {
    const stream = concatBytes(streamOf(sent), ...NULL_PACKETS);
    const rtp = createRtpPacketizer({ tsRate: 1_000_000, ssrc: 7, sequence: 65_530 });
    // what is left at the end, null packets, may be too short to be known
    const count = Math.floor(stream.length / bytes);
    const payloads = Array.from({ length: count }, (_, i) => {
      const piece = stream.subarray(i * bytes, (i + 1) * bytes);
      return isRtp ? rtp(piece, (i * bytes) / 188) : piece;
    });
    return fileOf(1, frames('ethernet', packets(payloads, { ...FLOW4, destinationPort: 1234 }), ...layers));
  };
}

/** The transport stream with bytes before and behind each packet. */
export function padded(before: number, behind: number): Wrap {
  return (sent) =>
    concatBytes(
      ...packetsOf(streamOf(sent)).map((each) =>
        concatBytes(new Uint8Array(before), each, new Uint8Array(behind)),
      ),
    );
}

/** As the sending host records it: no checksum in the IPv4 header, and that of UDP over the pseudo-header only. */
export function offloaded(sent: Payloads): Uint8Array {
  const altered = packets(sent).map((bytes) => {
    const view = new DataView(bytes.slice().buffer);
    let sum = 17 + view.getUint16(24);
    for (let at = 12; at < 20; at += 2) sum += view.getUint16(at);
    view.setUint16(10, 0);
    view.setUint16(26, (sum & 0xffff) + (sum >> 16));
    return new Uint8Array(view.buffer);
  });
  return fileOf(1, frames('ethernet', altered));
}

/** A pcap file whose records are cut to so many bytes. */
export function snapped(bytes: number): Wrap {
  return (sent) => {
    const whole = frames('raw', packets(sent));
    const [header, ...records] = [
      fileOf(101, []),
      ...whole.map((frame) => fileOf(101, [frame.subarray(0, bytes)])),
    ];
    const cut = records.map((file, i) => {
      const record = file.slice(24);
      new DataView(record.buffer).setUint32(12, whole[i]!.length, true);
      return record;
    });
    return concatBytes(header!, ...cut);
  };
}

export const reversed: Layer = (units) => units.toReversed();
export const twice: Layer = (units) => units.flatMap((unit) => [unit, unit]);
/** All first fragments of two, then all last ones. */
export const firstOnesFirst: Layer = (units) => [
  ...units.filter((_, i) => i % 2 === 0),
  ...units.filter((_, i) => i % 2 === 1),
];
export const halves = fragments(400);
