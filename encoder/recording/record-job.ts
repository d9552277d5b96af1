import { FDT_OBJECT_ID } from '../../codecs/auth/index.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { type OpenFile, readFully, writeAt } from '../../codecs/node/open-file.js';
import { createPcapFlow, type WrittenLinkType } from '../../codecs/pcap/index.js';
import { type Destination, flowTo } from '../session/destination.js';
import { type BoundDatagram, signMixed, type UplinkKey } from '../session/sign.js';
import { signingCrypto } from '../session/signing-crypto.js';
import { createPace } from './pace.js';
import { bytesBefore, type Lane } from './schedule/lanes.js';

export interface RecordSetup {
  /** FEC Encoding ID. */
  readonly encodingId: number;
  /** Of each object the LCT header that its datagrams share, with EXT_AUTH blank, and the id that they are bound to. */
  readonly objects: readonly { readonly header: Uint8Array; readonly objectId: Uint8Array }[];
  readonly lanes: readonly Lane[];
  readonly key: UplinkKey;
  readonly destination: Destination;
  /** Ethernet address that frames go to; by default that of the group, or broadcast. */
  readonly mac?: string | undefined;
  /** Bytes of headers before each datagram on the channel. */
  readonly packetOverhead: number;
  /** Unix time in milliseconds of the first byte. */
  readonly start: number;
  /** Bits per second of IP packets. */
  readonly rate: number;
  readonly files: Readonly<Record<Lane['file'], OpenFile>>;
  readonly recording: OpenFile;
  readonly linkType: WrittenLinkType;
}

/** Stands for a lane where a datagram of the file delivery table is due. */
export const TABLE = 0xffff_ffff;

/** Datagrams that follow one another: a whole number of signatures, but for the last job. */
export interface RecordJob {
  /** For each datagram its lane, or `TABLE`, and the index of its symbol in the lane. */
  readonly symbols: Uint32Array;
  /** The datagrams of the tables, one after the other. */
  readonly tables: Uint8Array;
  /** Bytes of each of them. */
  readonly tableLengths: Uint32Array;
  /** Bytes of IP packets before these. */
  readonly packetBytes: number;
  /** Byte offset of the first record in the recording. */
  readonly position: number;
  /** Bytes of all records. */
  readonly length: number;
}

/** Symbols of a lane that follow one another, from `first` to `end`. */
interface Run {
  readonly first: number;
  end: number;
  bytes: Uint8Array;
}

/** Builds, signs and writes the datagrams in the memory of the records. */
export async function prepareRecord(setup: RecordSetup): Promise<(job: RecordJob) => Promise<undefined>> {
  const { objects, lanes, key, destination, files, recording } = setup;
  const scheme = (await loadFecSchemes()).get(setup.encodingId)!;
  const flow = createPcapFlow(flowTo(destination, setup.mac), setup.linkType);
  const crypto = signingCrypto();
  const pace = createPace(setup.start, setup.rate);
  const recordOverhead = flow.recordLength(0);
  let memory = new Uint8Array(0);
  let symbolMemory = new Uint8Array(0);

  /** Reads what a job needs of each lane at once. */
  function readRuns(symbols: Uint32Array): Map<number, Run> {
    const runs = new Map<number, Run>();
    for (let i = 0; i < symbols.length; i += 2) {
      const lane = symbols[i]!;
      const index = symbols[i + 1]!;
      const run = runs.get(lane);
      if (run !== undefined) run.end = index + 1;
      else if (lane !== TABLE) runs.set(lane, { first: index, end: index + 1, bytes: memory });
    }
    const largest = lanes.reduce((most, { symbolSize }) => Math.max(most, symbolSize), 0);
    const most = (symbols.length / 2) * largest;
    if (symbolMemory.length < most) symbolMemory = new Uint8Array(most);
    let taken = 0;
    for (const [number, run] of runs) {
      const lane = lanes[number]!;
      const start = bytesBefore(lane, run.first);
      const length = bytesBefore(lane, run.end) - start;
      run.bytes = symbolMemory.subarray(taken, taken + length);
      taken += length;
      // Behind the end of a padded block there are zeroes.
      const stored = Math.max(0, Math.min(length, lane.storedBytes - start));
      readFully(files[lane.file], run.bytes.subarray(0, stored), lane.position + start);
      run.bytes.fill(0, stored);
    }
    return runs;
  }

  /** Puts the datagrams where their records want them. */
  function build({ symbols, tables, tableLengths, length }: RecordJob) {
    if (memory.length < length) memory = new Uint8Array(length);
    const records = memory.subarray(0, length);
    const runs = readRuns(symbols);
    const datagrams: BoundDatagram[] = [];
    let end = 0;
    let tablesTaken = 0;
    let tableBytes = 0;
    const place = (byteLength: number, objectId: Uint8Array) => {
      const start = end + recordOverhead;
      end = start + byteLength;
      const datagram = records.subarray(start, end);
      datagrams.push({ datagram, objectId });
      return datagram;
    };
    for (let i = 0; i < symbols.length; i += 2) {
      const number = symbols[i]!;
      if (number === TABLE) {
        const tableLength = tableLengths[tablesTaken++]!;
        place(tableLength, FDT_OBJECT_ID).set(tables.subarray(tableBytes, tableBytes + tableLength));
        tableBytes += tableLength;
        continue;
      }
      const index = symbols[i + 1]!;
      const lane = lanes[number]!;
      const { first, bytes } = runs.get(number)!;
      const { symbolSize } = lane;
      const offset = (index - first) * symbolSize;
      const symbol = bytes.subarray(offset, offset + symbolSize);
      const { header, objectId } = objects[lane.object]!;
      const symbolOffset = header.length + scheme.payloadIdLength;
      const datagram = place(symbolOffset + symbol.length, objectId);
      datagram.set(header);
      scheme.writePayloadId({ sbn: lane.sbn, esi: lane.firstEsi + index }, datagram, header.length);
      datagram.set(symbol, symbolOffset);
    }
    return { records, datagrams };
  }

  return async (job) => {
    const { records, datagrams } = build(job);
    await signMixed(crypto, key, datagrams);
    let offset = 0;
    let packetBytes = job.packetBytes;
    for (const { datagram } of datagrams) {
      offset = flow.write(records, offset, pace.nanosecondsAfter(packetBytes), datagram);
      packetBytes += setup.packetOverhead + datagram.length;
    }
    writeAt(recording, records, job.position);
    return undefined;
  };
}
