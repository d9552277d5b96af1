import { createTransportStreamWriter } from '../../codecs/mpegts/index.js';
import { type OpenFile, readFully, writeLater } from '../../codecs/node/open-file.js';
import { pcapHeader, RECORD_HEADER_LENGTH } from '../../codecs/pcap/index.js';

export interface StreamOptions {
  /** Bits per second of the whole stream, held by null packets; without it the stream is as long as its content. */
  readonly tsRate: number | undefined;
  onPacketized(datagrams: number, total: number): void;
}

/** Read at a time. */
const READ_BYTES = 1 << 20;

/**
 * Writes the IP packets of a recording of ours, in the order of their times, into a transport stream.
 *
 * @param into empty
 * @returns bytes of the stream
 * @throws TransportStreamError when the rate is too low
 */
export async function writeTransportStream(
  recording: OpenFile,
  { datagrams, fileBytes }: { readonly datagrams: number; readonly fileBytes: number },
  into: OpenFile,
  { tsRate, onPacketized }: StreamOptions,
): Promise<number> {
  const stream = createTransportStreamWriter(tsRate === undefined ? {} : { tsRate });
  let length = 0;
  let done = 0;
  const append = async (bytes: Uint8Array) => {
    await writeLater(into, bytes, length);
    length += bytes.length;
  };
  for (const { packet, timeNs } of packetsOf(recording, fileBytes)) {
    for (const bytes of stream.push(packet, timeNs)) await append(bytes);
    done++;
    if (done % 1024 === 0 || done === datagrams) onPacketized(done, datagrams);
  }
  await append(stream.end());
  return length;
}

/** The IP packets of a pcap file as `createPcapFlow` writes it, link type raw; each is valid until the next. */
function* packetsOf(file: OpenFile, fileBytes: number): Generator<{ packet: Uint8Array; timeNs: bigint }> {
  const memory = new Uint8Array(READ_BYTES);
  const view = new DataView(memory.buffer);
  for (let position = pcapHeader().length; position < fileBytes; ) {
    const read = Math.min(READ_BYTES, fileBytes - position);
    readFully(file, memory.subarray(0, read), position);
    let at = 0;
    while (at + RECORD_HEADER_LENGTH <= read) {
      const end = at + RECORD_HEADER_LENGTH + view.getUint32(at + 8, true);
      if (end > read) break;
      const timeNs = BigInt(view.getUint32(at, true)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, true));
      yield { packet: memory.subarray(at + RECORD_HEADER_LENGTH, end), timeNs };
      at = end;
    }
    position += at;
  }
}
