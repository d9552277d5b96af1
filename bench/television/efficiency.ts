import { type Carrier, createTelevisionMultiplexer, type StreamDatagram } from '../../codecs/mpegts/index.js';
import { createPrng } from '../channel/index.js';
import { packetsOf, pidOf } from './recorders.js';

const NULL_PID = 0x1fff;
const PICTURES = 500;

/** Packets of a service but for null packets, in `PICTURES` pictures. */
function packetsWith(carrier: Carrier, tsRate: number, take: () => StreamDatagram | undefined): number {
  const multiplexer = createTelevisionMultiplexer({ tsRate, carrier });
  let packets = 0;
  for (let picture = 0; picture < PICTURES || !multiplexer.isDrained; picture++) {
    const isFilling = picture < PICTURES;
    for (const packet of packetsOf(multiplexer.next(isFilling ? take : () => undefined)))
      if (pidOf(packet) !== NULL_PID) packets++;
  }
  return packets;
}

/** Datagram bytes for each byte of the packets that a service has more with datagrams than without. */
export function packetEfficiency(carrier: Carrier, tsRate: number, datagramBytes: number): number {
  const prng = createPrng(1);
  let bytes = 0;
  const withData = packetsWith(carrier, tsRate, () => {
    bytes += datagramBytes;
    return { bytes: prng.bytes(datagramBytes) };
  });
  return bytes / (188 * (withData - packetsWith(carrier, tsRate, () => undefined)));
}
