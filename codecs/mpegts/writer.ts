import { writeDatagramSection } from './datagram-section.js';
import { TransportStreamError } from './error.js';
import { DOCSIS_PID, FIRST_FREE_PID, MAX_SECTION_LENGTH, PACKET_LENGTH, PAT_PID, SDT_PID } from './format.js';
import { createPacketizer, tablePacket } from './packetizer.js';
import { buildPat, buildPmt } from './psi.js';
import { buildSdt, SERVICE } from './sdt.js';

export interface TransportStreamOptions {
  /** Bits a second of the whole stream, held by null packets. Without it the stream is as long as its content. */
  readonly tsRate?: number;
  /** PIDs from 0x0020 to 0x1FFD of the program map table and of the datagrams. */
  readonly pids?: { readonly pmt: number; readonly data: number };
  /** What tuners show; 1 to 140 bytes of UTF-8. */
  readonly serviceName?: string;
}

/** Writes IP packets as a transport stream with one service. */
export interface TransportStreamWriter {
  /**
   * Appends an IP packet at its time; the packet may be used again afterwards. What it completes comes as blocks of
   * whole transport packets; they have to be taken to the end before the next call.
   *
   * @param timeNs nanoseconds since any moment, not falling
   * @throws TransportStreamError when the packet is none or too long, or `tsRate` too low
   */
  push(ipPacket: Uint8Array, timeNs: bigint): Generator<Uint8Array, void>;
  /** The last packets. Nothing can be appended afterwards. */
  end(): Uint8Array;
}

export const DEFAULT_PIDS = { pmt: 0x0100, data: 0x0101 } as const;
export const DEFAULT_SERVICE_NAME = 'datacast';

const COMPONENT_TAG = 1;

const SECOND_NS = 1_000_000_000;
/**
 * PAT and PMT every 100 ms (ETSI TS 101 211 section 4.4); a table waits for the end of a packet and of other tables.
 * From one SDT to the next more than 2 s are an error (ETSI TR 101 290 section 5.2.3), so it waits within them.
 */
const PSI_INTERVAL_NS = 100_000_000;
const SDT_INTERVAL_NS = 1_600_000_000;
const PACKET_BITS = PACKET_LENGTH * 8;
/** Bits a second that the tables take. */
const TABLE_RATE = PACKET_BITS * ((2 * SECOND_NS) / PSI_INTERVAL_NS + SECOND_NS / SDT_INTERVAL_NS);
/** How far the stream may lag behind the times of its packets: a burst is spread over this time. */
const MAX_LAG_NS = SECOND_NS;

/** @throws TransportStreamError when an option is out of its range */
export function createTransportStreamWriter(options: TransportStreamOptions = {}): TransportStreamWriter {
  const { tsRate, pids = DEFAULT_PIDS, serviceName = DEFAULT_SERVICE_NAME } = options;
  requirePids(pids);
  if (tsRate !== undefined) requireRate(tsRate);
  const sdt = buildSdt({ ...SERVICE, serviceName }, COMPONENT_TAG);
  const sdtPacket = tablePacket(SDT_PID, sdt);
  const patPacket = tablePacket(
    PAT_PID,
    buildPat(SERVICE.transportStreamId, { programNumber: SERVICE.serviceId, pmtPid: pids.pmt }),
  );
  const pmtPacket = tablePacket(pids.pmt, buildPmt(SERVICE.serviceId, pids.data, COMPONENT_TAG));
  const section = new Uint8Array(MAX_SECTION_LENGTH);
  const sectionView = new DataView(section.buffer);
  const packetizer = createPacketizer(pids.data, placeTables);

  let start: bigint | undefined;
  /** Time of the packet that is being written, from the first on. */
  let elapsed = 0;
  let nextPsi = 0;
  let nextSdt = 0;
  let nullPackets = 0;

  /** How long the stream is, by its rate, or by the times of its content. */
  function streamTime(): number {
    return tsRate === undefined ? elapsed : (packetizer.packets * PACKET_BITS * SECOND_NS) / tsRate;
  }

  function placeTables(): void {
    const now = streamTime();
    if (now >= nextPsi) {
      nextPsi = nextTime(nextPsi, now, PSI_INTERVAL_NS);
      packetizer.appendTable(patPacket);
      packetizer.appendTable(pmtPacket);
    }
    if (now >= nextSdt) {
      nextSdt = nextTime(nextSdt, now, SDT_INTERVAL_NS);
      packetizer.appendTable(sdtPacket);
    }
  }

  /** Lets the stream run until it is as long as the time of the next packet says. */
  function* fillUp(rate: number): Generator<Uint8Array, void> {
    const target = Math.floor((elapsed * rate) / (PACKET_BITS * SECOND_NS));
    while (packetizer.packets < target) {
      packetizer.closeData();
      placeTables();
      if (packetizer.packets < target) {
        packetizer.appendNull();
        nullPackets++;
      }
      yield* packetizer.takeFull();
    }
  }

  function requireKeepingUp(rate: number): void {
    if (streamTime() - elapsed <= MAX_LAG_NS) return;
    const bits = (packetizer.packets - nullPackets) * PACKET_BITS;
    const needed = Math.ceil((bits * SECOND_NS) / elapsed / 1000) * 1000;
    // a burst at the beginning says nothing of the rate
    const need = elapsed < MAX_LAG_NS / 2 ? '' : `, which needs about ${needed} bit/s`;
    throw new TransportStreamError(
      `A transport stream of ${rate} bit/s is too slow for its content${need}; give a higher --ts-rate or send with a lower --rate.`,
    );
  }

  return {
    *push(ipPacket, timeNs) {
      start ??= timeNs;
      elapsed = Math.max(elapsed, Number(timeNs - start));
      const length = writeDatagramSection(section, sectionView, ipPacket);
      if (tsRate !== undefined) yield* fillUp(tsRate);
      packetizer.appendData(section.subarray(0, length));
      if (tsRate !== undefined) requireKeepingUp(tsRate);
      yield* packetizer.takeFull();
    },
    end() {
      return packetizer.takeRest();
    },
  };
}

/** The next time of a table: in its rhythm, without catching up on those that were missed. */
function nextTime(due: number, now: number, interval: number): number {
  return now - due < interval ? due + interval : now + interval;
}

function requirePids(pids: { readonly pmt: number; readonly data: number }): void {
  for (const pid of [pids.pmt, pids.data]) {
    if (!Number.isInteger(pid) || pid < FIRST_FREE_PID || pid >= DOCSIS_PID) {
      throw new TransportStreamError(`A PID of a service is a whole number from 32 to 8189, not ${pid}.`);
    }
  }
  if (pids.pmt === pids.data) {
    throw new TransportStreamError(
      `The program map table and the datagrams need a PID each; both have ${pids.pmt}.`,
    );
  }
}

function requireRate(rate: number): void {
  if (!Number.isSafeInteger(rate) || rate <= TABLE_RATE) {
    throw new TransportStreamError(
      `A transport stream has a whole number of bits a second above ${TABLE_RATE}, which its tables take; not ${rate}.`,
    );
  }
}
