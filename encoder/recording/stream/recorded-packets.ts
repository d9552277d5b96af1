import { type OpenFile, readFully } from '../../../codecs/node/open-file.js';
import { pcapHeader, RECORD_HEADER_LENGTH } from '../../../codecs/pcap/index.js';

/** A pcap recording of ours. */
export interface OwnRecording {
  readonly datagrams: number;
  readonly fileBytes: number;
}

/** Told how many datagrams are in the stream. */
export type OnPacketized = (datagrams: number) => void;

/** Read at a time. */
const READ_BYTES = 1 << 20;

/** The IP packets of a pcap file as `createPcapFlow` writes it, link type raw; each is valid until the next. */
export function* packetsOf(
  file: OpenFile,
  { fileBytes }: OwnRecording,
): Generator<{ readonly packet: Uint8Array; readonly timeNs: bigint }, void> {
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
