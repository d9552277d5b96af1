import { PACKET_LENGTH, PAT_PID, PAYLOAD_ONLY, SDT_PID } from '../format.js';
import { discontinuityPacket, PCR_BASE_END } from '../multiplex/adaptation.js';
import { NEW_STREAM, type StreamMultiplexer, type StreamState } from '../multiplex/multiplexer.js';
import { packetsBefore } from '../multiplex/timing.js';
import { nullPacket, tablePacket } from '../packetizer.js';
import { buildPesPacket, StreamId } from '../pes/packet.js';
import { writePcr } from '../pes/timestamps.js';
import { buildPat, pidAt } from '../psi.js';
import { buildTelevisionSdt, SERVICE, ServiceType, type TelevisionServiceType } from '../sdt.js';
import { builtInSlate } from './built-in-slate.js';
import { SUBTITLES_BEGIN, SUBTITLES_END, segmentMessage, seiMessage } from './messages.js';
import { createPesQueue, PAYLOAD_LENGTH, PCR_FIELD_LENGTH } from './pes-queue.js';
import {
  AUDIO_INTERVAL,
  MOST_EXTRAS,
  PICTURE_TIME,
  planTelevision,
  SDT_INTERVAL,
  TABLE_INTERVAL,
} from './plan.js';
import { AUDIO_FRAME_TIME, silentFrames } from './silence.js';
import { type Slate, withLevel } from './slate.js';
import { buildTelevisionPmt, type TelevisionPids } from './tables.js';

/** What carries the datagrams: the video stream, or a stream of DVB subtitles of its own. */
export type Carrier = 'video' | 'subtitles';

export interface TelevisionOptions {
  /** Bits a second of the whole stream, held by null packets. */
  readonly tsRate: number;
  readonly carrier: Carrier;
  /** What is to be seen; three bars on a dark ground unless given. */
  readonly slate?: Slate;
  /** What tuners show; 1 to 140 bytes of UTF-8. */
  readonly serviceName?: string;
  readonly serviceType?: TelevisionServiceType;
  /** Says in each PID that it does not go on where another stream has ended. */
  readonly isDiscontinuous?: boolean;
}

export const TELEVISION_PIDS: TelevisionPids = {
  pmt: 0x0100,
  video: 0x0101,
  audio: 0x0102,
  subtitles: 0x0103,
};
const DEFAULT_SERVICE_NAME = 'datacast';
/** PES packets of subtitles are made this long where there is enough to send: their ends take half a packet each. */
const SUBTITLES_BYTES = 48_000;
/** From one PES packet of subtitles to the next at least, in ticks of 90 kHz. */
const SUBTITLES_STEP = 90;
/** A PCR every 25 ms or a packet or two later: ETSI TR 101 290 section 5.2.2 has 40 ms at most. */
const PCR_INTERVALS = 40;

/**
 * A television service with datagrams of 1 to 4,096 bytes, in a transport stream of a constant bit rate. A block is a picture.
 *
 * @throws TransportStreamError when the rate is too low for the slate, or an option out of its range
 */
export function createTelevisionMultiplexer(
  {
    tsRate,
    carrier,
    slate,
    serviceName = DEFAULT_SERVICE_NAME,
    serviceType = ServiceType.television,
    isDiscontinuous = false,
  }: TelevisionOptions,
  state: StreamState = NEW_STREAM,
): StreamMultiplexer {
  const pids = TELEVISION_PIDS;
  const { pictures } = withLevel(slate ?? builtInSlate(), tsRate);
  const { delay } = planTelevision(pictures, tsRate);
  const pat = tablePacket(PAT_PID, buildPat(SERVICE.transportStreamId, SERVICE.serviceId, pids.pmt));
  const pmt = tablePacket(pids.pmt, buildTelevisionPmt(SERVICE.serviceId, pids, carrier === 'subtitles'));
  const sdt = tablePacket(SDT_PID, buildTelevisionSdt({ ...SERVICE, serviceName }, serviceType));
  const audioFrames = (AUDIO_INTERVAL * PICTURE_TIME) / AUDIO_FRAME_TIME;
  const silence = silentFrames(audioFrames);

  const empty = nullPacket();
  const video = createPesQueue(pids.video);
  const audio = createPesQueue(pids.audio);
  const subtitles = createPesQueue(pids.subtitles);
  const continuity: Record<number, number> = { ...state.continuity };
  const { slateBegan = 0 } = state;
  let picture = state.blocks;
  let messages = state.messages;
  let lastPcr = Number.NEGATIVE_INFINITY;
  let subtitleTime = 0;
  const lead = isDiscontinuous ? [PAT_PID, pids.pmt, SDT_PID, pids.video, pids.audio] : [];
  if (isDiscontinuous && carrier === 'subtitles') lead.push(pids.subtitles);
  const opening = lead.map((pid) => discontinuityPacket(pid, continuity[pid] ?? 0x0f));

  const slatePicture = () => pictures[(picture - slateBegan) % pictures.length]!;

  function nextContinuity(pid: number, goesOn = true): number {
    const next = ((continuity[pid] ?? 0x0f) + (goesOn ? 1 : 0)) & 0x0f;
    continuity[pid] = next;
    return next;
  }

  function messageNumber(): number {
    const number = messages;
    messages = (messages + 1) % 2 ** 32;
    return number;
  }

  /** @param room bytes for messages; the last one may need more, and the next picture gives way */
  function addPicture(room: number, take: () => Uint8Array | undefined): void {
    const { head, slices, isKey } = slatePicture();
    const inside: Uint8Array[] = [];
    for (let left = room; left > 0; left -= inside.at(-1)!.length) {
      const datagram = take();
      if (datagram === undefined) break;
      inside.push(seiMessage(datagram, messageNumber()));
    }
    const pts = picture * PICTURE_TIME + delay;
    video.add(buildPesPacket(StreamId.video, pts, head, ...inside, slices), isKey);
  }

  /** @param slots packets that can be filled now */
  function addSubtitles(slots: number, take: () => Uint8Array | undefined): void {
    while (subtitles.packets < slots) {
      const segments: Uint8Array[] = [];
      for (let bytes = 0; bytes < SUBTITLES_BYTES; bytes += segments.at(-1)!.length) {
        const datagram = take();
        if (datagram === undefined) break;
        segments.push(segmentMessage(datagram, messageNumber()));
      }
      if (segments.length === 0) return;
      subtitleTime = Math.max(subtitleTime + SUBTITLES_STEP, picture * PICTURE_TIME + delay);
      subtitles.add(
        buildPesPacket(StreamId.privateStream1, subtitleTime, SUBTITLES_BEGIN, ...segments, SUBTITLES_END),
      );
    }
  }

  /**
   * The tables whose turn it is, and the sound where it is due: each by its slot, which is the same for every picture. They are spread
   * evenly, because buffers of decoders are small.
   */
  function extras(slots: number): Map<number, (packet: Uint8Array) => void> {
    if (picture % AUDIO_INTERVAL === 0) {
      audio.add(buildPesPacket(StreamId.audio, picture * PICTURE_TIME + delay, silence));
    }
    const table = (bytes: Uint8Array) => (packet: Uint8Array) => {
      packet.set(bytes);
      packet[3] = PAYLOAD_ONLY | nextContinuity(pidAt(bytes, 1));
    };
    const sound = (packet: Uint8Array) => audio.write(packet, (goesOn) => nextContinuity(pids.audio, goesOn));
    const isTables = picture % TABLE_INTERVAL === 0;
    const due = [
      isTables && table(pat),
      isTables && table(pmt),
      picture % SDT_INTERVAL === 0 && table(sdt),
      ...Array.from({ length: audio.packets }, () => sound),
    ];
    const slot = (place: number) => Math.floor(((place + 0.5) * slots) / MOST_EXTRAS);
    return new Map(due.flatMap((write, place) => (write ? [[slot(place), write] as const] : [])));
  }

  return {
    next(take) {
      const first = packetsBefore(picture, tsRate);
      const count = packetsBefore(picture + 1, tsRate) - first;
      const opened = opening.splice(0);
      const due = extras(count - opened.length);
      const slots = count - opened.length - due.size;
      const { head, slices } = slatePicture();
      if (carrier === 'video') {
        const own = head.length + slices.length + 2 * PCR_FIELD_LENGTH + PAYLOAD_LENGTH;
        addPicture((slots - video.packets) * PAYLOAD_LENGTH - own, take);
      } else {
        addPicture(0, take);
        addSubtitles(slots - video.packets, take);
      }
      const packets = new Uint8Array(count * PACKET_LENGTH);
      const pictureShare = Math.min(1, video.packets / slots);
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
        const isPcrDue = first + slot - lastPcr >= tsRate / (PCR_INTERVALS * PACKET_LENGTH * 8);
        if (isPcrDue || (isPictures && !video.isEmpty)) {
          const at = ((first + slot) * PACKET_LENGTH + PCR_BASE_END) * 8;
          if (isPcrDue) lastPcr = first + slot;
          video.write(
            packet,
            (goesOn) => nextContinuity(pids.video, goesOn),
            isPcrDue ? (into, offset) => writePcr(into, offset, at, tsRate) : undefined,
          );
        } else if (!subtitles.isEmpty) {
          subtitles.write(packet, (goesOn) => nextContinuity(pids.subtitles, goesOn));
        } else {
          packet.set(empty);
        }
      }
      picture++;
      return packets;
    },
    get isDrained() {
      return video.isEmpty && subtitles.isEmpty;
    },
    get position() {
      return packetsBefore(picture, tsRate);
    },
    get state() {
      return { blocks: picture, slateBegan, messages, continuity: { ...continuity } };
    },
  };
}
