import { concatBytes } from '../bytes.js';
import {
  HEADER_LENGTH,
  NULL_PID,
  PACKET_LENGTH,
  PAYLOAD_ONLY,
  PAYLOAD_UNIT_START,
  SECTION_HEADER_LENGTH,
  STUFFING_BYTE,
  SYNC_BYTE,
} from './format.js';

/** Packets that are handed out together: 64 KiB nearly. */
const BLOCK_PACKETS = 348;
const BLOCK_BYTES = BLOCK_PACKETS * PACKET_LENGTH;

/** Puts sections into transport packets, one stream of packets for all PIDs. */
export interface Packetizer {
  /** Packets begun up to now. */
  readonly packets: number;
  /** Appends a section of the data PID: right behind the one before, in the same packet where there is room. */
  appendData(section: Uint8Array): void;
  /** Fills up the packet that the last section ended in. */
  closeData(): void;
  /** Appends a packet made by `tablePacket`. */
  appendTable(packet: Uint8Array): void;
  appendNull(): void;
  /** Appends a packet as it is. */
  appendPacket(packet: Uint8Array): void;
  /** The blocks that are full, in memory of their own. */
  takeFull(): Uint8Array[];
  /** Closes the last packet and gives all that is left. */
  takeRest(): Uint8Array;
  /** All packets but one that a section has ended in and another may begin in, in memory of their own. */
  takeReady(): Uint8Array;
  /** Whether there is such a packet. */
  readonly isOpen: boolean;
  /** The continuity counter of the next packet of the data PID. */
  readonly continuity: number;
}

/** A packet with a section that begins and ends in it; its continuity counter is set when it is appended. */
export function tablePacket(pid: number, section: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH).fill(STUFFING_BYTE);
  writeHeader(packet, 0, pid, PAYLOAD_UNIT_START, 0);
  packet[HEADER_LENGTH] = 0; // pointer_field
  packet.set(section, HEADER_LENGTH + 1);
  return packet;
}

function writeHeader(into: Uint8Array, at: number, pid: number, unitStart: number, continuity: number): void {
  into[at] = SYNC_BYTE;
  into[at + 1] = unitStart | (pid >> 8);
  into[at + 2] = pid & 0xff;
  into[at + 3] = PAYLOAD_ONLY | continuity;
}

/** A null packet (ISO/IEC 13818-1 section 2.4.1): receivers drop it unread. */
export function nullPacket(): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH).fill(STUFFING_BYTE);
  writeHeader(packet, 0, NULL_PID, 0, 0);
  return packet;
}

/**
 * @param beforeDataPacket is called before a packet of the data PID begins: the moment for tables
 * @param firstContinuity the continuity counter of the first packet of the data PID
 */
export function createPacketizer(
  dataPid: number,
  beforeDataPacket: () => void,
  firstContinuity = 0,
): Packetizer {
  const empty = nullPacket();
  let block = new Uint8Array(BLOCK_BYTES);
  let used = 0;
  let packets = 0;
  let full: Uint8Array[] = [];
  let continuity = firstContinuity;
  /** The data packet that has room for another section, or -1, and where its room begins. */
  let open = -1;
  let fill = 0;
  /** Whether the open packet has a pointer_field, and whether a section begins where it points. */
  let pointed = false;
  let begun = false;

  function nextPacket(): number {
    if (used === BLOCK_BYTES) {
      full.push(block);
      block = new Uint8Array(BLOCK_BYTES);
      used = 0;
    }
    const at = used;
    used += PACKET_LENGTH;
    packets++;
    return at;
  }

  /** Begins a packet with the last `rest` bytes of a section, or with all of it where `first`. */
  function openPacket(first: boolean, rest: number): void {
    beforeDataPacket();
    open = nextPacket();
    // A pointer_field is needed where the next section can begin behind this one, with its length at least.
    const pointer = first ? 0 : rest;
    pointed = HEADER_LENGTH + 1 + pointer + SECTION_HEADER_LENGTH <= PACKET_LENGTH;
    writeHeader(block, open, dataPid, pointed ? PAYLOAD_UNIT_START : 0, continuity);
    continuity = (continuity + 1) & 0x0f;
    if (pointed) block[open + HEADER_LENGTH] = pointer;
    fill = open + HEADER_LENGTH + (pointed ? 1 : 0);
    begun = first;
  }

  function closeData(): void {
    if (open < 0) return;
    if (pointed && !begun) {
      block.copyWithin(open + HEADER_LENGTH, open + HEADER_LENGTH + 1, fill);
      block[open + 1]! &= ~PAYLOAD_UNIT_START;
      fill--;
    }
    block.fill(STUFFING_BYTE, fill, open + PACKET_LENGTH);
    open = -1;
  }

  function appendPacket(packet: Uint8Array): void {
    // first the place: it may be in another block
    const at = nextPacket();
    block.set(packet, at);
  }

  return {
    get packets() {
      return packets;
    },
    appendData(section) {
      let from = 0;
      while (from < section.length) {
        if (open < 0) openPacket(from === 0, section.length - from);
        else begun = true;
        const end = open + PACKET_LENGTH;
        const count = Math.min(end - fill, section.length - from);
        block.set(section.subarray(from, from + count), fill);
        fill += count;
        from += count;
        if (fill === end) open = -1;
      }
      if (open >= 0 && (!pointed || fill + SECTION_HEADER_LENGTH > open + PACKET_LENGTH)) closeData();
    },
    closeData,
    appendTable(packet) {
      appendPacket(packet);
      packet[3] = PAYLOAD_ONLY | ((packet[3]! + 1) & 0x0f);
    },
    appendNull() {
      appendPacket(empty);
    },
    appendPacket,
    takeFull() {
      const taken = full;
      if (taken.length > 0) full = [];
      return taken;
    },
    takeRest() {
      closeData();
      return block.subarray(0, used);
    },
    takeReady() {
      const end = open < 0 ? used : open;
      const ready = concatBytes(...full, block.subarray(0, end));
      full = [];
      block.copyWithin(0, end, used);
      used -= end;
      fill -= end;
      if (open >= 0) open = 0;
      return ready;
    },
    get isOpen() {
      return open >= 0;
    },
    get continuity() {
      return continuity;
    },
  };
}
