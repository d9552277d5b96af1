import { TransportStreamError } from '../error.js';
import { PACKET_LENGTH, PAT_PID, PAYLOAD_ONLY, SDT_PID } from '../format.js';
import { discontinuityPacket, PCR_BASE_END } from '../multiplex/adaptation.js';
import {
  NEW_STREAM,
  type StreamDatagram,
  type StreamMultiplexer,
  type StreamState,
} from '../multiplex/multiplexer.js';
import { packetsBefore } from '../multiplex/timing.js';
import { nullPacket, tablePacket } from '../packetizer.js';
import { writePcr } from '../pes/timestamps.js';
import { buildPat, pidAt } from '../psi.js';
import { SERVICE } from '../sdt.js';
import { builtInSlate } from './built-in-slate.js';
import { PAYLOAD_LENGTH, type PesQueue } from './pes-queue.js';
import { AUDIO_INTERVAL, mostExtras, planTelevision, SDT_INTERVAL, TABLE_INTERVAL } from './plan.js';
import {
  createProgrammeQueues,
  MAX_PROGRAMMES,
  type ProgrammeQueues,
  type TelevisionProgramme,
} from './programme.js';
import { withLevel } from './slate.js';

/** What carries the datagrams: the video stream, or a stream of DVB subtitles of its own. */
export type Carrier = 'video' | 'subtitles';

export interface TelevisionOptions {
  /** Bits a second of the whole stream, held by null packets. */
  readonly tsRate: number;
  readonly carrier: Carrier;
  /** In the order of their numbers, 1 to 16 of them; one unless given. */
  readonly programmes?: readonly TelevisionProgramme[];
  /** Says in each PID that it does not go on where another stream has ended. */
  readonly isDiscontinuous?: boolean;
}

/** PES packets of subtitles are made this long where there is enough to send: their ends take half a packet each. */
const SUBTITLES_BYTES = 48_000;
/** A PCR every 25 ms or a packet or two later: ETSI TR 101 290 section 5.2.2 has 40 ms at most. */
const PCR_INTERVALS = 40;

/**
 * Television services with datagrams of 1 to 4,096 bytes, in a transport stream of a constant bit rate. A block is a picture. Programmes
 * take what room they need, in the order of their datagrams; null packets fill the rest.
 *
 * @throws TransportStreamError when the rate is too low for the slates, or an option out of its range
 */
export function createTelevisionMultiplexer(
  { tsRate, carrier, programmes: given = [{}], isDiscontinuous = false }: TelevisionOptions,
  state: StreamState = NEW_STREAM,
): StreamMultiplexer {
  requireCount(given.length);
  const hasSubtitles = carrier === 'subtitles';
  const shown = given.map((each) => ({ ...each, slate: withLevel(each.slate ?? builtInSlate(), tsRate) }));
  const { delay } = planTelevision(
    shown.map(({ slate }) => slate),
    tsRate,
  );
  const { slateBegan = 0 } = state;
  const programmes = shown.map((each, number) =>
    createProgrammeQueues(each, { number, last: shown.length - 1 }, { slateBegan, delay, hasSubtitles }),
  );
  const maps = programmes.map(({ pids }, i) => ({ programNumber: i + 1, pmtPid: pids.pmt }));
  const pat = tablePacket(PAT_PID, buildPat(SERVICE.transportStreamId, ...maps));
  const most = mostExtras(programmes.length);

  const empty = nullPacket();
  const videos = programmes.map(({ video }) => video);
  const subtitles = programmes.map((programme) => programme.subtitles);
  const continuity: Record<number, number> = { ...state.continuity };
  const lastPcrs = programmes.map(() => Number.NEGATIVE_INFINITY);
  let picture = state.blocks;
  let messages = state.messages;
  const opening = (isDiscontinuous ? pidsOf(programmes, hasSubtitles) : []).map((pid) =>
    discontinuityPacket(pid, continuity[pid] ?? 0x0f),
  );

  function nextContinuity(pid: number, goesOn = true): number {
    const next = ((continuity[pid] ?? 0x0f) + (goesOn ? 1 : 0)) & 0x0f;
    continuity[pid] = next;
    return next;
  }

  /**
   * Messages by programme, of as many datagrams as there are, up to `room` bytes.
   *
   * @param room the last message may need more, and the next picture gives way
   */
  function takeMessages(room: number, take: () => StreamDatagram | undefined): Uint8Array[][] {
    const taken: Uint8Array[][] = programmes.map(() => []);
    for (let left = room; left > 0; ) {
      const next = take();
      if (next === undefined) break;
      const place = (next.programme ?? 1) - 1;
      const message = programmes[place]!.message(next.bytes, messages);
      messages = (messages + 1) % 2 ** 32;
      taken[place]!.push(message);
      left -= message.length;
    }
    return taken;
  }

  /** @param slots packets that can be filled now */
  function addPictures(slots: number, take: () => StreamDatagram | undefined): void {
    const own = programmes.reduce((sum, programme) => sum + programme.ownBytes(picture), 0);
    const room = hasSubtitles ? 0 : (slots - packetsIn(videos)) * PAYLOAD_LENGTH - own;
    const inside = takeMessages(room, take);
    for (const [i, programme] of programmes.entries()) programme.addPicture(picture, inside[i]!);
  }

  /** @param slots packets that can be filled now */
  function addSubtitles(slots: number, take: () => StreamDatagram | undefined): void {
    while (packetsIn(subtitles) < slots) {
      const segments = takeMessages(SUBTITLES_BYTES, take);
      if (segments.every(({ length }) => length === 0)) return;
      for (const [i, programme] of programmes.entries()) {
        if (segments[i]!.length > 0) programme.addSegments(picture, segments[i]!);
      }
    }
  }

  /**
   * The tables whose turn it is, and the sound where it is due: each by its slot, which is the same for every picture. They are spread
   * evenly, because buffers of decoders are small.
   */
  function extras(slots: number): Map<number, (packet: Uint8Array) => void> {
    const table = (bytes: Uint8Array) => (packet: Uint8Array) => {
      packet.set(bytes);
      packet[3] = PAYLOAD_ONLY | nextContinuity(pidAt(bytes, 1));
    };
    const isTables = picture % TABLE_INTERVAL === 0;
    const isSdt = picture % SDT_INTERVAL === 0;
    const due = [isTables && table(pat)];
    for (const programme of programmes) {
      const { pids, pmt, sdt, audio } = programme;
      if (picture % AUDIO_INTERVAL === 0) programme.addSound(picture);
      const sound = (packet: Uint8Array) =>
        audio.write(packet, (goesOn) => nextContinuity(pids.audio, goesOn));
      due.push(isTables && table(pmt), isSdt && table(sdt));
      due.push(...Array.from({ length: audio.packets }, () => sound));
    }
    const slot = (place: number) => Math.floor(((place + 0.5) * slots) / most);
    return new Map(due.flatMap((write, place) => (write ? [[slot(place), write] as const] : [])));
  }

  function writeVideo(packet: Uint8Array, programme: number, place: number, hasPcr: boolean): void {
    const { pids, video } = programmes[programme]!;
    const at = (place * PACKET_LENGTH + PCR_BASE_END) * 8;
    if (hasPcr) lastPcrs[programme] = place;
    video.write(
      packet,
      (goesOn) => nextContinuity(pids.video, goesOn),
      hasPcr ? (into, offset) => writePcr(into, offset, at, tsRate) : undefined,
    );
  }

  return {
    next(take) {
      const first = packetsBefore(picture, tsRate);
      const count = packetsBefore(picture + 1, tsRate) - first;
      const opened = opening.splice(0);
      const due = extras(count - opened.length);
      const slots = count - opened.length - due.size;
      addPictures(slots, take);
      if (hasSubtitles) addSubtitles(slots - packetsIn(videos), take);
      const packets = new Uint8Array(count * PACKET_LENGTH);
      const pictureShare = Math.min(1, packetsIn(videos) / slots);
      for (let slot = 0, free = 0; slot < count; slot++) {
        const packet = packets.subarray(slot * PACKET_LENGTH, (slot + 1) * PACKET_LENGTH);
        const ready = opened[slot];
        if (ready !== undefined) {
          packet.set(ready);
          continue;
        }
        const write = due.get(slot - opened.length);
        if (write !== undefined) {
          write(packet);
          continue;
        }
        const isPictures = Math.floor((free + 1) * pictureShare) > Math.floor(free * pictureShare);
        free++;
        const place = first + slot;
        const withPcr = lastPcrs.findIndex(
          (last) => place - last >= tsRate / (PCR_INTERVALS * PACKET_LENGTH * 8),
        );
        const video = withPcr >= 0 ? withPcr : isPictures ? mostWaiting(videos) : -1;
        const subtitle = mostWaiting(subtitles);
        if (video >= 0) writeVideo(packet, video, place, withPcr >= 0);
        else if (subtitle >= 0) {
          const pid = programmes[subtitle]!.pids.subtitles;
          subtitles[subtitle]!.write(packet, (goesOn) => nextContinuity(pid, goesOn));
        } else packet.set(empty);
      }
      picture++;
      return packets;
    },
    get isDrained() {
      return [...videos, ...subtitles].every(({ isEmpty }) => isEmpty);
    },
    get position() {
      return packetsBefore(picture, tsRate);
    },
    get state() {
      return { blocks: picture, slateBegan, messages, continuity: { ...continuity } };
    },
  };
}

/** All PIDs that have continuity counters. */
function pidsOf(programmes: readonly ProgrammeQueues[], hasSubtitles: boolean): number[] {
  const own = programmes.flatMap(({ pids: { pmt, video, audio, subtitles } }) =>
    hasSubtitles ? [pmt, video, audio, subtitles] : [pmt, video, audio],
  );
  return [PAT_PID, SDT_PID, ...own];
}

const packetsIn = (queues: readonly PesQueue[]) => queues.reduce((sum, { packets }) => sum + packets, 0);

/** The place of the queue whose turn it is: whose first PES packet is the oldest, then who has most; -1 when nothing waits. */
function mostWaiting(queues: readonly PesQueue[]): number {
  let found = -1;
  for (const [i, queue] of queues.entries()) {
    const best = queues[found];
    if (queue.isEmpty) continue;
    const more = best === undefined ? 1 : queue.length - best.length || queue.packets - best.packets;
    if (more > 0) found = i;
  }
  return found;
}

function requireCount(programmes: number): void {
  if (programmes >= 1 && programmes <= MAX_PROGRAMMES) return;
  throw new TransportStreamError(
    `A transport stream has 1 to ${MAX_PROGRAMMES} programmes here, not ${programmes}.`,
  );
}
