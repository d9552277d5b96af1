import { displaced } from '../displaced.js';
import { MAX_SECTION_LENGTH, PIDS, SECTION_HEADER_LENGTH, STUFFING_BYTE, sectionLengthAt } from './format.js';

/** A section in memory that is not written again. */
export interface Section {
  readonly pid: number;
  readonly bytes: Uint8Array;
  /** Of the same memory as `bytes`. */
  readonly view: DataView;
  readonly at: number;
  readonly length: number;
}

/** What to do with a section by its PID and table_id: read it, pass over it, or leave the packet. */
export type Wanted = (pid: number, tableId: number) => 'read' | 'skip' | 'leave';

/** Puts the sections of many PIDs together from the payloads of transport packets (ISO/IEC 13818-1 section 2.4.4.1). */
export interface SectionFilter {
  /** Takes a payload, bytes `start` to `end`. */
  take(pid: number, unitStart: boolean, bytes: Uint8Array, start: number, end: number): void;
  /** Forgets the section that the PID is in the middle of. */
  drop(pid: number): void;
  /** By PID: 1 in the middle of a section. */
  readonly isInside: Uint8Array;
}

/** Sections that are put together at the same time: another service of a multiplex may begin many and end none. */
const MAX_OPEN_SECTIONS = 64;
/** Sections get memory from pieces of this size. */
const ARENA_BYTES = 65_536;

interface OpenSection {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly at: number;
  /** Unknown until section_length has come. */
  length: number | undefined;
  filled: number;
}

/** @param malformed is called for pointers and lengths that cannot be */
export function createSectionFilter(
  wanted: Wanted,
  complete: (section: Section) => void,
  malformed: (pid: number) => void,
): SectionFilter {
  /** The one begun first is the first. */
  const open = new Map<number, OpenSection>();
  /** Sections that were begun, by PID. */
  const begun = new Uint32Array(PIDS);
  const isInside = new Uint8Array(PIDS);
  let arena = new Uint8Array(0);
  let arenaView = new DataView(arena.buffer);
  let arenaUsed = 0;

  function reserve(length: number | undefined): OpenSection {
    const bytes = length ?? MAX_SECTION_LENGTH;
    if (arenaUsed + bytes > arena.length) {
      arena = new Uint8Array(ARENA_BYTES);
      arenaView = new DataView(arena.buffer);
      arenaUsed = 0;
    }
    const at = arenaUsed;
    arenaUsed += bytes;
    return { bytes: arena, view: arenaView, at, length, filled: 0 };
  }

  /** Appends what belongs to the section; returns true when it is complete or has to be given up. */
  function append(pid: number, section: OpenSection, bytes: Uint8Array, start: number, end: number): boolean {
    let from = start;
    if (section.length === undefined) {
      while (section.filled < SECTION_HEADER_LENGTH && from < end) {
        section.bytes[section.at + section.filled++] = bytes[from++]!;
      }
      if (section.filled < SECTION_HEADER_LENGTH) return false;
      section.length = sectionLengthAt(section.bytes, section.at);
      if (section.length > MAX_SECTION_LENGTH) {
        malformed(pid);
        return true;
      }
    }
    const { length } = section;
    const count = Math.min(length - section.filled, end - from);
    section.bytes.set(bytes.subarray(from, from + count), section.at + section.filled);
    section.filled += count;
    if (section.filled < length) return false;
    complete({ pid, bytes: section.bytes, view: section.view, at: section.at, length });
    return true;
  }

  /** Reads the sections that begin at `start` and follow each other, up to stuffing. */
  function begin(pid: number, bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && bytes[at] !== STUFFING_BYTE) {
      const action = wanted(pid, bytes[at]!);
      const length = at + SECTION_HEADER_LENGTH <= end ? sectionLengthAt(bytes, at) : undefined;
      if (action === 'leave' || (action === 'skip' && length === undefined)) return;
      if (length !== undefined && length > MAX_SECTION_LENGTH) {
        malformed(pid);
        return;
      }
      if (action === 'read') {
        const section = reserve(length);
        if (!append(pid, section, bytes, at, end)) {
          keep(pid, section);
          return;
        }
      }
      at += length!;
    }
  }

  function keep(pid: number, section: OpenSection): void {
    open.set(pid, section);
    isInside[pid] = 1;
    begun[pid]!++;
    if (open.size > MAX_OPEN_SECTIONS) drop(displaced(open.keys(), (each) => begun[each]!));
  }

  function drop(pid: number): void {
    if (isInside[pid] === 0) return;
    isInside[pid] = 0;
    open.delete(pid);
  }

  return {
    take(pid, unitStart, bytes, start, end) {
      const section = open.get(pid);
      if (!unitStart) {
        if (section !== undefined && append(pid, section, bytes, start, end)) drop(pid);
        return;
      }
      const first = start + 1 + bytes[start]!;
      drop(pid);
      if (first >= end) {
        malformed(pid);
        return;
      }
      // the section before this one ends here, or a gap that the continuity counter did not show has cut it
      if (section !== undefined && !append(pid, section, bytes, start + 1, first)) malformed(pid);
      begin(pid, bytes, first, end);
    },
    drop,
    isInside,
  };
}
